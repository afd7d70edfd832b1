"""A trace that was found in a slice is executed again in the same slice."""

from __future__ import annotations

import json

from kubernetes_systems import WORKER, deployment, disruption_budget, service, small_system

from clusterproof.checker.check import check_system
from clusterproof.checker.differences import state_values
from clusterproof.checker.recorded_slice import slice_from_json
from clusterproof.checker.replay import replay_steps, steps_named
from clusterproof.compiled import Compiled


def blocked_drain():
    """Return a system in which a budget lets nothing go, and a drain is under way."""
    documents = [deployment(1), service(), disruption_budget("maxUnavailable: 0")]
    return small_system(*documents, actions={"drain": 1}, drains=[WORKER], properties=["drain-terminates"])


def test_a_trace_of_a_slice_replays_in_the_slice_that_the_file_names():
    """The slice travels with the trace as JSON; cut again, it leads to the same states."""
    (trace,) = check_system(blocked_drain(), sliced=True, whole_first=0).traces
    run = json.loads(json.dumps(dict(trace.run)))
    part = slice_from_json(Compiled(blocked_drain()), run["slice"])

    assert part.cut
    rows = replay_steps(part, part.initial_rows()[run["initial"]], steps_named(part, run["steps"]))
    assert state_values(part, rows[-1]) == trace.states[-1]
