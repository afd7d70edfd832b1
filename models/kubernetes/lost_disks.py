"""Members of etcd that have lost their disks: what they start with, and how they are replaced.

The only member of a cluster starts a new, empty store. One of several fails as long as the others know it by what it
has voted for, and has to be replaced by somebody. Source: https://etcd.io/docs/v3.6/op-guide/runtime-configuration/,
https://etcd.io/docs/v3.6/op-guide/recovery/, https://github.com/etcd-io/etcd/issues/10254
"""

from __future__ import annotations

from clusterproof import require
from clusterproof.models.kubernetes import (
    apiserver,
    autoscaler_memory,
    control_plane,
    etcd,
    kubectl,
    node_objects,
    ownership,
    rollout_progress,
)
from clusterproof.models.kubernetes.admission_state import WebhookConfiguration
from clusterproof.models.kubernetes.autoscaler_state import HorizontalPodAutoscaler
from clusterproof.models.kubernetes.control_plane import kubelet_static
from clusterproof.models.kubernetes.kubectl_nodes import user as user  # noqa: PLC0414  (whose further action this is)
from clusterproof.models.kubernetes.names import MemberId
from clusterproof.models.kubernetes.state import Cluster, ConfigMap, Disk, PodDisruptionBudget
from clusterproof.models.kubernetes.static_pods import ETCD, static_pod

STORED_IN_TABLES = (
    "deployments",
    "replica_sets",
    "stateful_sets",
    "daemon_sets",
    "controller_revisions",
    "cron_jobs",
    "jobs",
    "job_pods",
    "pods",
)
"""Collections of objects that come and go."""

STORED_IN_MAPS = (
    "services",
    "budgets",
    "config_maps",
    "autoscalers",
    "quotas",
    "webhook_configurations",
    "namespaces",
    "custom_objects",
    "rollout_progress",
    "deployment_finalizers",
    "owned_replica_sets",
)
"""Collections of objects, or of parts of them, that have a place in the state all the time; Nodes: `node_objects`."""


@kubelet_static.action(
    writes=(
        "disks",
        "static_pods",
        "etcd",
        "nodes",
        "removable_nodes",
        "autoscaler_memories",
        "work_items",
        "kubectl",
        *STORED_IN_TABLES,
        *STORED_IN_MAPS,
    )
)
def start_empty_store(c: Cluster, n: MemberId) -> None:
    """The kubelet starts the only member of etcd on an empty disk: a new store, without any object."""
    member = c.static_pods[static_pod(ETCD, n)]
    require(not c.scope.is_highly_available and control_plane.kubelet_starts_processes(c, n))
    require(not member.running and not etcd.has_its_data(c, n))
    member.running = True
    member.restarts = min(member.restarts + 1, control_plane.MOST_RESTARTS)
    c.disks[n] = Disk.BEGUN_ANEW
    lose_all_objects(c)


def lose_all_objects(c: Cluster) -> None:
    """Nothing is stored any more, and controllers remember nothing of what is gone; machines run on as they are."""
    c.etcd.revision = 0
    for name in STORED_IN_TABLES:
        table = getattr(c, name)
        for identity in list(table):
            del table[identity]
    for n, node in c.nodes.items():
        node_objects.remove(c, n)
        node.resource_version = 0
    for o in c.custom_objects:
        apiserver.forget_custom_object(c, o)
    for d in c.scope.deployments:
        rollout_progress.remove(c, d)
        ownership.forget_deployment(c, d)
    for r in c.owned_replica_sets:
        ownership.forget_replica_set(c, r)
    autoscaler_memory.forget_everything(c)
    kubectl.forget_scaling(c)
    _lose_singletons(c)


def _lose_singletons(c: Cluster) -> None:
    """The objects that have a place in the state all the time."""
    for service in c.services.values():
        service.exists = False
        service.resource_version = 0
        for p in list(service.endpoints):
            del service.endpoints[p]
    for b in c.budgets:
        c.budgets[b] = PodDisruptionBudget()
    for m in c.config_maps:
        c.config_maps[m] = ConfigMap()
    for a in c.autoscalers:
        c.autoscalers[a] = HorizontalPodAutoscaler()
    for w in c.webhook_configurations:
        c.webhook_configurations[w] = WebhookConfiguration()
    for namespace in c.namespaces.values():
        namespace.exists = namespace.deleting = False
        namespace.resource_version = 0
    for quota in c.quotas.values():
        quota.exists = quota.observed = False
        quota.resource_version = 0
        for resource in quota.used:
            quota.used[resource] = 0


@user.action(writes=("disks",))
def replace_member(c: Cluster, n: MemberId) -> None:
    """`etcdctl member remove`, and `member add` of an empty one, which the others bring up to date.

    That takes more than half of the members. Source: https://etcd.io/docs/v3.6/op-guide/runtime-configuration/
    """
    require(kubectl.may(c, "replace_member", n) and c.scope.is_highly_available)
    require(etcd.is_up(c) and not etcd.has_its_data(c, n))
    c.disks[n] = Disk.WRITTEN
