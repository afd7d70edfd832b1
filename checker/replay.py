"""Executing the steps of a trace again, by calling the functions of the specification and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

from clusterproof.checker.search import Stepped
from clusterproof.compiled import Compiled, Instance, Step


class ReplayError(Exception):
    """A step is not enabled, or leads elsewhere."""


def replay_steps(
    compiled: Compiled, initial_row: str, steps: Sequence[Stepped], expected: Sequence[str] = ()
) -> list[str]:
    """The rows that the steps lead through, beginning with the initial one.

    expected: the rows that were seen before, to compare with. Raises ReplayError with one clear line.
    """
    before = compiled.evaluate_with, compiled.enabled_with
    compiled.evaluate_with, compiled.enabled_with = compiled.evaluate, compiled.enabled
    try:
        rows = [initial_row]
        for number, (stepped, wanted) in enumerate(zip_longest(steps, expected[1:]), start=1):
            if stepped is None:
                raise ReplayError(f"step {number} is missing")
            rows.append(_take(compiled, rows[-1], stepped, wanted, number))
        return rows
    finally:
        compiled.evaluate_with, compiled.enabled_with = before


def _take(compiled: Compiled, row: str, stepped: Stepped, wanted: str | None, number: int) -> str:
    instance, label = stepped
    named = f"step {number}, {step_text(instance, label)},"
    enabled = compiled.steps(row).steps
    matching = [step for step in enabled if step.instance is instance and step.label == label]
    if not matching:
        raise ReplayError(f"{named} is not enabled; enabled are {_listed(enabled)}")
    if wanted is None:
        return matching[0].row
    if not any(step.row == wanted for step in matching):
        slot = next(slot for slot, character in enumerate(wanted) if matching[0].row[slot] != character)
        schema = compiled.schema
        seen, now = schema.value_at(wanted, slot), schema.value_at(matching[0].row, slot)
        raise ReplayError(f"{named} leads elsewhere: {schema.slots[slot].path} becomes {now!r}, it was {seen!r} before")
    return wanted


def _listed(steps: Sequence[Step]) -> str:
    names = list(dict.fromkeys(step_text(step.instance, step.label) for step in steps))
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return (", ".join(names[:8]) or "no steps at all") + more


def steps_named(compiled: Compiled, names: Sequence[Sequence[str]]) -> list[Stepped]:
    """The steps that a trace file names, as [instance, label] each. Raises ReplayError for an unknown one."""
    known = {str(instance): instance for instance in (*compiled.instances, compiled.clock)}
    steps: list[Stepped] = []
    for number, (name, label) in enumerate(names, start=1):
        if name not in known:
            raise ReplayError(f"step {number}, {name}, is no action of this system with these arguments")
        steps.append((known[name], label))
    return steps


def step_text(instance: Instance | str, label: str) -> str:
    """A step as one writes it: `lane.action(arguments) -> choices`."""
    return f"{instance} -> {label}" if label else str(instance)


def steps_written(compiled: Compiled, texts: Sequence[str]) -> list[Stepped]:
    """The steps that texts such as `scheduler.bind(web-0) -> node=n1` name. Raises ReplayError for an unknown one."""
    known = {str(instance) for instance in (*compiled.instances, compiled.clock)}
    return steps_named(compiled, [_split(text, known) for text in texts])


def _split(text: str, known: Collection[str]) -> tuple[str, str]:
    """The instance and the label of its choices; either may hold an arrow of its own."""
    parts = text.split(" -> ")
    for count in range(len(parts), 0, -1):
        name = " -> ".join(parts[:count])
        if name in known:
            return name, " -> ".join(parts[count:])
    return parts[0], " -> ".join(parts[1:])
