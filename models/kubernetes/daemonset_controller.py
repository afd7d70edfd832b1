"""The DaemonSet controller: one pod on every node that should run it. One pod, one write, at a time.

The pods are pinned to their nodes, and the scheduler binds them. A node's back-off after failed pods is not modelled,
for no pod fails for good here; with fresh caches expectations change nothing.
Source: pkg/controller/daemon/{daemon_controller,update}.go
"""

from __future__ import annotations

from clusterproof import Component, choose, cover, require, weak
from clusterproof.models.kubernetes import apiserver, controller_revisions, node_objects, objects
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import controller_revisions as revision_decisions
from clusterproof.models.kubernetes.decisions import daemonset as decisions
from clusterproof.models.kubernetes.decisions import daemonset_update as update_decisions
from clusterproof.models.kubernetes.decisions.daemonset import DaemonPod, DaemonSetCounts, NodePlan
from clusterproof.models.kubernetes.decisions.daemonset_update import RollingUpdate
from clusterproof.models.kubernetes.names import ControllerRevisionId, DaemonSetId, NodeId, PodId
from clusterproof.models.kubernetes.scheduler import taints_of
from clusterproof.models.kubernetes.state import Cluster, DaemonSet, Pod

controller = Component("daemonset-controller", runs_when=controllers_run, fair=weak)


def manifest_of(c: Cluster, d: DaemonSetId) -> objects.DaemonSet:
    """The manifest that was applied last."""
    return c.scope.daemon_sets[d].manifests[c.daemon_sets[d].manifest]


def should_run(c: Cluster, d: DaemonSetId, n: NodeId) -> tuple[bool, bool]:
    """(should run, should continue to run) the pod of the current template on a node; neither where that is gone."""
    if not node_objects.exists(c, n):
        return False, False
    spec = c.scope.controller_revisions[c.daemon_sets[d].template].template.spec
    return decisions.node_should_run_daemon_pod(spec, c.scope.nodes[n], taints_of(c, n))


def desired_nodes(c: Cluster, d: DaemonSetId) -> list[NodeId]:
    """The nodes that should run a DaemonSet's pod now."""
    return [n for n in c.scope.daemon_sets[d].pods if should_run(c, d, n)[0]]


def pods_on(c: Cluster, d: DaemonSetId, n: NodeId) -> list[tuple[PodId, Pod]]:
    """The pods that a DaemonSet has for a node, bound or not. Source: getNodesToDaemonPods."""
    scope = c.scope.daemon_sets[d]
    found = [(p, pod) for p in scope.pods[n] if (pod := c.pods.get(p)) is not None]
    return [(p, pod) for p, pod in found if pod.owner in scope.revisions]


def is_available(pod: Pod) -> bool:
    """Whether a pod has been ready for minReadySeconds."""
    return pod.ready and not pod.until_available.armed


def _views(c: Cluster, d: DaemonSetId, n: NodeId) -> list[DaemonPod]:
    """Its pods on a node as the controller sees them; of two, the one of the older revision counts as the older."""
    template = c.daemon_sets[d].template
    return [
        DaemonPod(
            name=p,
            phase=pod.phase.value,
            bound=pod.node is not None,
            created=_revision_number(c, pod),
            deleting=pod.deleting,
            updated=pod.owner == template,
            ready=pod.ready,
            available=is_available(pod),
        )
        for p, pod in pods_on(c, d, n)
    ]


def _revision_number(c: Cluster, pod: Pod) -> int:
    revision = c.controller_revisions.get(ControllerRevisionId(pod.owner or ""))
    return 0 if revision is None else revision.revision


def _plan(c: Cluster, d: DaemonSetId, n: NodeId) -> NodePlan:
    """What the main loop does on a node; where that is gone, bound pods are the pod garbage collector's business."""
    if not node_objects.exists(c, n):
        return NodePlan(delete=decisions.get_unscheduled_pods_without_node(_views(c, d, n)))
    run, go_on = should_run(c, d, n)
    surge = update_decisions.allows_surge(_surge_of(manifest_of(c, d)))
    return decisions.pods_should_be_on_node(_views(c, d, n), run, go_on, surge)


