"""Which of the feasible nodes a pod goes to where scores decide: what the scheduler reads of the state for them.

Source: pkg/scheduler/schedule_one.go (schedulePod), pkg/scheduler/framework/plugins/helper/spread.go
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread_scoring import default_selector, selects
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.decisions.scoring import prioritize_nodes, select_host
from clusterproof.models.kubernetes.names import ControllerRevisionId, NodeId, OwnerId, ReplicaSetId, StatefulSetId
from clusterproof.models.kubernetes.objects import LabelSelector
from clusterproof.models.kubernetes.scope import ClusterScope
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.template_hashes import replica_set_selector


def best_nodes(
    c: Cluster, pod: PlacedPod, owner: OwnerId | None, feasible: Sequence[str], nodes: Sequence[NodeInfo]
) -> list[NodeId]:
    """Those of the feasible nodes that a pod may go to: all that have the highest score.

    nodes: all of them, as the filters saw them. Scores do not see pods that are only nominated.
    """
    if len(feasible) > 1:
        bound = [attrs.evolve(info, pods=tuple(other for other in info.pods if other.node)) for info in nodes]
        spread = attrs.evolve(pod, default_selector=_default_selector(c, pod, owner))
        among = [info for info in bound if info.spec.name in feasible]
        feasible = select_host(prioritize_nodes(spread, among, bound, c.scope.minor_version))
    return [NodeId(name) for name in feasible]


def _default_selector(c: Cluster, pod: PlacedPod, owner: OwnerId | None) -> LabelSelector | None:
    """Whom the cluster's own constraints spread a pod with; constraints of the pod take their place."""
    if pod.spec.topology_spread_constraints:
        return None
    services = [
        service.selector or {}
        for s, service in c.scope.services.items()
        if selects(service, pod) and c.services[s].exists
    ]
    controller = selector_of_controller(c.scope, owner)
    return default_selector(services, controller if controller is not None and _is_there(c, owner) else None)


def selector_of_controller(scope: ClusterScope, owner: OwnerId | None) -> LabelSelector | None:
    """The selector of the ReplicaSet or StatefulSet that owns a pod; other owners have no say."""
    r, revision = ReplicaSetId(owner or ""), scope.controller_revisions.get(ControllerRevisionId(owner or ""))
    if r in scope.replica_sets:
        return replica_set_selector(scope, r)
    if revision is None or revision.kind != "StatefulSet":
        return None
    return scope.stateful_sets[StatefulSetId(revision.owner)].manifests[0].selector


def _is_there(c: Cluster, owner: OwnerId | None) -> bool:
    """Whether the ReplicaSet or StatefulSet that owns a pod has not been deleted."""
    revision = c.scope.controller_revisions.get(ControllerRevisionId(owner or ""))
    if revision is not None:
        return StatefulSetId(revision.owner) in c.stateful_sets
    return ReplicaSetId(owner or "") in c.replica_sets
