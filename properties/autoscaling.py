"""HorizontalPodAutoscalers: the size stays within its limits, and settles while the demand is constant.

Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, claim, eventually_always, step
from clusterproof.models.kubernetes import hpa_controller
from clusterproof.models.kubernetes.names import AutoscalerId
from clusterproof.models.kubernetes.state import Cluster

LIMITS = "autoscaler-keeps-its-limits"


@step(name=LIMITS)
def autoscaler_keeps_its_limits(before: Cluster, after: Cluster, by: StepInfo, a: AutoscalerId) -> Claims:
    """No round of the autoscaler writes a size outside of minReplicas..maxReplicas."""
    old, new = hpa_controller.scaled(before, a), hpa_controller.scaled(after, a)
    if by.component == "horizontal-pod-autoscaler" and old is not None and new is not None:
        manifest = before.scope.autoscalers[a].manifest
        kept = old.replicas == new.replicas or manifest.min_replicas <= new.replicas <= manifest.max_replicas
        yield claim(kept, "the autoscaler asks for minReplicas to maxReplicas pods", a)


@eventually_always(name=LIMITS)
def size_comes_within_limits(c: Cluster, a: AutoscalerId) -> Claims:
    """Once nobody else changes it, the size is within the limits, or 0, which switches the autoscaler off.

    Autoscalers that share their pods do nothing at all.
    """
    target, scope = hpa_controller.scaled(c, a), c.scope.autoscalers[a]
    if target is not None and c.autoscalers[a].exists and not scope.ambiguous:
        size, manifest = target.replicas, scope.manifest
        within = size == 0 or manifest.min_replicas <= size <= manifest.max_replicas
        yield claim(within, "spec.replicas of what is scaled is within minReplicas..maxReplicas", a)


@eventually_always(name="autoscaler-settles")
def autoscaler_settles(c: Cluster, a: AutoscalerId) -> Claims:
    """While the demand stays as it is, the size comes to rest: no more is asked for, and no less."""
    target, wanted = hpa_controller.scaled(c, a), hpa_controller.wanted_size(c, a)
    if target is not None and wanted is not None:
        yield claim(target.replicas == wanted, "spec.replicas is what the autoscaler asks for", a)
