"""One exploration by the learned engine: a search, and the answers that follow from what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from attrs import field, frozen

from clusterproof.checker.answers import Answer, EngineRun, FairRun, answers, has_clock
from clusterproof.checker.judging import LIVENESS, Finding
from clusterproof.checker.learned.backend import backend
from clusterproof.checker.learned.explored_graph import ExploredGraph
from clusterproof.checker.learned.family_findings import Shared, share
from clusterproof.checker.learned.full_states import TooManyStatesError
from clusterproof.checker.learned.kept_rows import KeptRows
from clusterproof.checker.learned.orbits import Classes
from clusterproof.checker.learned.quotient_liveness import UnreachedLoopError
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.liveness import FairLoop
from clusterproof.checker.search import Options
from clusterproof.claims import Property
from clusterproof.compiled import Compiled, PropertyInstance
from clusterproof.errors import SpecError


@frozen
class Explored:
    """What came of an exploration.

    unknown: the properties whose answers mean nothing, for states were merged. unmerged: those of them that are better
    judged where nothing is merged. told_apart: per property the id types that it tells apart.
    """

    run: EngineRun
    unknown: frozenset[PropertyInstance] = frozenset()
    unmerged: frozenset[PropertyInstance] = frozenset()
    told_apart: Mapping[Property[Any], frozenset[Any]] = field(factory=dict)


def explore(
    compiled: Compiled, properties: Sequence[PropertyInstance], options: Options, classes: Classes | None = None
) -> Explored:
    """Explore a compiled system, and judge it by the properties.

    classes: the ids by which states are merged. Raises SymmetryLost when they are not interchangeable, SpecError when
    they are declared to be.
    """
    findings = [Finding(about) for about in properties]
    wants_graph = has_clock(compiled) or any(finding.kind in LIVENESS for finding in findings)
    loops = backend(machine_code_wanted=options.machine_code)
    search = LearnedSearch(compiled, findings, options, loops, wants_graph, classes)
    search.run()
    if search.needs_more_bits and options.fingerprint_bits == 64:  # more states than these can tell apart: start anew
        return explore(compiled, properties, attrs.evolve(options, fingerprint_bits=128), classes)
    graph = ExploredGraph(search)
    shared = Shared(set(), set()) if classes is None else share(search, graph, classes)
    unmerged: set[PropertyInstance] = set()

    def find_loop(finding: Finding) -> FairLoop | FairRun | None:
        if finding.about in shared.never_broken or finding.about in shared.unknown:
            return None
        try:
            return graph.find_loop(finding)
        except (UnreachedLoopError, TooManyStatesError, SpecError):
            unmerged.add(finding.about)
            return None

    run = _run_of(search, graph, answers(search, findings, find_loop), classes)
    return Explored(run, frozenset(shared.unknown | unmerged), frozenset(unmerged), search.learner.told_apart)


def _run_of(search: LearnedSearch, graph: ExploredGraph, found: Sequence[Answer], classes: Classes | None) -> EngineRun:
    """What the engine hands back."""
    return EngineRun(
        engine="learned",
        answers=tuple(found),
        states=search.states,
        transitions=search.transitions,
        stuttering=search.stuttering,
        depth=search.depth,
        seconds=search.seconds,
        cut=search.cut,
        exhausted=tuple(search.exhausted),
        fired=frozenset(search.fired),
        marks=frozenset(search.marks_met),
        diagnostics=tuple(graph.diagnostics() if search.wants_graph else ()),
        rows=KeptRows(search.learner.columns, search.kept_rows),
        levels=search.level_counts,
        chance_missed=search.chance_missed,
        statistics=search.learner.statistics(),
        symmetry="none" if search.orbits is None else str(search.orbits.merging),
        merged=frozenset() if classes is None else classes.hints,
        full_states=search.full_states,
        resumed=search.resumed,
    )
