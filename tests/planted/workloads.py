"""Replicas and rollouts."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import (
    apiserver,
    deployment_controller,
    deployment_status_controller,
    replicaset_controller,
    taint_eviction,
)
from clusterproof.models.kubernetes.names import DeploymentId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster
from planted import systems


def create_one_too_many(c: Cluster, r: ReplicaSetId) -> None:
    """The ReplicaSet controller takes "at most" for "less than"."""
    rs = require(c.replica_sets.get(r))
    require(len(replicaset_controller.active_pods(c, r)) <= rs.replicas)
    apiserver.create_pod(c, r, c.scope.replica_sets[r].pods)


def scale_old_down_at_once(c: Cluster, d: DeploymentId) -> None:
    """The Deployment controller does not wait for new pods before it takes the old ones away."""
    require(d in c.deployments)
    _, old = deployment_controller.existing(c, d)
    victim = require(next((rs for rs in old if rs.spec_replicas > 0), None))
    rs = c.replica_sets[ReplicaSetId(victim.name)]
    rs.replicas, rs.observed = 0, False
    apiserver.update(c, rs)


def surge_on_top(c: Cluster, d: DeploymentId) -> None:
    """The new ReplicaSet gets all replicas and the surge, whatever the old ones still have."""
    deployment = require(c.deployments.get(d))
    r = deployment_controller.new_replica_set_of(c, d)
    require(r not in c.replica_sets)
    replicas = deployment.replicas + deployment_controller.surge(c, d)
    apiserver.create_replica_set(c, r, replicas=replicas, revision=2, desired=deployment.replicas)


DEFECTS = (
    Defect(
        name="the ReplicaSet controller creates one too many, and keeps it",
        system=systems.bare_replica_set,
        instead={replicaset_controller.create_pod: create_one_too_many},
        never=[replicaset_controller.delete_pod],
        red=frozenset({"bare_replica_sets_converge"}),
    ),
    Defect(
        name="the ReplicaSet controller does not replace a pod",
        system=systems.pod_deleted,
        never=[replicaset_controller.create_pod],
        red=frozenset({"deployments_converge"}),
    ),
    Defect(
        name="a rolling update scales the old pods down at once",
        system=systems.rollout,
        instead={deployment_controller.scale_replica_set: scale_old_down_at_once},
        red=frozenset({"rollout_keeps_its_floor"}),
    ),
    Defect(
        name="a rolling update ignores maxSurge",
        system=systems.rollout,
        instead={deployment_controller.create_new_replica_set: surge_on_top},
        red=frozenset({"rollout_keeps_its_ceiling"}),
    ),
    Defect(
        name="the Deployment's status is never written",
        system=systems.rollout,
        never=[deployment_status_controller.update_status],
        red=frozenset({"deployments_converge"}),
    ),
    Defect(
        name="nothing is evicted from a lost node",
        system=systems.lost_node,
        never=[taint_eviction.schedule],
        red=frozenset({"deployments_converge"}),
    ),
)
