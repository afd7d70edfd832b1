"""The engines by name, and which of them takes a system on when nobody says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from clusterproof.checker.answers import EngineRun
from clusterproof.checker.reference import run as run_reference
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.errors import SpecError

Engine = Callable[[Compiled, Sequence[PropertyInstance], Options], EngineRun]
"""An engine explores one compiled system and answers each property instance."""

AUTO = "auto"
"""The reference engine for small systems, the learned one beyond."""

SMALL_STATES = 4_000
"""So many states take the reference engine less time than the learned one needs to start."""


def run_learned(compiled: Compiled, properties: Sequence[PropertyInstance], options: Options) -> EngineRun:
    """Explore with the learned engine."""
    from clusterproof.checker.learned.engine import run  # noqa: PLC0415  (numpy and compiled code take their time)

    return run(compiled, properties, options)


ENGINES: dict[str, Engine] = {"reference": run_reference, "learned": run_learned}


def run_auto(compiled: Compiled, properties: Sequence[PropertyInstance], options: Options) -> EngineRun:
    """Explore with the reference engine, and anew with the learned one when there is more to see than is small."""
    bound = options.bounds.states
    if bound is not None and bound <= SMALL_STATES:
        return run_reference(compiled, properties, options)
    small = attrs.evolve(options, bounds=attrs.evolve(options.bounds, states=SMALL_STATES))
    run = run_reference(compiled, properties, small)
    if run.cut != f"the bound of {SMALL_STATES} states":
        return run
    seconds = options.bounds.seconds
    if seconds is not None:
        left = attrs.evolve(options.bounds, seconds=max(seconds - run.seconds, 0.0))
        options = attrs.evolve(options, bounds=left)
    try:
        return run_learned(compiled, properties, options)
    except KeyboardInterrupt:  # while the learned engine was still being loaded: what was seen is not lost
        told = (attrs.evolve(a, reason=a.reason.replace(run.cut, "interrupted")) for a in run.answers)
        return attrs.evolve(run, cut="interrupted", answers=tuple(told))


def engine_named(name: str) -> Engine:
    """The engine of this name. Raises SpecError when there is none."""
    if name == AUTO:
        return run_auto
    if name not in ENGINES:
        raise SpecError(f"there is no engine {name!r}.\n  write one of {', '.join((AUTO, *ENGINES))}")
    return ENGINES[name]
