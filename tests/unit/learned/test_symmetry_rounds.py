"""How many explorations the learned engine makes where ids are interchangeable, and what each is for."""

from __future__ import annotations

from functools import partial
from typing import Any, NewType

import attrs
import pytest

from clusterproof import (
    Bounds,
    Claims,
    Component,
    Map,
    System,
    Table,
    Whenever,
    always,
    claim,
    eventually_always,
    leads_to,
    require,
    state,
    weak,
)
from clusterproof.checker.answers import Answer
from clusterproof.checker.check import check_system, instances_of
from clusterproof.checker.engines import run_learned
from clusterproof.checker.learned import engine
from clusterproof.checker.learned.exploration import explore
from clusterproof.checker.learned.orbits import find_classes
from clusterproof.checker.reference import run as run_reference
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import Options
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled

Worker = NewType("Worker", str)
Parcel = NewType("Parcel", str)


@state
class Parcelled:
    """A parcel that is there."""

    sent: bool = False


@state
class Depot:
    """Workers who are up or not, parcels that come and go, and a clock of its own."""

    up: Map[Worker, bool]
    parcels: Table[Parcel, Parcelled]
    ticks: int = 0


staff = Component("staff", fair=weak)


@staff.action
def wake(d: Depot, w: Worker) -> None:
    """A worker gets up."""
    require(not d.up[w])
    d.up[w] = True


@staff.action(fair=None)
def rest(d: Depot, w: Worker) -> None:
    """A worker lies down again."""
    require(d.up[w] and d.ticks == 0)
    d.up[w] = False


@staff.action
def tick(d: Depot) -> None:
    """Time goes by once everybody is up."""
    require(all(d.up.values()) and d.ticks < 3)
    d.ticks += 1


@staff.action
def post(d: Depot) -> None:
    """Late, a parcel is posted."""
    require(d.ticks == 3 and not d.parcels)
    d.parcels.add(Parcelled())


@staff.action
def send(d: Depot, p: Parcel) -> None:
    """It is sent."""
    require(p in d.parcels and not d.parcels[p].sent)
    d.parcels[p].sent = True


@always
def few_ticks(d: Depot) -> Claims:
    """About all."""
    yield claim(d.ticks <= 3, "there are no more than three ticks")


@always
def stays_down(d: Depot, w: Worker) -> Claims:
    """About one worker."""
    yield claim(not d.up[w], "it stays down", w)


@always
def never_alone(d: Depot, w: Worker) -> Claims:
    """About one worker among the others."""
    yield claim(not d.up[w] or sum(d.up.values()) > 1, "it is not the only one who is up", w)


@eventually_always
def gets_up(d: Depot, w: Worker) -> Claims:
    """Of one worker: in the end it is up."""
    yield claim(d.up[w], "it is up", w)


@leads_to
def goes_out(d: Depot, p: Parcel) -> Whenever:
    """What is posted is sent."""
    return Whenever(given=p in d.parcels, then=p not in d.parcels or d.parcels[p].sent)


@always
def ann_is_first(d: Depot) -> Claims:
    """Names somebody."""
    yield claim(not d.up[Worker("ann")] or d.ticks > 0, "ann sleeps while time stands still")


def depot(*properties: Any, declared: bool = True, **options: Any) -> System[Depot]:
    """Three workers and two parcels."""
    start = Depot(up=Map((Worker(w), False) for w in ("ann", "bob", "cy")), parcels=Table(map(Parcel, "pq")))
    symmetric = [Worker] if declared else []
    return System(start, components=[staff], properties=properties, symmetric=symmetric, name="depot", **options)


def parts(result: CheckResult) -> list[tuple[str, bool]]:
    """Per exploration by which ids states were merged, and whether it was exhaustive."""
    return [(one.symmetry, one.exhaustive) for one in result.explorations]


checked = partial(check_system, engine="learned")


def test_one_exploration_where_merged_states_say_everything():
    """Properties about all, of one id each, and promises that hold, need one exploration."""
    result = checked(depot(few_ticks, stays_down, goes_out))

    assert parts(result) == [("2 Parcels, 3 Workers", True)]
    assert [one.verdict for one in result.properties] == [
        Verdict.PROVED, *[Verdict.REFUTED] * 3, Verdict.PROVED, None
    ]  # fmt: skip
    assert [trace.run["steps"][0][0] for trace in result.traces] == [
        f"staff.wake({worker})" for worker in ("ann", "bob", "cy")
    ]


def test_promises_about_one_id_are_judged_with_it_told_apart():
    """Of three workers who start alike one is told apart; what comes out is true of the others under their names."""
    result = checked(depot(few_ticks, gets_up))

    assert parts(result) == [("2 Parcels, 3 Workers", True), ("2 Parcels, 2 Workers", True)]
    assert [one.verdict for one in result.properties] == [Verdict.PROVED, *[Verdict.REFUTED] * 3]
    looping = [{step for step, _ in trace.run["steps"]} for trace in result.traces]
    for worker, texts in zip(("ann", "bob", "cy"), looping, strict=True):
        assert {f"staff.wake({worker})", f"staff.rest({worker})"} <= texts


def test_a_property_that_names_an_id_has_an_exploration_of_its_own():
    """The others are judged on merged states all the same."""
    result = checked(depot(few_ticks, ann_is_first))

    assert parts(result) == [("2 Parcels, 3 Workers", True), ("2 Parcels", False)]  # then all is decided
    assert [one.verdict for one in result.properties] == [Verdict.PROVED, Verdict.REFUTED]
    assert [trace.run["steps"] for trace in result.traces] == [[["staff.wake(ann)", ""]]]


