"""The HorizontalPodAutoscaler controller: as many replicas as the CPU demand asks for.

Every 15 seconds upstream it compares the CPU time that the pods use with its target. A round that would change nothing
is no step here; after one that has changed the size the next one is 15 seconds away.
Source: pkg/controller/podautoscaler/horizontal.go
"""

from __future__ import annotations

from typing import NewType, Protocol

from clusterproof import Component, Timer, choose, cover, require, weak
from clusterproof.models.kubernetes import apiserver, autoscaler_memory, cpu_usage
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import hpa as decisions
from clusterproof.models.kubernetes.names import AutoscalerId, DeploymentId, ReplicaSetId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster

controller = Component("horizontal-pod-autoscaler", runs_when=controllers_run, fair=weak)
clients = Component("clients", urgent=False)


class Scaled(Protocol):
    """What has a scale subresource here: a Deployment, a StatefulSet or a ReplicaSet."""

    replicas: int
    observed: bool
    resource_version: int


Millicores = NewType("Millicores", int)
"""A CPU demand of a workload."""


@clients.action(writes=("cpu_demands",))
def change_demand(c: Cluster, a: AutoscalerId, millicores: Millicores) -> None:
    """Those who use a workload ask for more of it, or for less."""
    require(millicores in c.scope.autoscalers[a].demands and c.cpu_demands[a].millicores != millicores)
    c.cpu_demands[a].millicores = millicores


# ---------------------------------------------------------------- what it reads


def scaled(c: Cluster, a: AutoscalerId) -> Scaled | None:
    """The object whose size it sets, once it is there."""
    kind, name = c.scope.autoscalers[a].target
    if kind == "Deployment":
        return c.deployments.get(DeploymentId(name))
    if kind == "StatefulSet":
        return c.stateful_sets.get(StatefulSetId(name))
    return c.replica_sets.get(ReplicaSetId(name))


def wanted_size(c: Cluster, a: AutoscalerId) -> int | None:
    """The size that a round would ask for now; None where there is nothing to scale."""
    target, scope = scaled(c, a), c.scope.autoscalers[a]
    if target is None or not c.autoscalers[a].exists:
        return None
    current, manifest = target.replicas, scope.manifest
    if scope.ambiguous:
        return current
    proposed = None
    if not decisions.is_out_of_bounds(current, manifest.min_replicas, manifest.max_replicas):
        proposed = cpu_usage.proposed_replicas(c, a, current)
    behavior = manifest.behavior
    return decisions.reconcile_autoscaler(
        current,
        proposed,
        manifest.min_replicas,
        manifest.max_replicas,
        up=None if behavior is None else behavior.up,
        down=None if behavior is None else behavior.down,
        memory=autoscaler_memory.read(c, a, current),
    )


# ---------------------------------------------------------------- a round


_SCALES = tuple(
    f"{kind}.{part}"
    for kind in ("deployments", "stateful_sets", "replica_sets")
    for part in ("replicas", "observed", "resource_version")
)


@controller.action(writes=("autoscaler_memories", *_SCALES, *apiserver.COMMIT))
def scale(c: Cluster, a: AutoscalerId) -> None:
    """A round: remember what the metrics ask for, and write the size where it is to be another one."""
    target = require(scaled(c, a))
    held = c.autoscaler_memories[a]
    wanted = wanted_size(c, a)
    require(wanted is not None and not held.pause.armed and not c.scope.autoscalers[a].ambiguous)
    current, manifest = target.replicas, c.scope.autoscalers[a].manifest
    if current != 0 and not decisions.is_out_of_bounds(current, manifest.min_replicas, manifest.max_replicas):
        proposed = cpu_usage.proposed_replicas(c, a, current)
        if proposed is not None:
            autoscaler_memory.record(c, a, current, proposed)
    if wanted is not None and wanted != current:
        if wanted < current:
            cover("an autoscaler takes pods away")
        autoscaler_memory.record_change(c, a, wanted - current)
        held.pause = Timer(decisions.SYNC_PERIOD_SECONDS)
        target.replicas, target.observed = wanted, False
        apiserver.update(c, target)


@controller.action(writes=("autoscaler_memories",))
def forget(c: Cluster, a: AutoscalerId) -> None:
    """Something that was remembered for a time has served: a recommendation, a change, the pause between two rounds."""
    autoscaler_memory.forget(c, a, choose(autoscaler_memory.due(c, a), label="what"))


@controller.action(
    writes=(
        "autoscalers.current_replicas",
        "autoscalers.desired_replicas",
        "autoscalers.current",
        "autoscalers.resource_version",
        *apiserver.COMMIT,
    )
)
def update_status(c: Cluster, a: AutoscalerId) -> None:
    """Write the size, the size that is wanted and the first metric, if they changed. Source: updateStatusIfNeeded."""
    target = require(scaled(c, a))
    autoscaler = c.autoscalers[a]
    wanted = wanted_size(c, a)
    require(wanted is not None)
    status = (target.replicas, wanted, cpu_usage.measured(c, a, target.replicas))
    require(status != (autoscaler.current_replicas, autoscaler.desired_replicas, autoscaler.current))
    autoscaler.current_replicas, autoscaler.desired_replicas = target.replicas, wanted or 0
    autoscaler.current = status[2]
    apiserver.update(c, autoscaler)
