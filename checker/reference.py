"""The reference engine: breadth-first, no cleverness, the oracle for all others.

It visits every state of one compiled system, judges every state and every step, and looks for liveness violations
on the explored graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clusterproof.checker import liveness
from clusterproof.checker.answers import EngineRun, answers, fairness_of, has_clock
from clusterproof.checker.components import nontrivial_components
from clusterproof.checker.diagnostics import MOST_LIVELOCKS, livelock_line, recurrence_line
from clusterproof.checker.graph import Graph
from clusterproof.checker.judging import Finding, Judge
from clusterproof.checker.memo import Memo
from clusterproof.checker.purity import functions_of
from clusterproof.checker.rows import ListedRows
from clusterproof.checker.search import Options, Search
from clusterproof.compiled import Compiled, PropertyInstance


def run(compiled: Compiled, properties: Sequence[PropertyInstance], options: Options) -> EngineRun:
    """Explore a compiled system, and judge it by the properties."""
    memo = Memo(compiled) if options.memo and not options.verify else None
    functions = (compiled.evaluate, compiled.judge) if memo is None else (memo.evaluate, memo.judge)
    evaluate, judge = functions_of(options, *functions)
    findings = [Finding(about) for about in properties]
    before = compiled.evaluate_with, compiled.enabled_with
    compiled.evaluate_with = evaluate
    if memo is not None:
        compiled.enabled_with = memo.enabled
    try:
        search = Search(
            compiled, Judge(findings, judge, always_graph=has_clock(compiled), remember=memo is not None), options
        )
        search.run()
        found = answers(search, findings, lambda finding: _find_loop(compiled, search.graph, finding))
    finally:
        compiled.evaluate_with, compiled.enabled_with = before
    return EngineRun(
        engine="reference",
        answers=tuple(found),
        states=search.states,
        transitions=search.transitions,
        stuttering=search.stuttering,
        depth=search.depth,
        seconds=search.seconds,
        cut=search.cut,
        exhausted=tuple(search.exhausted),
        fired=frozenset(search.fired),
        marks=frozenset(search.marks),
        diagnostics=tuple(_diagnostics(compiled, search.graph)),
        rows=ListedRows([row for row in search.rows if row]),
        levels=search.level_counts,
    )


def _find_loop(compiled: Compiled, graph: Graph | None, finding: Finding) -> liveness.FairLoop | None:
    """A fair run that breaks a liveness property, if there is one in the graph."""
    if graph is None:
        raise AssertionError("a liveness property wants the graph")
    promises = fairness_of(compiled)
    if finding.kind == "leads_to":
        return liveness.find_leads_to_violation(graph, promises, finding.given, finding.good)
    if finding.kind == "eventually_always":
        return liveness.find_eventually_always_violation(graph, promises, finding.good)
    return liveness.find_always_eventually_violation(graph, promises, finding.good)


def _diagnostics(compiled: Compiled, graph: Graph | None) -> list[str]:
    """What is worth saying about the graph whatever the verdicts: cycles, and livelocks in zero time."""
    if graph is None:
        return []
    lines = recurrence_line([len(cycle) for cycle in nontrivial_components(graph)])
    if has_clock(compiled):
        lines += _livelocks(compiled, graph)
    return lines


def _livelocks(compiled: Compiled, graph: Graph) -> list[str]:
    """Cycles of urgent steps: they may go on for ever while the clock stands still."""
    urgent = {instance.number for instance in compiled.instances if instance.urgent}
    hurried = _only(graph, urgent.__contains__)
    lines = []
    for component in nontrivial_components(hurried)[:MOST_LIVELOCKS]:
        inside = set(component)
        taken = {label for state in component for label, target in hurried.edges(state) if target in inside}
        lines.append(livelock_line(compiled, len(component), taken))
    return lines


def _only(graph: Graph, wanted: Callable[[int], bool]) -> Graph:
    part = Graph()
    for _ in range(graph.states):
        part.add_state()
    for state in range(graph.expanded):
        part.expand(state, [(label, target) for label, target in graph.edges(state) if wanted(label)])
    return part