def _surge_of(manifest: objects.DaemonSet) -> objects.IntOrPercent:
    """maxSurge, which means nothing with strategy OnDelete."""
    return manifest.max_surge if manifest.strategy == "RollingUpdate" else 0


def _has_revision(c: Cluster, d: DaemonSetId) -> DaemonSet:
    """The DaemonSet, once the revision of its template is stored; not enabled before."""
    daemon_set = require(c.daemon_sets.get(d))
    require(daemon_set.template in c.controller_revisions)
    return daemon_set


# ---------------------------------------------------------------- the main loop


@controller.action(writes=("pods", *apiserver.COMMIT))
def create_pod(c: Cluster, d: DaemonSetId, n: NodeId) -> None:
    """A node that should run the pod has none: create one, pinned to the node. Source: podsShouldBeOnNode."""
    require(n in c.scope.daemon_sets[d].pods)
    daemon_set = _has_revision(c, d)
    require(_plan(c, d, n).create)
    apiserver.create_pod(c, daemon_set.template, c.scope.daemon_sets[d].pods[n])


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_pod(c: Cluster, d: DaemonSetId, n: NodeId) -> None:
    """A node has a pod too many, or one that it must not run: delete it. Source: podsShouldBeOnNode."""
    require(n in c.scope.daemon_sets[d].pods)
    _has_revision(c, d)
    plan = _plan(c, d, n)
    require(bool(plan.delete))
    apiserver.delete_pod(c, PodId(plan.delete[0]))


# ---------------------------------------------------------------- updates


def allowance(c: Cluster, d: DaemonSetId) -> tuple[int, int]:
    """(surge, unavailable): how many nodes may have a second pod, and how many may be without an available one."""
    manifest = manifest_of(c, d)
    desired = len(desired_nodes(c, d))
    return update_decisions.updated_desired_node_counts(_surge_of(manifest), manifest.max_unavailable, desired)


def _update(c: Cluster, d: DaemonSetId) -> RollingUpdate:
    """What the rolling update may do now; nothing while the main loop has something to do, or no pod is old."""
    template = _has_revision(c, d).template
    nodes = c.scope.daemon_sets[d].pods
    require(manifest_of(c, d).strategy == "RollingUpdate")
    require(any(pod.owner != template for n in nodes for _, pod in pods_on(c, d, n)))
    require(all(_plan(c, d, n) == NodePlan() for n in nodes))
    found: dict[str, list[DaemonPod]] = {n: views for n in nodes if (views := _views(c, d, n))}
    pods = update_decisions.with_empty_nodes(found, desired_nodes(c, d))
    surge, unavailable = allowance(c, d)
    if surge:
        return update_decisions.surging_rolling_update(pods, surge, {n: should_run(c, d, n)[0] for n in nodes})
    return update_decisions.rolling_update(pods, unavailable)


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete_old_pod(c: Cluster, d: DaemonSetId) -> None:
    """The update deletes an old pod: one that is unavailable, has its successor, or may be spared.

    Source: update.go (rollingUpdate)
    """
    update = _update(c, d)
    candidates = update.candidates if update.remaining else ()
    victim = choose([PodId(name) for name in update.delete or candidates], label="victim")
    apiserver.delete_pod(c, victim)


@controller.action(writes=("pods", *apiserver.COMMIT))
def create_new_pod(c: Cluster, d: DaemonSetId) -> None:
    """An update with surge makes a new pod beside an old one. Source: rollingUpdate."""
    require(d in c.daemon_sets and update_decisions.allows_surge(_surge_of(manifest_of(c, d))))
    update = _update(c, d)
    candidates = update.candidate_nodes if update.remaining else ()
    node = choose([NodeId(name) for name in update.create_on or candidates], label="node")
    cover("a daemon pod of the new template is made beside the old one")
    apiserver.create_pod(c, c.daemon_sets[d].template, c.scope.daemon_sets[d].pods[node])


