"""Replicas and rollouts."""

from __future__ import annotations

from planted import systems
from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import apiserver, deployment_controller, replicaset_controller
from clusterproof.models.kubernetes.names import DeploymentId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster


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


def create_in_full(c: Cluster, d: DeploymentId) -> None:
    """The new ReplicaSet is created with all replicas, whatever the old ones still have."""
    deployment = require(c.deployments.get(d))
    r = deployment_controller.new_replica_set_of(c, d)
    require(r not in c.replica_sets)
    apiserver.create_replica_set(c, r, replicas=deployment.replicas, revision=2, desired=deployment.replicas)


DEFECTS = (
    Defect(
        name="the ReplicaSet controller creates one too many, and keeps it",
        system=systems.bare_replica_set,
        instead={replicaset_controller.create_pod: create_one_too_many},
        never=[replicaset_controller.delete_pod],
    ),
    Defect(
        name="the ReplicaSet controller does not replace a pod",
        system=systems.pod_deleted,
        never=[replicaset_controller.create_pod],
    ),
    Defect(
        name="a rolling update scales the old pods down at once",
        system=systems.rollout,
        instead={deployment_controller.scale_replica_set: scale_old_down_at_once},
    ),
    Defect(
        name="a rolling update ignores maxSurge",
        system=systems.rollout_without_surge,
        instead={deployment_controller.create_new_replica_set: create_in_full},
    ),
)
