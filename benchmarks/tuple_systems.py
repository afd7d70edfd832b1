"""The three systems as functions on tuples packed by hand: what minicheck and the plain search explore.

Sets are bit masks, so that a successor is a few operations on small integers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

State = tuple[Any, ...]
Successor = tuple[str, State]
"""The name of an action, and the state it leads to."""

ABSENT, PENDING, BOUND, RUNNING, TERMINATING = range(5)
NONE, UP, EXITED = range(3)
UNDECIDED, COMMIT, ABORT = range(3)


@frozen(kw_only=True)
class TupleSystem:
    """A system on tuples.

    fields: the names of a state's parts. successors: one per action and arguments, also where nothing changes.
    holds: the invariant, of the parts that `reads` names.
    """

    fields: tuple[str, ...]
    initial: State
    successors: Callable[[State], list[Successor]]
    reads: tuple[str, ...]
    holds: Callable[..., bool]


def two_phase_commit(n: int) -> TupleSystem:
    """Two-phase commit with n resource managers; whoever is in none of the first three sets is working."""
    managers = [1 << r for r in range(n)]
    everybody = (1 << n) - 1

    def successors(state: State) -> list[Successor]:
        prepared, committed, aborted, sent, heard, decision = state
        found: list[Successor] = []
        if decision == UNDECIDED:
            if heard == everybody:
                found.append(("commit", (prepared, committed, aborted, sent, heard, COMMIT)))
            found.append(("abort", (prepared, committed, aborted, sent, heard, ABORT)))
            found += [("hear", (prepared, committed, aborted, sent, heard | r, decision)) for r in managers if sent & r]
        elif decision == COMMIT:
            found += [("obey", (prepared & ~r, committed | r, aborted & ~r, sent, heard, decision)) for r in managers]
        else:
            found += [("obey", (prepared & ~r, committed & ~r, aborted | r, sent, heard, decision)) for r in managers]
        for r in managers:
            if not (prepared | committed | aborted) & r:
                found.append(("prepare", (prepared | r, committed, aborted, sent | r, heard, decision)))
                found.append(("give up", (prepared, committed, aborted | r, sent, heard, decision)))
        return found

    return TupleSystem(
        fields=("prepared", "committed", "aborted", "sent", "heard", "decision"),
        initial=(0, 0, 0, 0, 0, UNDECIDED),
        successors=successors,
        reads=("committed", "aborted"),
        holds=lambda committed, aborted: not (committed and aborted),
    )


def philosophers(n: int) -> TupleSystem:
    """A table of n philosophers; whoever is in none of the first four sets is thinking."""
    forks = [(i, i + 1) if i < n - 1 else (0, i) for i in range(n)]
    seats = [(1 << i, 1 << first, 1 << second) for i, (first, second) in enumerate(forks)]

    def successors(state: State) -> list[Successor]:
        hungry, one_fork, eating, releasing, taken = state
        found: list[Successor] = []
        for seat, first, second in seats:
            if hungry & seat:
                if not taken & first:
                    found.append(("take first", (hungry ^ seat, one_fork | seat, eating, releasing, taken | first)))
            elif one_fork & seat:
                if not taken & second:
                    found.append(("take second", (hungry, one_fork ^ seat, eating | seat, releasing, taken | second)))
            elif eating & seat:
                found.append(("release first", (hungry, one_fork, eating ^ seat, releasing | seat, taken ^ first)))
            elif releasing & seat:
                found.append(("release second", (hungry, one_fork, eating, releasing ^ seat, taken ^ second)))
            else:
                found.append(("get hungry", (hungry | seat, one_fork, eating, releasing, taken)))
        return found

    return TupleSystem(
        fields=("hungry", "one_fork", "eating", "releasing", "taken"),
        initial=(0, 0, 0, 0, 0),
        successors=successors,
        reads=("eating",),
        holds=lambda eating: not eating & (eating << 1 | eating >> n - 1),
    )


def mini_cluster(rlo: int, r: int, p: int, n: int, cap: int, maxdown: int) -> TupleSystem:
    """The mini cluster; machines are numbered from 1, and 0 is no machine.

    A pod is one number: its phase in three bits, its node in three, and its container.
    """
    machines = range(1, n + 1)
    wishes = range(rlo, r + 1)
    everything = sum(1 << machine for machine in machines)

    def successors(state: State) -> list[Successor]:
        serving, desired, up, fresh, pods = state
        found: list[Successor] = [("toggle", (not serving, desired, up, fresh, pods))]
        active = 0
        for pod in pods:
            if PENDING <= pod & 7 <= RUNNING:
                active += 1
        if serving:
            found += [("set desired", (serving, other, up, fresh, pods)) for other in wishes if other != desired]
            if active < desired and ABSENT in pods:
                i = pods.index(ABSENT)
                found.append(("create", (serving, desired, up, fresh, (*pods[:i], PENDING, *pods[i + 1 :]))))
        for i, pod in enumerate(pods):
            if pod:
                before, others = pods[:i], pods[i + 1 :]
                node = pod >> 3 & 7
                for action, after in pod_steps(pod, serving, active > desired, up >> node & 1, fresh >> node & 1):
                    found.append((action, (serving, desired, up, fresh, (*before, after, *others))))
                if pod == PENDING and serving:
                    loads = [0] * (n + 1)
                    for other in pods:
                        loads[other >> 3 & 7] += 1
                    for machine in machines:
                        if fresh >> machine & 1 and loads[machine] < cap:
                            after = BOUND | machine << 3
                            found.append(("bind", (serving, desired, up, fresh, (*before, after, *others))))
        for machine in machines:
            found += machine_steps(state, machine, can_crash=(everything & ~up).bit_count() < maxdown)
        return found

    def holds(up: int, pods: tuple[int, ...]) -> bool:
        active = 0
        loads = [0] * (n + 1)
        for pod in pods:
            node = pod >> 3 & 7
            loads[node] += 1
            if PENDING <= pod & 7 <= RUNNING:
                active += 1
            if pod >> 6 and not up >> node & 1:
                return False
        loads[0] = 0
        return active <= r and max(loads) <= cap

    return TupleSystem(
        fields=("serving", "desired", "up", "fresh", "pods"),
        initial=(True, r, everything, everything, (ABSENT,) * p),
        successors=successors,
        reads=("up", "pods"),
        holds=holds,
    )


def pod_steps(pod: int, serving: bool, too_many: bool, up: int, fresh: int) -> list[tuple[str, int]]:
    """What may happen to a pod that is there, binding it left out; up and fresh: its machine's and its lease's bit."""
    phase, container = pod & 7, pod >> 6
    if phase == PENDING:
        return [("delete", ABSENT)] if serving and too_many else []
    steps = []
    if phase == TERMINATING:
        if serving and up:
            steps.append(("stop container", pod & 63) if container else ("finalize", ABSENT))
    else:
        if serving and too_many:
            steps.append(("delete", pod & ~7 | TERMINATING))
        if serving and not fresh:
            steps.append(("evict", pod & ~7 | TERMINATING))
        if up and container == EXITED:
            steps.append(("restart container", pod ^ 3 << 6))
        elif up and serving and container == NONE:
            steps.append(("start container", pod | UP << 6))
        elif up and serving and phase == BOUND:
            steps.append(("report running", pod ^ BOUND ^ RUNNING))
    if up and container == UP:
        steps.append(("crash container", pod ^ 3 << 6))
    return steps


def machine_steps(state: State, machine: int, *, can_crash: bool) -> list[Successor]:
    """What may happen to a machine and its lease."""
    serving, desired, up, fresh, pods = state
    bit = 1 << machine
    steps: list[Successor] = []
    if not up & bit:
        steps.append(("recover", (serving, desired, up | bit, fresh, pods)))
    elif can_crash:
        lost = tuple(pod & 63 if pod >> 3 & 7 == machine else pod for pod in pods)
        steps.append(("crash node", (serving, desired, up & ~bit, fresh, lost)))
    if fresh & bit:
        if not (up & bit and serving):
            steps.append(("expire lease", (serving, desired, up, fresh & ~bit, pods)))
    elif up & bit and serving:
        steps.append(("renew lease", (serving, desired, up, fresh | bit, pods)))
    return steps


def _with(pods: tuple[int, ...], i: int, pod: int) -> tuple[int, ...]:
    return (*pods[:i], pod, *pods[i + 1 :])


def from_words(words: list[str]) -> TupleSystem:
    """The system that a command names: its function, and `name=number` for each parameter."""
    make: Callable[..., TupleSystem] = globals()[words[0]]
    return make(**{name: int(number) for name, _, number in (word.partition("=") for word in words[1:])})
