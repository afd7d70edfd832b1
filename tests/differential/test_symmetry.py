"""The learned engine with states merged by symmetry against the reference engine: same verdicts, same lengths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from builtin_systems import NO_FAULTS, example
from hotel_properties import FAIR_TO_IDS, UNFAIR_TO_IDS, goes_on
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kubernetes_systems import WORKER, deployment, small_system
from small_systems import (
    all_is_done,
    at_most_one_thing,
    box,
    done_is_done,
    errand,
    heart,
    it_is_delivered,
    it_settles,
    lease,
    nobody_notices,
    nothing_is_lost,
    shop,
    things_are_new,
)
from strategies_worlds import system_of, worlds
from symmetric_systems import UNFAIRLY_COUNTING, Recipe, recipes, symmetric_system
from world_properties import PROPERTIES

from clusterproof import Bounds, SpecError, System
from clusterproof.checker.answers import Answer, Counterexample, EngineRun, fairness_of
from clusterproof.checker.check import check_system, instances_of, out_of_scope, selected
from clusterproof.checker.engines import run_learned
from clusterproof.checker.fairness import Fairness
from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.reference import run as run_reference
from clusterproof.checker.replay import replay_steps
from clusterproof.checker.search import Options
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster, philosophers, two_phase_commit

MOST_STATES = 600
OPTIONS = Options(bounds=Bounds(states=MOST_STATES), more_seconds=600.0)


def explored(system: System[Any], **options: Any) -> tuple[EngineRun, EngineRun] | None:
    """What the reference engine says, and the learned one; None for a system that is too large to compare."""
    compiled = Compiled(attrs.evolve(system, properties=[*system.properties, goes_on]))
    abouts = instances_of(compiled, selected(compiled.system, None))
    expected = run_reference(compiled, abouts, OPTIONS)
    if expected.cut is not None:
        return None
    found = run_learned(compiled, abouts, attrs.evolve(OPTIONS, **options))
    for answer in found.answers:
        for shown in answer.counterexamples:
            check_shown(compiled, shown)
    return expected, found


def check_shown(compiled: Compiled, shown: Counterexample) -> None:
    """What is shown can be taken again, breaks the property, and goes round fairly if it goes round."""
    rows = shown.path.rows
    replay_steps(compiled, rows[0], shown.path.steps, rows)
    if shown.about.judged.kind in LIVENESS:
        around = rows[-1:] if shown.loop_from is None else rows[shown.loop_from :]
        assert around[0] == around[-1]
        judged = [compiled.judge(shown.about, row) for row in around]
        good = [j.holds if j.response is None else j.response.then for j in judged]
        assert not (all(good) if shown.about.judged.kind == "eventually_always" else any(good))
        first = len(rows) if shown.loop_from is None else shown.loop_from
        taken = {instance.number for instance, _ in shown.path.steps[first:]}
        check_fair(compiled, list(around), taken)


def check_fair(compiled: Compiled, rows: list[str], taken: set[int]) -> None:
    """Going round these rows for ever, or resting in one, breaks no promise."""
    enabled = [{s.instance.number for s in compiled.steps(row).steps if s.row != row} for row in rows]
    for label, promise in fairness_of(compiled).items():
        often = [label in one for one in enabled]
        assert label in taken or not (all(often) if promise is Fairness.WEAK else any(often))


def facts(answer: Answer) -> object:
    """The verdict, and per claim how long its trace is; of several loops engines may show one or another."""
    if answer.about.judged.kind in LIVENESS:
        return answer.verdict, answer.reason, answer.needs
    shown = {c.says: (len(c.path.steps), sum(i.fault for i, _ in c.path.steps)) for c in answer.counterexamples}
    return answer.verdict, shown, answer.needs


def agree(system: System[Any], seen: Counter[object], **options: Any) -> EngineRun | None:
    """Demand that both engines say the same of every property."""
    both = explored(system, **options)
    if both is None:
        seen["too large"] += 1
        return None
    expected, found = both
    for one, other in zip(expected.answers, found.answers, strict=True):
        about = f"{one.about.judged.name} [{one.about.object_name}]"
        if other.verdict is None and one.verdict is Verdict.PROVED and one.about.arguments:
            seen["silent"] += 1  # of an id of a pool nothing was said, as it happens: what was said was said of others
            continue
        assert facts(other) == facts(one), about
        seen[one.about.judged.kind, one.verdict and one.verdict.name] += 1
    assert {i.name for i in found.fired} == {i.name for i in expected.fired}
    assert found.marks == expected.marks
    merged = next((run for run in (*found.earlier, found) if run.symmetry != "none"), None)
    seen["merged"] += merged is not None and merged.states < expected.states
    seen["explored again"] += bool(found.earlier)
    return found


def repeated(examples: int) -> Any:
    """The same examples in every run."""
    checks = (HealthCheck.too_slow, HealthCheck.data_too_large)
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=checks)


KINDS = ("always", "step", "reachable", "eventually_always", "always_eventually", "leads_to")


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found"])
@pytest.mark.parametrize("machine_code", [True, False], ids=["compiled", "numpy"])
def test_random_hotels(declared, machine_code):
    """Properties of every kind, about all, about one id, and about pairs, get the same answers."""
    seen: Counter[object] = Counter()

    @repeated({(True, True): 300, (True, False): 100}.get((machine_code, declared), 30))
    @given(recipes(fair=True, roomy=True), st.sets(st.sampled_from(FAIR_TO_IDS), min_size=3, max_size=8))
    def compare(recipe, properties):
        system = symmetric_system(recipe, *sorted(properties, key=lambda p: p.name), declared=declared)
        agree(system, seen, machine_code=machine_code)

    compare()
    assert seen["merged"] > 8
    assert seen["silent"] < seen["always", "PROVED"] / 20
    if machine_code and declared:
        assert {(k, v): seen[k, v] for k in KINDS for v in ("PROVED", "REFUTED") if seen[k, v] < 2} == {}


def test_random_worlds():
    """Worlds with time, faults, serial numbers and a pool get the same answers where the ids of the pool are merged."""
    seen: Counter[object] = Counter()

    @repeated(300)
    @given(worlds(PROPERTIES))
    def compare(plan):
        agree(system_of(plan), seen)

    compare()
    assert seen["merged"] > 10


def test_properties_that_tell_ids_apart():
    """A property that names an id, or compares ids, is judged on states that are not merged by them."""
    seen: Counter[object] = Counter()

    @repeated(150)
    @given(recipes(fair=True, roomy=True), st.sampled_from(UNFAIR_TO_IDS), st.sampled_from(FAIR_TO_IDS), st.booleans())
    def compare(recipe, unfair, fair, declared):
        agree(symmetric_system(recipe, unfair, fair, declared=declared), seen)

    compare()
    assert seen["explored again"] > 20


def agree_or_refuse(system: System[Any], seen: Counter[object], *, declared: bool) -> None:
    """Demand that engines agree, or that ids which are told apart are refused where they are declared symmetric."""
    try:
        agree(system, seen)
    except SpecError as error:
        seen["an error"] += declared and "tells apart ids that are declared symmetric" in str(error)
        seen["another error"] += not declared


def test_actions_that_tell_ids_apart():
    """An action that tells ids apart is an error where they are declared symmetric, else they are not merged."""
    seen: Counter[object] = Counter()

    @repeated(200)
    @given(recipes(fair=True, unfair_rules=True, roomy=True), st.sampled_from(FAIR_TO_IDS), st.booleans())
    def compare(recipe, judged, declared):
        agree_or_refuse(symmetric_system(recipe, judged, declared=declared), seen, declared=declared)

    compare()
    assert seen["an error"] > 20
    assert not seen["another error"]


def test_hotels_that_count():
    """Counts tell no ids apart, and where they do that is noticed, although states that share a leaf differ there."""
    seen: Counter[object] = Counter()

    @repeated(40)
    @given(recipes(fair=True, roomy=True, counting=True), st.sampled_from(FAIR_TO_IDS), st.booleans())
    def compare(recipe, judged, declared):
        agree(symmetric_system(recipe, judged, declared=declared), seen)

    @repeated(80)
    @given(recipes(unfair_rules=True, roomy=True, counting=True), st.sampled_from(FAIR_TO_IDS), st.booleans())
    def compare_unfair(recipe, judged, declared):
        agree_or_refuse(symmetric_system(recipe, judged, declared=declared), seen, declared=declared)

    compare()
    compare_unfair()
    assert seen["merged"] > 8
    assert seen["an error"] > 3
    assert not seen["another error"]


@pytest.mark.parametrize("guard", UNFAIRLY_COUNTING)
def test_what_counts_unfairly_is_refused(guard):
    """Every count and total that tells declared ids apart is an error."""
    rules = ((("fewer than 3",), ("arrive",)), ((), ("cheer up",)), ((), ("mark",)), ((guard,), ("count",)))
    recipe = Recipe(tangled=False, guests=3, rooms=1, present=0, rules=rules)
    seen: Counter[object] = Counter()

    agree_or_refuse(symmetric_system(recipe, FAIR_TO_IDS[0]), seen, declared=True)
    assert seen["an error"] == 1
    assert not seen["another error"]


CONTRACT: dict[str, Callable[[], System[Any]]] = {
    "two phase commit": lambda: two_phase_commit.system(4),
    "philosophers": lambda: philosophers.system(3),
    "mini cluster": lambda: mini_cluster.system(p=2),
    "box": lambda: box(at_most_one_thing, things_are_new),
    "shop": lambda: shop(nothing_is_lost, all_is_done, done_is_done, jobs=2, crashes=1),
    "lease": lambda: lease(nobody_notices),
    "heart": lambda: heart(it_settles),
    "errand": lambda: errand(it_is_delivered),
    "drain": lambda: small_system(deployment(2), drains=[WORKER], start="apply"),
    "lost node, where scores decide": lambda: small_system(
        deployment(2), workers=2, faults={"crash-node": 1}, scheduler="highest-score"
    ),
    "lost node": lambda: small_system(deployment(2), faults={"crash-node": 1}),
    "crashes": lambda: small_system(deployment(2), faults={"crash-container": 1}, timing="untimed"),
    "lost control plane": lambda: small_system(deployment(2), faults={"stop-control-plane": 1}),
}


@pytest.mark.parametrize("name", CONTRACT)
def test_known_systems(name):
    """Verdicts and lengths of traces are those of the reference engine, on models and on small clusters."""
    system = CONTRACT[name]()
    system = attrs.evolve(system, bounds=Bounds(), deadlock="allowed")
    compiled = Compiled(attrs.evolve(system, properties=[*system.properties, goes_on]))
    abouts = [a for a in instances_of(compiled, selected(compiled.system, None)) if out_of_scope(compiled, a) is None]
    options = Options(more_seconds=600.0)
    expected, found = run_reference(compiled, abouts, options), run_learned(compiled, abouts, options)

    assert [facts(answer) for answer in found.answers] == [facts(answer) for answer in expected.answers]


@pytest.mark.parametrize(
    ("system", "states", "merged"),
    [
        (lambda: two_phase_commit.system(5), 8_832, 314),
        (mini_cluster.system, 61_944, 5_738),
        (lambda: example("hello-server", ["replicas-converge"], faults={**NO_FAULTS, "crash-container": 1},
                         timing="untimed"), 9_632, 2_410),
    ],
    ids=["two-phase-commit-5", "mini-cluster", "hello-server"],
)  # fmt: skip
def test_known_counts(system, states, merged):
    """So many orbits there are, and so many states they stand for, as counted by brute force."""
    result = check_system(system(), engine="learned", symmetry=True, sliced=False)
    whole = check_system(system(), engine="learned", symmetry=False, sliced=False)

    assert (result.states, result.full_states, whole.states) == (merged, states, states)
    assert result.symmetry != "none" == whole.symmetry
    assert [p.verdict for p in result.properties] == [p.verdict for p in whole.properties]
