"""A slice and the whole: the same states as far as the slice can see, and the same verdicts."""

from __future__ import annotations

from functools import partial

from hypothesis import given, settings
from strategies_systems import Table, properties_of, system_of, tables

from clusterproof.checker.answers import EngineRun
from clusterproof.checker.reference import run
from clusterproof.checker.search import Options
from clusterproof.checker.slicing import Limits, Slice, explore_slice, slice_for
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.models import mini_cluster
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


def compare(table: Table, limits: Limits | None, *, rows: bool) -> int:
    """Compare the slices of all properties with the whole, on their states, too. Returns how many slots were cut."""
    compiled = Compiled(system_of(table))
    cut = 0
    for judged in properties_of(table):
        (about,) = compiled.property_instances(judged)
        whole = _explore(compiled, about)
        if "bound" in str(whole.cut):
            return 0  # too large to compare
        slice_, part = _sliced(compiled, about, limits)
        cut += len(slice_.compiled.cut)
        (expected,), (found,) = whole.answers, part.answers
        if expected.verdict is not None and found.verdict is not None:
            assert found.verdict is expected.verdict, (judged.name, slice_.cut_away)
        else:
            # The slice may have had nothing to say where the whole had claims about steps that were left out.
            assert Verdict.REFUTED not in (found.verdict, expected.verdict), (judged.name, slice_.cut_away)
            assert found.verdict is None or about not in slice_.said_of_unseen
        if rows and whole.cut is None and part.cut is None:
            assert {_blank(compiled, slice_, r) for r in whole.rows} == {_blank(compiled, slice_, r) for r in part.rows}
    return cut


@given(tables())
@settings(max_examples=60, deadline=None)
def test_untimed_slices_agree_with_the_whole(table: Table) -> None:
    """Untimed, the slice has the states of the whole, projected, and says the same of every kind of property."""
    compare(table, None, rows=True)


@given(tables())
@settings(max_examples=60, deadline=None)
def test_untimed_slices_agree_where_nothing_was_seen_beforehand(table: Table) -> None:
    """The proof alone finds whatever has to be kept."""
    compare(table, BLIND, rows=True)


@given(tables(timed=True))
@settings(max_examples=40, deadline=None)
def test_timed_slices_give_the_same_verdicts(table: Table) -> None:
    """Timed, the clock of a slice stops less often; the verdicts are the same."""
    compare(table, None, rows=False)


@given(tables(timed=True))
@settings(max_examples=40, deadline=None)
def test_timed_slices_agree_where_nothing_was_seen_beforehand(table: Table) -> None:
    """The proof alone finds whatever has to be kept, timers and deadlines included."""
    compare(table, BLIND, rows=False)


def test_slices_of_the_mini_cluster_have_the_states_of_the_whole() -> None:
    """Each property of the mini cluster has the states of the whole, projected, and its verdict."""
    compiled = Compiled(mini_cluster.system(p=2))
    for judged in mini_cluster.system(p=2).properties:
        (about,) = compiled.property_instances(judged)
        whole = run(compiled, [about], Options())
        slice_ = slice_for(compiled, [about])
        slice_, part = explore_slice(slice_, partial(run, properties=[about], options=Options()), lambda run: run.rows)

        assert slice_.verified
        assert part.answers[0].verdict is whole.answers[0].verdict
        assert {_blank(compiled, slice_, row) for row in whole.rows} == {_blank(compiled, slice_, r) for r in part.rows}


def test_leaving_out_the_kubelet_would_be_noticed() -> None:
    """The mini cluster hangs together: its slices leave out what can never act in this scope, and no more."""
    compiled = Compiled(mini_cluster.system(p=2))
    left_out = {}
    for judged in (mini_cluster.at_most_the_desired_pods, mini_cluster.no_node_is_overfull):
        (about,) = compiled.property_instances(judged)
        left_out[judged.name] = slice_for(compiled, [about]).cut_away

    assert left_out == {
        "at-most-the-desired-pods": [],
        "no-node-is-overfull": ["user.set_desired", "controller.delete_pod"],
    }
