"""The reference scenario: three replicas on two workers, and a control plane that goes and comes back."""

from __future__ import annotations

import pytest
from builtin_systems import NO_FAULTS, WORKER, WORKER2, check, example, verdicts

from clusterproof import Claims, claim, eventually_always, step
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes.build import UserActions
from clusterproof.models.kubernetes.cluster import FaultBudget
from clusterproof.models.kubernetes.names import DeploymentId, PodId, StaticPodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState
from clusterproof.system import Bounds

SURVIVE = "running-workloads-survive-control-plane-loss"
PROMISED = (SURVIVE, "entry-point-reachable", "replicas-converge", "no-write-while-control-plane-down")
ONLY_PROVED = {Verdict.PROVED}


def test_the_example_as_shipped_is_proved():
    """With the control plane stopped once and one container crashing, the four promises are proved exhaustively."""
    result = check(example("hello-server", PROMISED))

    assert verdicts(result) == dict.fromkeys(PROMISED, ONLY_PROVED)
    assert result.exhaustive
    assert result.exit_code() == 0


def test_the_pods_of_the_example_are_interchangeable():
    """Nothing in the model tells the six pods apart, so that one state stands for all their renamings."""
    result = check_system(example("hello-server", PROMISED[:3]), engine="learned", bounds=Bounds(seconds=60))

    (whole,) = result.explorations
    assert (whole.symmetry, whole.states, whole.full_states) == ("3 PodIds, 3 PodIds", 37_472, 149_728)


