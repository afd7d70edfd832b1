"""The learned engine: what it sees of a system, and its answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clusterproof.checker.answers import EngineRun, answers, has_clock
from clusterproof.checker.graph import Graph
from clusterproof.checker.judging import LIVENESS, Finding
from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.backend import backend
from clusterproof.checker.learned.growing import stacked
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.reference import diagnostics_of, find_loop
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled, PropertyInstance


def run(compiled: Compiled, properties: Sequence[PropertyInstance], options: Options) -> EngineRun:
    """Explore a compiled system, and judge it by the properties."""
    findings = [Finding(about) for about in properties]
    wants_graph = has_clock(compiled) or any(finding.kind in LIVENESS for finding in findings)
    search = LearnedSearch(compiled, findings, options, backend(machine_code_wanted=options.machine_code), wants_graph)
    search.run()
    graph = graph_of(search) if wants_graph else None
    found = answers(search, findings, lambda finding: find_loop(compiled, graph, finding))
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
        diagnostics=tuple(diagnostics_of(compiled, graph)),
        rows=rows_of(search),
        levels=search.level_counts,
    )


def rows_of(search: LearnedSearch) -> list[str]:
    """The states as rows, where they were kept."""
    return [search.learner.columns.row(row) for level in search.kept_rows for row in level]


def graph_of(search: LearnedSearch) -> Graph:
    """The explored graph."""
    edges = np.concatenate(search.edges) if search.edges else np.zeros((0, 3), np.uint32)
    source, label, target = edges[np.argsort(edges[:, 0], kind="stable")].T
    done = stacked(search.marks, np.uint8) & 3 == 3
    graph = Graph()
    for state in range(search.states):
        graph.add_state(initial=state < len(search.trail.initial_rows))
    unknown = graph.add_state() if search.exhausted else None
    ends = np.searchsorted(source, np.arange(search.states + 1))
    exhausted = search.learner.ways.exhausted
    expanded = int(np.argmin(done)) if not done.all() else search.states
    for state in range(min(expanded, search.states)):
        edges = []
        for index in range(ends[state], ends[state + 1]):
            if target[index] == kernel.UNKNOWN:
                assert unknown is not None
                edges.append((exhausted[int(label[index])][0].number, unknown))
            else:
                edges.append((int(label[index]), int(target[index])))
        graph.expand(state, edges)
    if unknown is not None:
        for finding in search.findings:
            finding.good.append(1)
            finding.given.append(0)
        if expanded == search.states:
            graph.expand(unknown, ())
    return graph
