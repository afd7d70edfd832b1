"""HorizontalPodAutoscalers."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import apiserver, cpu_usage, hpa_controller
from clusterproof.models.kubernetes.names import AutoscalerId
from clusterproof.models.kubernetes.state import Cluster
from planted import systems
from planted.control_plane import always


def scale_without_limits(c: Cluster, a: AutoscalerId) -> None:
    """What the metrics ask for is written, whatever the limits are."""
    target = require(hpa_controller.scaled(c, a))
    proposed = require(cpu_usage.proposed_replicas(c, a, target.replicas))
    require(proposed != target.replicas)
    target.replicas, target.observed = proposed, False
    apiserver.update(c, target)


def scale_without_tolerance(c: Cluster, a: AutoscalerId) -> None:
    """A size that is right is changed, and has to be changed back."""
    target = require(hpa_controller.scaled(c, a))
    require(target.replicas == hpa_controller.wanted_size(c, a) and not c.autoscaler_memories[a].pause.armed)
    target.replicas, target.observed = target.replicas + 1, False
    apiserver.update(c, target)


DEFECTS = (
    Defect(
        name="the autoscaler does not heed its limits",
        system=systems.growing_demand,
        instead={hpa_controller.scale: scale_without_limits},
        red=frozenset({"autoscaler_keeps_its_limits", "size_comes_within_limits", "autoscaler_settles"}),
    ),
    Defect(
        name="the autoscaler leaves a size alone that is beyond its limits",
        system=systems.autoscaler_overruled,
        never=[hpa_controller.scale],
        red=frozenset({"size_comes_within_limits", "autoscaler_settles"}),
    ),
    Defect(
        name="the autoscaler does not follow the demand",
        system=systems.outage_with_demand,
        never=[hpa_controller.scale],
        red=frozenset({"autoscaler_settles"}),
    ),
    Defect(
        name="the autoscaler flaps",
        system=systems.growing_demand,
        also={hpa_controller.controller: scale_without_tolerance},
        red=frozenset(
            {
                "autoscaler_keeps_its_limits",
                "size_comes_within_limits",
                "autoscaler_settles",
                "deployments_converge",
            }
        ),
    ),
    Defect(
        name="the autoscaler writes without an apiserver",
        system=systems.outage_with_demand,
        runs_when={hpa_controller.controller: always},
        red=frozenset({"no_autoscaler_is_written", "no_deployment_is_written"}),
    ),
)
