"""The graph that a search leaves behind, for liveness and for diagnostics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice

import numpy as np
from attrs import define
from numpy.typing import NDArray

from clusterproof.checker.answers import FairRun, fairness_of, has_clock
from clusterproof.checker.diagnostics import MOST_LIVELOCKS, livelock_line, recurrence_line
from clusterproof.checker.judging import Finding
from clusterproof.checker.learned import kernel, liveness, quotient_liveness
from clusterproof.checker.learned.components import nontrivial_components
from clusterproof.checker.learned.compressed_graph import CompressedGraph, EdgeChunk
from clusterproof.checker.learned.full_states import FullRows
from clusterproof.checker.learned.growing import stacked
from clusterproof.checker.learned.livelocks import livelocks
from clusterproof.checker.learned.search import ALL_DONE, LearnedSearch
from clusterproof.checker.liveness import FairLoop


@define(eq=False, slots=False)
class ExploredGraph:
    """The graph of one search; made when it is asked for.

    Where a pool ran out of ids one more state is added, the unknown: it keeps the steps enabled that wanted an id, and
    counts as good, for what is not known refutes nothing.
    """

    search: LearnedSearch

    def find_loop(self, finding: Finding) -> FairLoop | FairRun | None:
        """A fair run that breaks a liveness property, if there is one.

        Where states were merged: raises UnreachedLoopError, TooManyStatesError or SpecError when the property cannot be
        judged on these.
        """
        graph, promises = self.graph, fairness_of(self.search.compiled)
        good = self._per_state(finding.good, unknown=1)
        if self.search.orbits is not None and self.search.classes is not None:
            full = FullRows(self.search, self.search.classes, self.search.orbits, finding)
            given = self._per_state(finding.given, unknown=0) if finding.kind == "leads_to" else None
            found = quotient_liveness.find_violation(finding.kind, graph, full, promises, good, given)
            return None if found is None else FairRun(found.stem_state, found.path, found.loop, found.starved)
        if finding.kind == "leads_to":
            given = self._per_state(finding.given, unknown=0)
            return liveness.find_leads_to_violation(graph, promises, given, good)
        if finding.kind == "eventually_always":
            return liveness.find_eventually_always_violation(graph, promises, good)
        return liveness.find_always_eventually_violation(graph, promises, good)

    def may_be_broken(self, findings: Sequence[Finding]) -> bool:
        """Whether a run might break a liveness property about one of several ids that states were merged by."""
        good = np.min([self._per_state(finding.good, unknown=1) for finding in findings], axis=0)
        given = None
        if findings[0].kind == "leads_to":
            broken = [
                self._per_state(finding.given, unknown=0) & (1 - self._per_state(finding.good, unknown=1))
                for finding in findings
            ]
            given = np.max(broken, axis=0)
        promises = fairness_of(self.search.compiled)
        return quotient_liveness.may_be_broken(findings[0].kind, self.graph, promises, good, given)

    def diagnostics(self) -> list[str]:
        """What is worth saying about the graph."""
        compiled = self.search.compiled
        lines = recurrence_line(nontrivial_components(self.graph).sizes.tolist())
        if has_clock(compiled):
            urgent = np.zeros(compiled.clock.number + 1, np.uint8)
            urgent[[instance.number for instance in compiled.instances if instance.urgent]] = 1
            found = islice(livelocks(self.graph, urgent), MOST_LIVELOCKS)
            lines += [livelock_line(compiled, livelock.states, livelock.labels) for livelock in found]
        return lines

    @cached_property
    def graph(self) -> CompressedGraph:
        """The edges of all states that were expanded."""
        search = self.search
        unknown = bool(search.exhausted)
        expanded = np.zeros(search.states + unknown, np.uint8)
        marks = stacked(search.marks, np.uint8)
        expanded[: len(marks)] = marks & ALL_DONE == ALL_DONE
        if unknown:
            expanded[-1] = 1
        chunks = [self._chunk(edges, expanded) for edges in search.edges]
        return CompressedGraph.of(
            chunks,
            expanded=expanded,
            initial_states=len(search.trail.initial_rows),
            quotient=search.classes is not None,
        )

    def _chunk(self, edges: NDArray[np.uint32], expanded: NDArray[np.uint8]) -> EdgeChunk:
        """Some edges, without those of states that were not expanded to the end."""
        sources, labels, targets = edges[expanded[edges[:, 0]] == 1].T.copy()
        lost = targets == kernel.UNKNOWN
        if lost.any():
            exhausted = self.search.learner.ways.exhausted
            labels[lost] = [exhausted[leaf][0].number for leaf in labels[lost].tolist()]
            targets[lost] = self.search.states
        return EdgeChunk(sources, labels.astype(np.int32), targets)

    def _per_state(self, values: bytearray, *, unknown: int) -> NDArray[np.uint8]:
        """What a property noted of each state."""
        noted = np.frombuffer(values, np.uint8).astype(bool).astype(np.uint8)
        more = self.graph.states - len(noted)
        return np.concatenate([noted, np.full(more, unknown, np.uint8)])