def test_symmetry_can_be_switched_off():
    """By the one who asks, and by the system unless told otherwise."""
    assert parts(checked(depot(few_ticks), symmetry=False)) == [("none", True)]
    assert parts(checked(depot(few_ticks, symmetry=False))) == [("none", True)]
    assert parts(checked(depot(few_ticks, symmetry=False), symmetry=True)) == [("2 Parcels, 3 Workers", True)]


def test_counts_with_and_without():
    """The merged states stand for all there are; parcels come from a pool, and both names count there."""
    merged, whole = checked(depot(few_ticks)), checked(depot(few_ticks), symmetry=False)

    assert (whole.states, whole.full_states) == (13, 13)
    assert (merged.states, merged.full_states) == (9, 15)
    (told,) = merged.to_json()["explorations"]
    assert (told["symmetry"], told["states"], told["full_states"]) == ("2 Parcels, 3 Workers", 9, 15)
    assert "full_states" not in whole.to_json()["explorations"][0]


def test_a_pool_that_no_walk_met(monkeypatch):
    """When an action draws from a pool that nobody had seen, the exploration begins anew and takes it into account."""
    begun = []

    def explored(*given: Any) -> Any:
        begun.append([(each.hint, each.pooled) for each in given[3].of])
        return explore(*given)

    monkeypatch.setattr(engine, "find_classes", partial(find_classes, walked=1))
    monkeypatch.setattr(engine, "explore", explored)
    result = checked(depot(few_ticks, declared=False))

    assert begun == [[(Parcel, False)], [(Parcel, True)]]
    assert result.properties[0].verdict is Verdict.PROVED
    assert parts(result) == [("2 Parcels", True)]


def test_what_is_left_after_a_bound_is_undetermined():
    """A bound on states or time leaves single ids undetermined; nothing is proved, and nothing explored in vain."""
    result = checked(depot(few_ticks, gets_up), bounds=Bounds(states=4))
    late = checked(depot(few_ticks, gets_up), bounds=Bounds(seconds=0.0))

    assert {one.verdict for one in (*result.properties, *late.properties)} == {Verdict.UNDETERMINED}
    assert len(late.explorations) == 1


def test_the_first_refutation_ends_it():
    """With --stop-at-first no further exploration is begun."""
    result = checked(depot(stays_down, gets_up), stop_at_first=True)

    assert len(result.explorations) == 1
    verdicts = [one.verdict for one in result.properties]
    assert verdicts.count(Verdict.REFUTED) >= 1
    assert set(verdicts[3:]) == {Verdict.UNDETERMINED}


@pytest.mark.parametrize("bits", [64, 128])
def test_wide_fingerprints(bits):
    """Orbits have fingerprints of 128 bits, too."""
    assert checked(depot(few_ticks), fingerprint_bits=bits).states == 9


def test_verification_merges_nothing():
    """`verify` compares the engine with the reference engine, state by state."""
    result = checked(depot(few_ticks), verify=100)

    assert result.verified.startswith("all 13 states")


def test_deadlocks_on_merged_states():
    """A state without steps is found, and its trace has real names."""
    system = attrs.evolve(depot(few_ticks), deadlock="forbidden")
    result, whole = checked(system), checked(system, symmetry=False)

    assert result.symmetry != "none"
    assert [len(trace.steps) for trace in result.traces] == [len(trace.steps) for trace in whole.traces] == [8]


def test_a_property_of_one_member_of_a_family():
    """Asked about one worker only, what happens to it is found, although merged states show it of another one."""
    compiled = Compiled(depot(stays_down, never_alone, gets_up, few_ticks))
    abouts = [about for about in instances_of(compiled, compiled.system.properties) if about.arguments != ("ann",)]
    for chosen in ([one] for one in abouts):
        run, expected = run_learned(compiled, chosen, Options()), run_reference(compiled, chosen, Options())

        assert [one.about for one in run.answers] == chosen
        assert [shown(one) for one in run.answers] == [shown(one) for one in expected.answers]


def shown(answer: Answer) -> object:
    """The verdict, and how long the traces are."""
    return answer.verdict, [len(each.path.steps) for each in answer.counterexamples]


Pair = tuple[Worker, Worker]


@always
def never_the_only_two(d: Depot, pair: Pair) -> Claims:
    """About two workers, in one argument."""
    up = [w for w, is_up in d.up.items() if is_up]
    yield claim(len(up) != 2 or set(up) != set(pair), "they are not the only ones who are up")


def test_ids_inside_of_an_argument():
    """A property about a pair of ids is judged for every pair."""
    workers = [Worker(w) for w in ("ann", "bob", "cy")]
    pairs = [(one, other) for one in workers for other in workers if one < other]
    result = checked(depot(never_the_only_two, few_ticks, domains={Pair: pairs}))
    some = checked(depot(never_the_only_two, few_ticks, domains={Pair: pairs[1:]}))

    assert [one.verdict for one in result.properties] == [*[Verdict.REFUTED] * 3, Verdict.PROVED]
    assert [one.verdict for one in some.properties] == [*[Verdict.REFUTED] * 2, Verdict.PROVED]
    assert {len(trace.steps) for trace in (*result.traces, *some.traces)} == {2}
