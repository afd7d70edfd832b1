"""Nodes that the user gives up, and their pods."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import apiserver, kubectl_nodes, node_objects, pod_gc, statefulset_controller
from clusterproof.models.kubernetes.names import Ordinal, PodId, RemovableNodeId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster
from planted import systems


def delete_pod_of_any_node(c: Cluster, p: PodId, n: RemovableNodeId) -> None:
    """The collector takes terminating pods of nodes out of service without asking whether these are ready."""
    pod = require(c.pods.get(p))
    require(pod.node == n and pod.deleting and node_objects.is_out_of_service(c, n))
    apiserver.remove_pod(c, p)


def wait_for_the_node(c: Cluster, s: StatefulSetId, ordinal: Ordinal) -> None:
    """The StatefulSet controller makes no new pod while a Node is missing."""
    pool = c.scope.stateful_sets[s].pods[ordinal]
    require(s in c.stateful_sets and not any(p in c.pods for p in pool))
    require(all(node_objects.exists(c, n) for n in c.scope.removable_nodes))
    apiserver.create_pod(c, c.stateful_sets[s].template, pool)


def taint_without_apiserver(c: Cluster, n: RemovableNodeId) -> None:
    """The user's taint is stored although nothing answers."""
    require(not node_objects.is_out_of_service(c, n))
    c.removable_nodes[n].out_of_service = True


DEFECTS = (
    Defect(
        name="the pods of a Node that is gone are never collected",
        system=systems.deleted_node,
        never=[pod_gc.delete_orphaned_pod],
        red=frozenset({"lost_pods_are_removed", "stateful_sets_outlive_lost_nodes"}),
    ),
    Defect(
        name="the quarantine of a Node that is gone is forgotten",
        system=systems.deleted_node,
        never=[pod_gc.quarantine],
        red=frozenset({"lost_pods_are_removed", "stateful_sets_outlive_lost_nodes"}),
    ),
    Defect(
        name="the taint out-of-service means nothing to the pod garbage collector",
        system=systems.node_out_of_service,
        never=[pod_gc.delete_pod_out_of_service],
        red=frozenset({"lost_pods_are_removed", "stateful_sets_outlive_lost_nodes"}),
    ),
    Defect(
        name="terminating pods are collected from nodes that are ready, too",
        system=systems.node_out_of_service,
        instead={pod_gc.delete_pod_out_of_service: delete_pod_of_any_node},
        red=frozenset({"at_most_one_pod_per_ordinal"}),
    ),
    Defect(
        name="a StatefulSet waits for a Node that is gone",
        system=systems.deleted_node,
        instead={statefulset_controller.create_pod: wait_for_the_node},
        red=frozenset({"stateful_sets_outlive_lost_nodes"}),
    ),
    Defect(
        name="a node is taken out of service without an apiserver",
        system=systems.outage_with_node_out_of_service,
        instead={kubectl_nodes.taint_out_of_service: taint_without_apiserver},
        runs_when={kubectl_nodes.user: lambda _: True},
        red=frozenset({"no_node_is_written"}),
    ),
)