# ---------------------------------------------------------------- revisions


@controller.action(writes=("controller_revisions", *apiserver.COMMIT))
def create_revision(c: Cluster, d: DaemonSetId) -> None:
    """The template has no ControllerRevision yet: create it. Source: update.go (snapshot)."""
    daemon_set = require(c.daemon_sets.get(d))
    controller_revisions.create(c, c.scope.daemon_sets[d].revisions, daemon_set.template)


@controller.action(writes=("controller_revisions.revision", "controller_revisions.resource_version", *apiserver.COMMIT))
def number_revision(c: Cluster, d: DaemonSetId) -> None:
    """A rollback gives an old revision the highest number. Source: update.go (constructHistory)."""
    daemon_set = require(c.daemon_sets.get(d))
    controller_revisions.renumber(c, c.scope.daemon_sets[d].revisions, daemon_set.template)


@controller.action(writes=("controller_revisions", *apiserver.COMMIT))
def delete_revision(c: Cluster, d: DaemonSetId) -> None:
    """More old revisions are kept than revisionHistoryLimit says: delete the oldest. Source: cleanupHistory."""
    daemon_set = _has_revision(c, d)
    known = c.scope.daemon_sets[d].revisions
    old = [each for each in controller_revisions.existing(c, known) if each.name != daemon_set.template]
    live = {pod.owner for n in c.scope.daemon_sets[d].pods for _, pod in pods_on(c, d, n)}
    limit = manifest_of(c, d).revision_history_limit
    controller_revisions.delete_first(c, revision_decisions.cleanup_history(old, [str(r) for r in live], limit))


# ---------------------------------------------------------------- status


def wanted_status(c: Cluster, d: DaemonSetId) -> DaemonSetCounts:
    """The counters that a sync would write."""
    nodes = c.scope.daemon_sets[d].pods
    return decisions.update_daemon_set_status(
        {n: _views(c, d, n) for n in nodes if node_objects.exists(c, n)},
        {n: should_run(c, d, n)[0] for n in nodes},
    )


@controller.action(
    writes=(
        "daemon_sets.observed",
        "daemon_sets.desired_number_scheduled",
        "daemon_sets.current_number_scheduled",
        "daemon_sets.number_misscheduled",
        "daemon_sets.number_ready",
        "daemon_sets.updated_number_scheduled",
        "daemon_sets.number_available",
        "daemon_sets.resource_version",
        *apiserver.COMMIT,
    )
)
def update_status(c: Cluster, d: DaemonSetId) -> None:
    """Write the counters of the status, if they changed. Source: updateDaemonSetStatus."""
    daemon_set = _has_revision(c, d)
    wanted = wanted_status(c, d)
    require(not daemon_set.observed or wanted != _status(daemon_set))
    daemon_set.observed = True
    daemon_set.desired_number_scheduled = wanted.desired_number_scheduled
    daemon_set.current_number_scheduled = wanted.current_number_scheduled
    daemon_set.number_misscheduled = wanted.number_misscheduled
    daemon_set.number_ready = wanted.number_ready
    daemon_set.updated_number_scheduled = wanted.updated_number_scheduled
    daemon_set.number_available = wanted.number_available
    apiserver.update(c, daemon_set)


def _status(daemon_set: DaemonSet) -> DaemonSetCounts:
    return DaemonSetCounts(
        desired_number_scheduled=daemon_set.desired_number_scheduled,
        current_number_scheduled=daemon_set.current_number_scheduled,
        number_misscheduled=daemon_set.number_misscheduled,
        number_ready=daemon_set.number_ready,
        updated_number_scheduled=daemon_set.updated_number_scheduled,
        number_available=daemon_set.number_available,
    )
