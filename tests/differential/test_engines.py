"""Every engine against the reference engine, on 2,000 small systems drawn at random: same counts, same answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from strategies_systems import properties_of, tables
from strategies_systems import system_of as system_of_table
from strategies_worlds import system_of, worlds
from world_properties import PROPERTIES

from clusterproof import Bounds, System
from clusterproof.checker.answers import Answer, EngineRun
from clusterproof.checker.check import instances_of, selected
from clusterproof.checker.engines import ENGINES, Engine, run_learned
from clusterproof.checker.judging import LIVENESS
from clusterproof.checker.memo import insert
from clusterproof.checker.reference import run as run_reference
from clusterproof.checker.replay import replay_steps
from clusterproof.checker.search import Options
from clusterproof.claims import Claims, always, claim
from clusterproof.compiled import Compiled

MOST_STATES = 150
"""Larger systems are looked at no further, and not compared: where an engine stops is its own affair."""

OPTIONS = Options(bounds=Bounds(states=MOST_STATES), more_seconds=600.0, keep_rows=True, symmetry=False)


def without_memory(compiled: Compiled, abouts: Any, options: Options) -> EngineRun:
    """The reference engine, calling every function every time."""
    return run_reference(compiled, abouts, attrs.evolve(options, memo=False))


def with_numpy(compiled: Compiled, abouts: Any, options: Options) -> EngineRun:
    """The learned engine as it is where nothing can be compiled."""
    return run_learned(compiled, abouts, attrs.evolve(options, machine_code=False))


OTHERS: dict[str, Engine] = {name: engine for name, engine in ENGINES.items() if name != "reference"} | {
    "learned, numpy": with_numpy
}


@always
def goes_on(_state: object) -> Claims:
    """Holds, so that no search ends early because everything is decided."""
    yield claim(True, "it goes on")


def prepared(system: System[Any]) -> Compiled:
    """A system ready for engines, with a property more."""
    return Compiled(attrs.evolve(system, properties=[*system.properties, goes_on]))


def explored(compiled: Compiled, engine: Engine) -> EngineRun:
    """What an engine finds out about all properties of a system."""
    return engine(compiled, instances_of(compiled, selected(compiled.system, None)), OPTIONS)


def facts(run: EngineRun) -> dict[str, Any]:
    """What all engines must agree on."""
    return {
        "counts": (run.states, run.transitions, run.stuttering, run.depth),
        "levels": list(run.levels)[: run.depth + 1],
        "rows": set(run.rows) - {""},
        "exhaustive": (run.exhaustive, run.cut, set(run.exhausted)),
        "fired": {str(instance) for instance in run.fired},
        "marks": run.marks,
        **{f"{a.about.judged.name} [{a.about.object_name}]": answer_facts(a) for a in run.answers},
    }


def answer_facts(answer: Answer) -> object:
    """The verdict, and per claim the length of its shortest trace and the faults on it.

    Of several loops engines may show one or another.
    """
    if answer.about.judged.kind in LIVENESS:
        return answer.verdict, len(answer.counterexamples), answer.needs
    shown = {c.says: (len(c.path.steps), sum(i.fault for i, _ in c.path.steps)) for c in answer.counterexamples}
    return answer.verdict, shown, answer.needs


def agree(system: System[Any], seen: Counter[object]) -> None:
    """Demand that all engines say the same of a system, and that what they show can be taken again."""
    compiled = prepared(system)
    expected = explored(compiled, run_reference)
    if expected.cut is not None:
        seen["too large"] += 1
        return
    for name, engine in OTHERS.items():
        found = explored(compiled, engine)
        assert facts(found) == facts(expected), name
        for shown in (c for answer in found.answers for c in answer.counterexamples):
            replay_steps(compiled, shown.path.rows[0], shown.path.steps, shown.path.rows)
            assert shown.loop_from is None or shown.path.rows[shown.loop_from] == shown.path.rows[-1], name
    seen.update(what_it_was(system, expected))


def what_it_was(system: System[Any], run: EngineRun) -> set[object]:
    """What a system showed of the language."""
    kinds = {(a.about.judged.kind, a.verdict and a.verdict.name) for a in run.answers}
    traits = {
        "many states": run.states > 30,
        "stuttering": run.stuttering > 0,
        "a pool ran out": bool(run.exhausted),
        "time passed": any(instance.component == "clock" for instance in run.fired),
        "a fault struck": any(instance.fault for instance in run.fired),
        "a lane ran": any(instance.component == "lane" for instance in run.fired),
        "marks": bool(run.marks),
        "untimed": system.timing == "untimed",
        "several starts": len(system.initial_states) > 1,
        "a fault on a trace": any(i.fault for a in run.answers for c in a.counterexamples for i, _ in c.path.steps),
    }
    return kinds | {trait for trait, is_there in traits.items() if is_there}


def repeated(examples: int) -> Any:
    """The same examples in every run."""
    checks = (HealthCheck.too_slow, HealthCheck.data_too_large)
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=checks)


SOMETIMES = (
    *((kind, verdict) for kind in ("always", "step", "eventually_always", "always_eventually", "leads_to", "reachable")
      for verdict in ("PROVED", "REFUTED")),
    ("always", "UNDETERMINED"), ("eventually_always", "UNDETERMINED"),
    ("always", None), ("step", None), ("leads_to", None),
    "many states", "stuttering", "a pool ran out", "time passed", "a fault struck", "a lane ran", "marks", "untimed",
    "several starts", "a fault on a trace",
)  # fmt: skip


def test_worlds():
    """1,400 systems that use the whole language, and every kind of answer among them ten times."""
    seen: Counter[object] = Counter()

    @repeated(1_400)
    @given(worlds(PROPERTIES))
    def compare(plan):
        agree(system_of(plan), seen)

    compare()
    assert {what: seen[what] for what in SOMETIMES if seen[what] < 10} == {}


def test_tables():
    """600 systems of guarded updates, with and without time."""
    seen: Counter[object] = Counter()

    @repeated(300)
    @given(tables(timed=True))
    def timed(table):
        agree(system_of_table(table, properties_of(table)), seen)

    @repeated(300)
    @given(tables())
    def untimed(table):
        agree(system_of_table(table, properties_of(table)), seen)

    timed()
    untimed()
    assert seen["many states"] > 10
    assert seen["too large"] < 60


def one_read_short(root: Any, reads: Any, row: str, leaf: Any, who: str) -> Any:
    """A memory that forgets which slot was read last."""
    return insert(root, reads[:-1] or reads, row, leaf, who)


def test_a_wrong_engine_is_found_out(monkeypatch):
    """An engine that takes one slot for unread differs on some of these systems."""
    monkeypatch.setattr("clusterproof.checker.memo.insert", one_read_short)

    @settings(repeated(60), phases=[Phase.generate])
    @given(worlds(PROPERTIES))
    def compare(plan):
        compiled = prepared(system_of(plan))
        assert facts(explored(compiled, without_memory)) == facts(explored(compiled, run_reference))

    with pytest.raises(AssertionError):
        compare()
