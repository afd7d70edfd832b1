"""The learned engine: what it sees of a system, and its answers."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clusterproof.checker.answers import EngineRun, answers, has_clock
from clusterproof.checker.judging import LIVENESS, Finding
from clusterproof.checker.learned.backend import backend
from clusterproof.checker.learned.explored_graph import ExploredGraph
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled, PropertyInstance


def run(compiled: Compiled, properties: Sequence[PropertyInstance], options: Options) -> EngineRun:
    """Explore a compiled system, and judge it by the properties."""
    findings = [Finding(about) for about in properties]
    wants_graph = has_clock(compiled) or any(finding.kind in LIVENESS for finding in findings)
    search = LearnedSearch(compiled, findings, options, backend(machine_code_wanted=options.machine_code), wants_graph)
    search.run()
    if search.needs_more_bits and options.fingerprint_bits == 64:  # more states than these can tell apart: start anew
        return run(compiled, properties, attrs.evolve(options, fingerprint_bits=128))
    graph = ExploredGraph(search)
    found = answers(search, findings, graph.find_loop)
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
        diagnostics=tuple(graph.diagnostics() if wants_graph else ()),
        rows=rows_of(search),
        levels=search.level_counts,
        chance_missed=search.chance_missed,
        statistics=search.learner.statistics(),
    )


def rows_of(search: LearnedSearch) -> list[str]:
    """The states as rows, where they were kept."""
    return [row for level in search.kept_rows for row in search.learner.columns.rows(level)]
