"""A slice and the whole: the same states as far as the slice can see, and the same verdicts."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from strategies_systems import Table, properties_of, system_of, tables

from clusterproof.checker.memo import Memo
from clusterproof.checker.reference import EngineRun, run
from clusterproof.checker.search import Options
from clusterproof.checker.slicing import Limits, Slice, explore_slice, slice_for
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.system import Bounds

BLIND = Limits(sampled_states=1, rehearsed_states=1)
"""Hardly anything is seen beforehand, so that nearly everything has to be found out by the proof."""

BOUND = 3_000


def _explore(compiled: Compiled, about: PropertyInstance) -> EngineRun:
    return run(compiled, [about], Options(bounds=Bounds(states=BOUND)))


def _sliced(compiled: Compiled, about: PropertyInstance, limits: Limits | None) -> tuple[Slice, EngineRun]:
    slice_ = slice_for(compiled, [about], limits=limits)
    return explore_slice(slice_, lambda part: _explore(part, about), lambda found: found.rows)


def _blank(compiled: Compiled, slice_: Slice, row: str) -> str:
    """What a row of the whole looks like in the slice. Budgets that others spend, too, are full there."""
    budgets = {slot.number for slot in compiled.schema.slots if slot.role == "budget"}
    return "".join("\0" if s in slice_.compiled.cut or s in budgets else c for s, c in enumerate(row))


def _compare(table: Table, limits: Limits | None, *, rows: bool) -> int:
    """Compare the slices of all properties with the whole. Returns how many slots were cut."""
    compiled = Compiled(system_of(table))
    cut = 0
    for judged in properties_of(table):
        (about,) = compiled.property_instances(judged)
        whole = _explore(compiled, about)
        if not whole.exhaustive and "bound" in str(whole.cut):
            return 0
        slice_, part = _sliced(compiled, about, limits)
        cut += len(slice_.compiled.cut)
        (expected,), (found,) = whole.answers, part.answers
        strong = {"PROVED": "not REFUTED", "None": "not REFUTED"}
        if expected.verdict is not None and found.verdict is not None:
            assert found.verdict is expected.verdict, (judged.name, slice_.cut_away)
        else:
            verdicts = {str(getattr(v, "name", v)) for v in (found.verdict, expected.verdict)}
            assert "REFUTED" not in verdicts, (judged.name, verdicts, strong, slice_.cut_away)
        if rows and whole.cut is None and part.cut is None:
            assert {_blank(compiled, slice_, r) for r in whole.rows} == {_blank(compiled, slice_, r) for r in part.rows}
    return cut


@given(tables())
@settings(max_examples=60, deadline=None)
def test_untimed_slices_agree_with_the_whole(table: Table) -> None:
    """Untimed, the slice has the states of the whole, projected, and says the same of every kind of property."""
    _compare(table, None, rows=True)


@given(tables())
@settings(max_examples=60, deadline=None)
def test_untimed_slices_agree_where_nothing_was_seen_beforehand(table: Table) -> None:
    """The proof alone finds whatever has to be kept."""
    _compare(table, BLIND, rows=True)