@step
def no_pod_comes_or_goes(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """The pods are the same all the time, by name and by uid."""
    if p in before.pods or p in after.pods:
        same = p in before.pods and p in after.pods and before.pods[p].uid == after.pods[p].uid
        yield claim(same, "no pod is created or removed", p)


@step
def no_application_container_restarts(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """Nothing of the application starts, stops or is counted as a restart."""
    old, new = before.containers.get(p), after.containers.get(p)
    if old is not None:
        runs = new is not None and new.state is ContainerState.RUNNING and new.crashes == old.crashes
        yield claim(runs, "an application container runs on", p)
    if p in before.pods and p in after.pods:
        yield claim(after.pods[p].restarts == before.pods[p].restarts, "RESTARTS stays as it is", p)


@eventually_always
def control_plane_restarts_once(c: Cluster, s: StaticPodId) -> Claims:
    """If the control-plane node was stopped, its static pods end at RESTARTS +1, and run."""
    if c.machines[c.scope.control_planes[0]].disturbed:
        pod = c.static_pods[s]
        yield claim(pod.running and pod.restarts == 1, "a static pod of the control plane ends at RESTARTS 1", s)


def test_the_same_pods_afterwards():
    """Stopping and starting the control plane touches no application pod, and restarts its own pods once."""
    mine = [no_pod_comes_or_goes, no_application_container_restarts, control_plane_restarts_once]
    result = check(example("hello-server", mine, faults={"crash-container": 0}))

    assert verdicts(result) == {prop.name: ONLY_PROVED for prop in mine}
    assert len(result.properties) == 6 + 6 + 4


def test_losing_a_worker_refutes_the_entry_point_in_one_step():
    """Each claim has its own story: the first worker is the mapped one; the other one may hold all three pods."""
    result = check_system(
        example("hello-server", ["entry-point-reachable"], faults={"crash-node": 1}), bounds=Bounds(seconds=60)
    )

    stories = {trace.says: [str(s) for s in trace.steps] for trace in result.traces}
    assert stories == {
        "the mapped node is up": [f"FAULT crash-node({WORKER})"],
        "a programmed endpoint is live": [f"FAULT crash-node({WORKER2})"],
    }
    assert result.exit_code() == 1


def test_stale_endpoints_stay_when_nobody_is_left_to_update_them():
    """The control plane is gone for good, and a worker dies: its endpoints are listed for ever."""
    gone = FaultBudget(budget=1, heals=False)
    faults = {"stop-control-plane": gone, "crash-node": 1, "crash-container": 0}
    result = check(example("hello-server", ["endpoints-eventually-right"], faults=faults))

    (trace,) = result.traces
    assert [s.action for s in trace.steps if s.fault] == ["stop-control-plane", "crash-node"]
    assert trace.stutters


def test_a_dead_endpoint_may_get_a_request():
    """That every programmed endpoint is live is refuted in one step: nobody promises it."""
    result = check(example("hello-server", ["no-request-to-dead-endpoint"]))

    (trace,) = result.traces
    assert len(trace.steps) == 1


def test_a_bound_is_named():
    """A search that was cut short says UNDETERMINED, names the bound, and exits with 3."""
    system = example("hello-server", ["replicas-converge"], faults={"crash-node": 1})
    result = check_system(system, bounds=Bounds(states=100))

    (one,) = result.properties
    assert one.verdict is Verdict.UNDETERMINED
    assert "100 states" in one.reason
    assert result.exit_code() == 3


# ---------------------------------------------------------------- variants


def test_required_anti_affinity_leaves_one_pod_pending():
    """Three replicas that exclude each other do not fit two workers; why names the filter of every node."""
    result = check(example("anti-affinity", ["replicas-converge", SURVIVE]))

    assert verdicts(result) == {"replicas-converge": {Verdict.REFUTED}, SURVIVE: ONLY_PROVED}
    (trace,) = result.traces
    notes = "\n".join(trace.why.notes)
    assert f"{WORKER}: node(s) didn't match pod anti-affinity rules" in notes
    assert f"{WORKER2}: node(s) didn't match pod anti-affinity rules" in notes
    assert "untolerated taint" in notes


def test_required_anti_affinity_blocks_every_drain():
    """The pending pod leaves the budget nothing to give: no drain of a worker ever ends."""
    drains = UserActions(drains=(WORKER, WORKER2))
    system = example("anti-affinity", ["drain-terminates"], faults=NO_FAULTS, actions={"drain": 1}, user_actions=drains)
    result = check(system)

    refuted = {one.object_name for one in result.properties if one.verdict is Verdict.REFUTED}
    assert refuted == {f"Node/{WORKER}", f"Node/{WORKER2}"}


@pytest.fixture(scope="module")
def trap() -> dict[str, object]:
    """Return the scope of the ConfigMap trap: both manifests, no faults, one `kubectl apply`."""
    return {"faults": NO_FAULTS, "files": ("manifests.yaml", "second.yaml")}


def test_the_config_map_trap_stops_the_rollout(trap):
    """The new pods never become ready: the rollout stops at three old pods and one new one."""
    result = check(example("config-map-trap", ["replicas-converge"], actions={"apply": 1}, **trap))

    (trace,) = result.traces
    last = trace.states[-1]
    assert trace.stutters
    assert last["replica_sets[hello-server-1].replicas"] == 3
    assert last["replica_sets[hello-server-2].ready_replicas"] == 0
    assert sum(value for slot, value in last.items() if slot.endswith("].ready") and slot.startswith("pods[")) == 3


def test_the_config_map_trap_blocks_a_drain(trap):
    """Once the rollout is stuck, a drain of the worker with old pods evicts one, and never another.

    What replaces the evicted pod reads the new ConfigMap, and never becomes ready: the budget allows nothing more. The
    Service has no part in this, and is left away.
    """
    drains = UserActions(drains=(WORKER,))
    system = example(
        "config-map-trap",
        ["drain-terminates"],
        actions={"drain": 1},
        user_actions=drains,
        deployed=2,
        services=False,
        **trap,
    )
    result = check(system)

    (trace,) = result.traces
    last = trace.states[-1]
    old_here = [p for p in "abc" if last[f"pods[hello-server-{p}]"] and last[f"pods[hello-server-{p}].node"] == WORKER]
    assert trace.stutters
    assert old_here
    assert last["budgets[hello-server-pdb].disruptions_allowed"] == 0
    assert [s.action for s in trace.steps].count("delete_evicted") == 1


@pytest.mark.parametrize("timing", ["timed", "untimed"])
def test_an_ordinary_rollout_keeps_its_floor_and_breaks_its_ceiling(timing):
    """The Deployment counts what ReplicaSets ask for: a surge pod comes before the old one is told to go.

    The floor holds, since a ReplicaSet that reports more available pods than it asks for stops the scale-down
    (cleanupUnhealthyReplicas in pkg/controller/deployment/rolling.go).
    """
    actions = UserActions(rollouts={DeploymentId("hello-server"): 1})
    names = ["rollout-keeps-its-floor", "rollout-keeps-its-ceiling"]
    system = example(
        "hello-server", names, faults=NO_FAULTS, actions={"rollout": 1}, user_actions=actions, timing=timing
    )
    result = check(system)

    assert Verdict.REFUTED not in verdicts(result)["rollout-keeps-its-floor"]
    (trace,) = result.traces
    assert trace.property_name == "rollout-keeps-its-ceiling"
    assert str(trace.steps[-1]).startswith("replicaset-controller.create_pod(hello-server-2)")
