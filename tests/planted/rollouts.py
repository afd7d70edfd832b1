"""Rollouts and their deadline."""

from __future__ import annotations

from planting import Defect

from clusterproof import Timer, require
from clusterproof.models.kubernetes import deployment_status_controller
from clusterproof.models.kubernetes.names import DeploymentId
from clusterproof.models.kubernetes.state import Cluster
from planted import systems


def hurry(c: Cluster, d: DeploymentId) -> None:
    """After progress the Deployment controller takes the deadline to be five seconds."""
    deployment_status_controller.update_status.function(c, d)
    if c.rollout_progress[d].deadline.armed:
        c.rollout_progress[d].deadline = Timer(5)


def ignore_the_deadline(c: Cluster, d: DeploymentId) -> None:
    """The Deployment controller counts, and does not look at the time."""
    require(not c.rollout_progress[d].deadline.due())
    deployment_status_controller.update_status.function(c, d)


DEFECTS = (
    Defect(
        name="the Deployment controller does not wait for the whole deadline",
        system=systems.slow_rollout,
        instead={deployment_status_controller.update_status: hurry},
        red=frozenset({"rollouts_meet_their_deadline"}),
    ),
    Defect(
        name="the Deployment controller never finds a deadline exceeded",
        system=systems.stuck_rollout,
        instead={deployment_status_controller.update_status: ignore_the_deadline},
        red=frozenset({"rollout_status_ends"}),
    ),
)
