"""`clusterproof footprint`: which action of which component reads and writes what, as recorded while it runs."""

from __future__ import annotations

import argparse
import random
import re
import sys
import time

from attrs import define, field

from clusterproof.checker.cli.arguments import request_of
from clusterproof.checker.cli.subject import Preparation
from clusterproof.checker.cli.targets import resolve
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.cli.words import counted
from clusterproof.checker.memo import Memo
from clusterproof.checker.render.escape import printable
from clusterproof.compiled import Compiled, Instance
from clusterproof.evaluation import Evaluation

WALKED_STATES = 3000
LONGEST_WALK = 400
SEED = 0
_ID = re.compile(r"\[[^\]]*\]")
_CHECKERS_OWN = ("budget", "deadline")


def run(options: argparse.Namespace) -> int:
    """Explore some of the system, and print what was read and written."""
    request = request_of(options)
    subject = resolve(request, Preparation(bounds=request.all_bounds()))
    compiled = Compiled(subject.system)
    states = request.all_bounds().states or WALKED_STATES
    record = walked(compiled, states, seconds=subject.request.all_bounds().seconds)
    print("\n".join(map(printable, _lines(compiled, record, Terminal.of(sys.stdout)))))
    return 0


@define
class Footprint:
    """What one action reads and writes, as paths aggregated over ids; whether it ever did anything."""

    reads: dict[str, None] = field(factory=dict)
    writes: dict[str, None] = field(factory=dict)
    fired: bool = False


@define
class Record:
    """The footprints by action, how many states were visited, and whether there are no others. until: when to stop."""

    footprints: dict[str, Footprint] = field(factory=dict)
    states: int = 0
    complete: bool = False
    until: float | None = None

    def is_enough(self, states: int) -> bool:
        """Whether so many states were visited, or the time is up."""
        return self.states >= states or (self.until is not None and time.monotonic() > self.until)


def walked(compiled: Compiled, states: int, seed: int = SEED, *, seconds: float | None = None) -> Record:
    """Record what every action reads and writes in so many states.

    Half of them are found breadth-first, which sees everything of a small system; the rest by random walks, which
    reach what is far from the start. The seed makes the walks the same every time. seconds: how long to go on at most.
    """
    record = Record(until=None if seconds is None else time.monotonic() + seconds)
    seen: set[int] = set()
    memo = Memo(compiled)

    def evaluate(row: str, instance: Instance) -> Evaluation:
        evaluation = memo.evaluate(row, instance)
        if id(evaluation) not in seen:  # the memo keeps it, so the id stays its own
            seen.add(id(evaluation))
            _note(compiled, record, instance, evaluation)
        return evaluation

    compiled.evaluate_with = evaluate
    _search(compiled, record, states // 2)
    if not record.complete:
        _walk(compiled, record, states, random.Random(seed))  # noqa: S311  (a sample, not a secret)
    compiled.evaluate_with = compiled.evaluate
    return record


def _search(compiled: Compiled, record: Record, states: int) -> None:
    rows = list(dict.fromkeys(compiled.initial_rows()))
    known = set(rows)
    for row in rows:  # grows while it is walked
        if record.is_enough(states):
            return
        record.states += 1
        for step in compiled.steps(row).steps:
            _footprint(record, step.instance).fired = True
            if step.row not in known:
                known.add(step.row)
                rows.append(step.row)
    record.complete = True


def _walk(compiled: Compiled, record: Record, states: int, chance: random.Random) -> None:
    starts = compiled.initial_rows()
    row, length = starts[0], 0
    while not record.is_enough(states):
        record.states += 1
        steps = compiled.steps(row).steps
        if not steps or length >= LONGEST_WALK:
            row, length = chance.choice(starts), 0
            continue
        step = chance.choice(steps)
        _footprint(record, step.instance).fired = True
        row, length = step.row, length + 1


def _footprint(record: Record, instance: Instance) -> Footprint:
    return record.footprints.setdefault(f"{instance.component}.{instance.name}", Footprint())


def _note(compiled: Compiled, record: Record, instance: Instance, evaluation: Evaluation) -> None:
    footprint = _footprint(record, instance)
    footprint.reads.update(dict.fromkeys(_paths(compiled, evaluation.reads)))
    for outcome in evaluation.outcomes:
        written = [*(slot for slot, _ in outcome.writes), *outcome.issues]
        footprint.writes.update(dict.fromkeys(_paths(compiled, written)))


def _paths(compiled: Compiled, slots: list[int] | tuple[int, ...]) -> list[str]:
    """The paths of slots, `pods[*].phase` for all pods, without the checker's own."""
    described = [compiled.schema.slots[slot] for slot in slots]
    return [_ID.sub("[*]", slot.path) for slot in described if slot.role not in _CHECKERS_OWN]


def _lines(compiled: Compiled, record: Record, terminal: Terminal) -> list[str]:
    how = "all there are" if record.complete else "breadth-first and on random walks"
    lines = [f"recorded in {counted(record.states, 'state')}, {how}"]
    component = ""
    for name in dict.fromkeys(f"{i.component}.{i.name}" for i in compiled.instances):
        footprint = record.footprints.get(name, Footprint())
        of, _, action = name.rpartition(".")
        if of != component:
            component = of
            lines += ["", component]
        lines.append(f"  {action}{'' if footprint.fired else '   (never fired there)'}")
        lines += terminal.row("reads", _grouped(footprint.reads), 14, indent=4)
        lines += terminal.row("writes", _grouped(footprint.writes), 14, indent=4)
    return lines


def _grouped(paths: dict[str, None]) -> str:
    """The paths by object: `pods[*] .node .phase`; a bare `pods[*]` is whether it exists."""
    groups: dict[str, list[str]] = {}
    for path in sorted(paths):
        owner, bracket, rest = path.partition("]")
        if not bracket:
            owner, dot, rest = path.partition(".")
            rest = dot + rest
        groups.setdefault(owner + bracket, []).append(rest)
    return ", ".join(" ".join([owner, *filter(None, rests)]) for owner, rests in groups.items()) or "nothing"
