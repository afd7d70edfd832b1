"""Tests of systems, for any test runner: `check` demands a proof, `explore` demands that nothing is found.

    from clusterproof.checker.testing import check, system_from

    def test_philosophers() -> None:
        check(philosophers.system)

    def test_cluster() -> None:
        check(system_from(manifests=["k8s/"], faults={"crash-node": 1}), properties=["replicas-converge"])

What fails raises PropertyFailed, whose text is the story, why it matters, and what to run to see it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

from clusterproof.checker.check import check_system
from clusterproof.checker.pinned import broken_along, properties_named
from clusterproof.checker.render.text import trace_text
from clusterproof.checker.replay import ReplayError, replay_steps, step_text, steps_written
from clusterproof.checker.result import CheckResult, PropertyResult
from clusterproof.checker.trace import Trace
from clusterproof.checker.verdict import Verdict
from clusterproof.compiled import Compiled
from clusterproof.system import Bounds, System

WIDTH = 100


class PropertyFailed(AssertionError):
    """A property is refuted, or not proved where a proof is demanded; the text is what there is to know."""


def check(
    system: System[Any],
    *,
    properties: Iterable[str] | None = None,
    bounds: Bounds | None = None,
    engine: str = "auto",
    sliced: bool | None = None,
    symmetry: bool | None = None,
    allow_undetermined: bool = False,
) -> CheckResult:
    """Check a system exhaustively, and demand that everything is PROVED.

    properties, bounds, engine, sliced, symmetry: see `check_system`. allow_undetermined: what could not be decided
    passes.
    Raises PropertyFailed, with every story in its text, also when nothing was checked at all; and SpecError when the
    specification is wrong.
    """
    __tracebackhide__ = True
    result = check_system(system, properties=properties, bounds=bounds, engine=engine, sliced=sliced, symmetry=symmetry)
    return _demanded(result, allow_undetermined=allow_undetermined)


def explore(
    system: System[Any],
    *,
    properties: Iterable[str] | None = None,
    bounds: Bounds | None = None,
    profile: str = "",
    seed: int | None = None,
) -> CheckResult:
    """Walk a system at random, and demand that no counterexample is found.

    profile: `dev` (the default), `ci` (the default where the environment says CI) or `nightly`; bounds: on seconds,
    states and depth, those of the profile unless told. seed: of everything that is drawn. Counterexamples are kept in
    the example database of Hypothesis' settings, and tried first next time.
    Raises PropertyFailed, with every story in its text, also when nothing could be checked; and SpecError.
    """
    __tracebackhide__ = True
    import os  # noqa: PLC0415  (with the explorer, which only this function needs)

    from hypothesis import settings  # noqa: PLC0415

    from clusterproof.checker.explore import explore_system  # noqa: PLC0415  (Hypothesis takes its time to load)

    profile = profile or ("ci" if os.environ.get("CI") else "dev")
    kept_in = settings().database
    result = explore_system(system, properties=properties, bounds=bounds, profile=profile, seed=seed, database=kept_in)
    return _demanded(result, allow_undetermined=True)


def assert_fixed(
    system: System[Any],
    steps: Sequence[str],
    *,
    property_name: str,
    object_name: str = "",
    says: str = "",
    loop_from: int | None = None,
    sliced: bool = False,
) -> None:
    """Demand that an execution that once broke a property does so no more: what `clusterproof pin` writes.

    The steps are tried from every initial state: it is fixed where they cannot be taken any more, or break nothing.
    says: the claim. loop_from: after how many steps the loop begins that the last step closes. sliced: it was found in
    the part of the system that the property depends on.
    Raises PropertyFailed with the story, and also when the system does not know an action, object or property any more:
    then the steps say nothing.
    """
    __tracebackhide__ = True
    whole = Compiled(system)
    try:
        abouts = properties_named(whole, property_name, object_name)
        for about in abouts:
            found = broken_along(whole, about, steps, says=says, loop_from=loop_from, sliced=sliced)
            if found is not None:
                raise PropertyFailed("\n" + trace_text(found, replay_line(found), WIDTH))
    except ReplayError as error:
        raise PropertyFailed(f"{error}; if that is meant, delete this test") from None


def replay(system: System[Any], steps: Sequence[str], *, start: int = 0) -> list[Any]:
    """The states that steps lead through, beginning with an initial one.

    steps: as traces write them, e.g. `scheduler.bind(web-0) -> node=n1`. start: the number of the initial state.
    Raises ReplayError when one of them cannot be taken.
    """
    compiled = Compiled(system)
    rows = compiled.initial_rows()
    if not 0 <= start < len(rows):
        raise ReplayError(f"initial state {start} does not exist, there are {len(rows)}")
    taken = replay_steps(compiled, rows[start], steps_written(compiled, steps))
    return [compiled.schema.state(row) for row in taken]


def system_from(
    target: str = "",
    *,
    manifests: Iterable[str | PathLike[str]] = (),
    group: Iterable[str] = (),
    cluster: str | PathLike[str] = "",
    faults: Mapping[str, Any] | None = None,
    actions: Iterable[Mapping[str, Any]] = (),
    settings: Mapping[str, object] | None = None,
    properties: Iterable[str] = (),
    seconds: float = 60.0,
    beside: str | PathLike[str] = "",
) -> System[Any]:
    """The system that the command line builds from the same words.

    target: a built-in model, a check file, `FILE.py:system` or `module:system`. manifests, cluster: files.
    group: the objects of the manifests that the system is about, `["Deployment/web", "Service/web"]`; all unless told.
    faults: how often each may strike, `{"crash-node": 1}`, or `{"crash-node": {"budget": 1, "heals": False}}`.
    actions: what the user may do, `{"action": "scale", "object_name": "deployment/web", "sizes": [2, 3]}`.
    settings: e.g. timing, start. properties: those to check, for one that has to be asked for. seconds: how long the
    search for the initial states may take. beside: the file that paths are relative to, `__file__`; else here.
    Raises UsageError with one line, SpecError or UserCodeError.
    """
    __tracebackhide__ = True
    from clusterproof.checker.cli.building import built  # noqa: PLC0415  (reaches the models)

    words = {
        "target": target,
        "manifests": [str(path) for path in manifests],
        "group": list(group),
        "cluster": str(cluster),
        "faults": {name: dict(f) if isinstance(f, Mapping) else {"budget": f} for name, f in (faults or {}).items()},
        "actions": [dict(action) for action in actions],
        "settings": {key: str(value) for key, value in (settings or {}).items()},
        "properties": list(properties),
    }
    return built(words, seconds, str(beside))


def replay_line(trace: Trace) -> str:
    """A line of Python that takes the steps of a trace again, where `system` is the system."""
    steps = [step_text(name, label) for name, label in trace.run["steps"]]
    start = f", start={trace.run['initial']}" if trace.run["initial"] else ""
    return f"from clusterproof.checker.testing import replay; replay(system, {steps!r}{start})"


def _demanded(result: CheckResult, *, allow_undetermined: bool) -> CheckResult:
    """The result, unless it says no."""
    __tracebackhide__ = True
    allowed = {Verdict.PROVED, None} | ({Verdict.UNDETERMINED} if allow_undetermined else set())
    failed = [one for one in result.properties if one.verdict not in allowed]
    if failed:
        raise PropertyFailed("\n" + "\n".join(_failure(one) for one in failed))
    if result.verdict is None:
        reasons = "; ".join(map(str, result.not_checked)) or "the system has no properties"
        raise PropertyFailed(f"nothing was checked: {reasons}")
    return result


def _failure(one: PropertyResult) -> str:
    if one.verdict is Verdict.REFUTED and one.traces:
        return "\n".join(trace_text(trace, replay_line(trace), WIDTH) for trace in one.traces)
    return f"{one}\n"
