"""StatefulSets and DaemonSets."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import (
    apiserver,
    controller_revisions,
    daemonset_controller,
    kubectl,
    scheduler,
    statefulset_controller,
    taint_eviction,
)
from clusterproof.models.kubernetes.names import DaemonSetId, NodeId, Ordinal, PodId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster, DrainState
from planted import systems
from planted.control_plane import always

# ---------------------------------------------------------------- StatefulSet


def create_any_ordinal(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> None:
    """Every ordinal that is missing is created at once."""
    stateful_set = require(c.stateful_sets.get(s))
    require(ordinal < stateful_set.replicas and statefulset_controller.pod_of(c, s, ordinal) is None)
    apiserver.create_pod(c, stateful_set.template, c.scope.stateful_sets[s].pods[ordinal])


def delete_lowest_surplus(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> None:
    """A set that shrinks loses its lowest surplus pod first."""
    replicas = require(c.stateful_sets.get(s)).replicas
    surplus = [(n, p) for n, p, pod in statefulset_controller.pods_of(c, s) if n >= replicas and not pod.deleting]
    require(bool(surplus) and surplus[0][0] == ordinal)
    apiserver.delete_pod(c, surplus[0][1])


def _delete_old(c: Cluster, s: StatefulSetId, ordinal: Ordinal, *, lowest: bool, wait: bool) -> None:
    stateful_set = require(c.stateful_sets.get(s))
    require(stateful_set.template in c.controller_revisions)
    pods = statefulset_controller.pods_of(c, s)
    if wait:
        require(len(pods) == stateful_set.replicas and all(pod.ready and not pod.deleting for _, _, pod in pods))
    old = [(n, p) for n, p, pod in pods if pod.owner != stateful_set.template and not pod.deleting]
    require(bool(old) and old[0 if lowest else -1][0] == ordinal)
    apiserver.delete_pod(c, old[0 if lowest else -1][1])


def update_from_the_bottom(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> None:
    """An update begins with the lowest ordinal."""
    _delete_old(c, s, ordinal, lowest=True, wait=True)


def update_all_at_once(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> None:
    """An update does not wait until a new pod is ready."""
    _delete_old(c, s, ordinal, lowest=False, wait=False)


def force_delete(c: Cluster, p: PodId) -> None:
    """The taint eviction controller takes the object of a pod away, whatever still runs."""
    pod = require(c.pods.get(p))
    require(pod.eviction.armed and pod.eviction.due())
    apiserver.remove_pod(c, p)


def report_stateful_set_without_revision(c: Cluster, s: StatefulSetId) -> None:
    """The status of a StatefulSet is written, and its resourceVersion stays."""
    stateful_set = require(c.stateful_sets.get(s))
    ready = sum(pod.ready for _, _, pod in statefulset_controller.pods_of(c, s))
    require(stateful_set.ready_replicas != ready)
    stateful_set.ready_replicas = ready


def renumber_without_revision(c: Cluster, s: StatefulSetId) -> None:
    """A ControllerRevision gets another number, and its resourceVersion stays."""
    stateful_set = require(c.stateful_sets.get(s))
    revision = require(c.controller_revisions.get(stateful_set.template))
    others = controller_revisions.existing(c, c.scope.stateful_sets[s].revisions)
    newest = max(each.revision for each in others)
    require(revision.revision < newest)
    revision.revision = newest + 1


# ---------------------------------------------------------------- DaemonSet


def delete_all_old_pods(c: Cluster, d: DaemonSetId) -> None:
    """An update does not count how many nodes are without a pod."""
    daemon_set = require(c.daemon_sets.get(d))
    require(daemon_set.template in c.controller_revisions)
    pods = [each for n in c.scope.daemon_sets[d].pods for each in daemonset_controller.pods_on(c, d, n)]
    old = [p for p, pod in pods if pod.owner != daemon_set.template and not pod.deleting]
    require(bool(old))
    apiserver.delete_pod(c, old[0])


def report_daemon_set_without_revision(c: Cluster, d: DaemonSetId) -> None:
    """The status of a DaemonSet is written, and its resourceVersion stays."""
    daemon_set = require(c.daemon_sets.get(d))
    ready = daemonset_controller.wanted_status(c, d).number_ready
    require(daemon_set.number_ready != ready)
    daemon_set.number_ready = ready


def wait_for_daemon_pods(c: Cluster, n: NodeId) -> None:
    """kubectl evicts no pod of a DaemonSet, and yet waits until it is gone."""
    require(c.drains[n] is DrainState.DRAINING)
    require(not any(pod.node == n for pod in c.pods.values()))
    c.drains[n] = DrainState.DONE


DEFECTS = (
    Defect(
        name="the StatefulSet controller does not replace a pod",
        system=systems.stateful_pod_deleted,
        never=[statefulset_controller.create_pod],
        red=frozenset({"stateful_sets_converge"}),
    ),
    Defect(
        name="the StatefulSet's status is never written",
        system=systems.stateful_rollout,
        never=[statefulset_controller.update_status],
        red=frozenset({"stateful_sets_converge"}),
    ),
    Defect(
        name="the StatefulSet controller creates all ordinals at once",
        system=systems.stateful_set_scaled_up,
        instead={statefulset_controller.create_pod: create_any_ordinal},
        red=frozenset({"pods_are_created_in_order"}),
    ),
    Defect(
        name="the StatefulSet controller deletes the lowest surplus pod first",
        system=systems.stateful_set_scaled_down,
        instead={statefulset_controller.delete_pod: delete_lowest_surplus},
        red=frozenset({"surplus_pods_go_from_the_top"}),
    ),
    Defect(
        name="an update of a StatefulSet begins at the bottom",
        system=systems.stateful_rollout,
        instead={statefulset_controller.delete_pod: update_from_the_bottom},
        red=frozenset({"updates_go_from_the_top"}),
    ),
    Defect(
        name="an update of a StatefulSet waits for no pod",
        system=systems.stateful_rollout,
        instead={statefulset_controller.delete_pod: update_all_at_once},
        red=frozenset({"stateful_set_keeps_its_floor"}),
    ),
    Defect(
        name="a pod of a StatefulSet is deleted by force from a node that is cut off",
        system=systems.stateful_set_partitioned,
        instead={taint_eviction.delete: force_delete},
        red=frozenset({"at_most_one_pod_per_ordinal"}),
    ),
    Defect(
        name="the StatefulSet controller writes without an apiserver",
        system=systems.outage_with_stateful_rollout,
        runs_when={statefulset_controller.controller: always},
        red=frozenset({"no_stateful_set_is_written", "no_controller_revision_is_written", "no_pod_is_written"}),
    ),
    Defect(
        name="a StatefulSet's status is written without a new revision",
        system=systems.stateful_pod_deleted,
        also={statefulset_controller.controller: report_stateful_set_without_revision},
        red=frozenset({"stateful_set_revisions_grow"}),
    ),
    Defect(
        name="a ControllerRevision is written without a new revision",
        system=systems.stateful_rollout_undone,
        instead={statefulset_controller.number_revision: renumber_without_revision},
        red=frozenset({"controller_revisions_grow"}),
    ),
    Defect(
        name="the DaemonSet controller does not replace a pod",
        system=systems.daemon_pod_deleted,
        never=[daemonset_controller.create_pod],
        red=frozenset({"daemon_sets_converge"}),
    ),
    Defect(
        name="the DaemonSet's status is never written",
        system=systems.daemon_rollout,
        never=[daemonset_controller.update_status],
        red=frozenset({"daemon_sets_converge"}),
    ),
    Defect(
        name="an update of a DaemonSet ignores maxUnavailable",
        system=systems.daemon_rollout,
        instead={daemonset_controller.delete_old_pod: delete_all_old_pods},
        red=frozenset({"daemon_set_keeps_its_floor"}),
    ),
    Defect(
        name="an update of a DaemonSet with surge does not wait for the new pod",
        system=systems.daemon_surge,
        instead={daemonset_controller.delete_old_pod: delete_all_old_pods},
        red=frozenset({"daemon_set_keeps_its_floor"}),
    ),
    Defect(
        name="the DaemonSet controller writes without an apiserver",
        system=systems.outage_with_daemon_rollout,
        runs_when={daemonset_controller.controller: always},
        red=frozenset({"no_daemon_set_is_written", "no_controller_revision_is_written", "no_pod_is_written"}),
    ),
    Defect(
        name="a DaemonSet's status is written without a new revision",
        system=systems.daemon_pod_deleted,
        also={daemonset_controller.controller: report_daemon_set_without_revision},
        red=frozenset({"daemon_set_revisions_grow"}),
    ),
    Defect(
        name="a drain waits for the pods of DaemonSets",
        system=systems.drained_node_with_daemon_pod,
        instead={kubectl.finish_drain: wait_for_daemon_pods},
        red=frozenset({"drain_terminates"}),
    ),
    Defect(
        name="a daemon pod is bound to no cordoned node",
        system=systems.cordoned_node_with_daemon_pod,
        never=[scheduler.bind],
        red=frozenset({"daemon_sets_converge"}),
    ),
)
