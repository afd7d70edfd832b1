"""The three systems in Promela, for Spin: one process, one `d_step` for each action with its arguments.

So every state of Spin is a state of the system, and no step takes two. Sets are bit masks, and all parameters are
written out, which keeps Spin's states small. The invariant is one more guard: where it fails, an assertion does, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Action = tuple[str, str]
"""A guard, and the assignments that follow where it holds."""


def program(declarations: Sequence[str], actions: Iterable[Action], invariant: str) -> str:
    """The text of a model: variables, actions and an invariant."""
    steps = [f":: d_step {{ {guard} -> {effect} }}" for guard, effect in actions]
    violation = f":: !({invariant}) -> assert(false)"
    return "\n".join([*declarations, "active proctype system() {", "do", *steps, violation, "od", "}", ""])


def two_phase_commit(n: int) -> str:
    """Two-phase commit with n resource managers; what was sent and heard are sets of them."""
    declarations = [
        "#define WORKING 0",
        "#define PREPARED 1",
        "#define COMMITTED 2",
        "#define ABORTED 3",
        f"byte vote[{n}]; short sent, heard;",
        "byte decision  /* 0: none, 1: commit, 2: abort */",
    ]
    return program(declarations, _commit_actions(n), f"!({_some_vote(n, 'COMMITTED')} && {_some_vote(n, 'ABORTED')})")


def _commit_actions(n: int) -> Iterator[Action]:
    yield f"decision == 0 && heard == {(1 << n) - 1}", "decision = 1"
    yield "decision == 0", "decision = 2"
    for r in range(n):
        yield f"decision == 0 && (sent & {1 << r})", f"heard = heard | {1 << r}"
        yield f"vote[{r}] == WORKING", f"vote[{r}] = PREPARED; sent = sent | {1 << r}"
        yield f"vote[{r}] == WORKING", f"vote[{r}] = ABORTED"
        yield "decision == 1", f"vote[{r}] = COMMITTED"
        yield "decision == 2", f"vote[{r}] = ABORTED"


def _some_vote(n: int, vote: str) -> str:
    return "(" + " || ".join(f"vote[{r}] == {vote}" for r in range(n)) + ")"


def philosophers(n: int) -> str:
    """A table of n philosophers; the last one takes fork 0 first."""
    declarations = [
        "#define THINKING 0",
        "#define HUNGRY 1",
        "#define ONE_FORK 2",
        "#define EATING 3",
        "#define RELEASING 4",
        f"byte doing[{n}]; short taken",
    ]
    eating = (f"(doing[{seat}] == EATING && doing[{(seat + 1) % n}] == EATING)" for seat in range(n))
    return program(declarations, _dinner_actions(n), f"!({' || '.join(eating)})")


def _dinner_actions(n: int) -> Iterator[Action]:
    for seat in range(n):
        forks = (seat, seat + 1) if seat < n - 1 else (0, seat)
        first, second = (1 << fork for fork in forks)
        doing = f"doing[{seat}]"
        yield f"{doing} == THINKING", f"{doing} = HUNGRY"
        yield f"{doing} == HUNGRY && !(taken & {first})", f"taken = taken | {first}; {doing} = ONE_FORK"
        yield f"{doing} == ONE_FORK && !(taken & {second})", f"taken = taken | {second}; {doing} = EATING"
        yield f"{doing} == EATING", f"taken = taken & ~{first}; {doing} = RELEASING"
        yield f"{doing} == RELEASING", f"taken = taken & ~{second}; {doing} = THINKING"


def mini_cluster(rlo: int, r: int, p: int, n: int, cap: int, maxdown: int) -> str:
    """The mini cluster; a pod that is not there has phase 0, and a pod without a node has node 0."""
    declarations = [
        "#define PENDING 1",
        "#define BOUND 2",
        "#define RUNNING 3",
        "#define TERMINATING 4",
        "#define UP 1",
        "#define EXITED 2",
        f"byte phase[{p}], node[{p}], container[{p}], desired = {r}, up = {(1 << n) - 1}, fresh = {(1 << n) - 1};",
        "bit serving = 1;",
        "#define active(i) (phase[i] >= PENDING && phase[i] <= RUNNING)",
        "#define placed(i) (phase[i] == BOUND || phase[i] == RUNNING)",
        "#define on(machines, i) ((machines << 1) >> node[i] & 1)  /* no machine has number 0 */",
        f"#define ACTIVE ({' + '.join(f'active({i})' for i in range(p))})",
        f"#define LOAD(n) ({' + '.join(f'(node[{i}] == n)' for i in range(p))})",
        f"#define DOWN ({' + '.join(f'!(up & {1 << m})' for m in range(n))})",
    ]
    actions = [
        *_user_actions(rlo, r),
        *(action for i in range(p) for action in _pod_actions(i, n, cap)),
        *(action for machine in range(n) for action in _machine_actions(machine, p, maxdown)),
    ]
    return program(declarations, actions, _cluster_invariant(r, p, n, cap))


def _user_actions(rlo: int, r: int) -> Iterator[Action]:
    yield "serving", "serving = 0"
    yield "!serving", "serving = 1"
    for desired in range(rlo, r + 1):
        yield f"serving && desired != {desired}", f"desired = {desired}"


def _pod_actions(i: int, n: int, cap: int) -> Iterator[Action]:
    others_are_there = "".join(f" && phase[{j}]" for j in range(i))
    yield f"serving && ACTIVE < desired && !phase[{i}]{others_are_there}", f"phase[{i}] = PENDING"
    yield f"serving && phase[{i}] == PENDING && ACTIVE > desired", f"phase[{i}] = 0"
    yield f"serving && placed({i}) && ACTIVE > desired", f"phase[{i}] = TERMINATING"
    yield f"serving && placed({i}) && !on(fresh, {i})", f"phase[{i}] = TERMINATING"
    for machine in range(n):
        room = f"(fresh & {1 << machine}) && LOAD({machine + 1}) < {cap}"
        yield f"serving && phase[{i}] == PENDING && {room}", f"phase[{i}] = BOUND; node[{i}] = {machine + 1}"
    container = f"container[{i}]"
    yield f"serving && placed({i}) && {container} == 0 && on(up, {i})", f"{container} = UP"
    yield f"serving && phase[{i}] == BOUND && {container} == UP && on(up, {i})", f"phase[{i}] = RUNNING"
    yield f"placed({i}) && {container} == EXITED && on(up, {i})", f"{container} = UP"
    yield f"serving && phase[{i}] == TERMINATING && {container} != 0 && on(up, {i})", f"{container} = 0"
    gone = f"phase[{i}] = 0; node[{i}] = 0"
    yield f"serving && phase[{i}] == TERMINATING && {container} == 0 && on(up, {i})", gone
    yield f"{container} == UP && on(up, {i})", f"{container} = EXITED"


def _machine_actions(machine: int, p: int, maxdown: int) -> Iterator[Action]:
    bit = 1 << machine
    yield f"serving && (up & {bit}) && !(fresh & {bit})", f"fresh = fresh | {bit}"
    yield f"(fresh & {bit}) && (!serving || !(up & {bit}))", f"fresh = fresh & ~{bit}"
    lost = (f"container[{i}] = (node[{i}] == {machine + 1} -> 0 : container[{i}])" for i in range(p))
    yield f"(up & {bit}) && DOWN < {maxdown}", "; ".join([f"up = up & ~{bit}", *lost])
    yield f"!(up & {bit})", f"up = up | {bit}"


def _cluster_invariant(r: int, p: int, n: int, cap: int) -> str:
    loads = [f"LOAD({machine + 1}) <= {cap}" for machine in range(n)]
    runs = [f"(container[{i}] == 0 || on(up, {i}))" for i in range(p)]
    return " && ".join([f"ACTIVE <= {r}", *loads, *runs])
