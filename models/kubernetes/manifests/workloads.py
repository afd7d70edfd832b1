"""Deployments and ReplicaSets.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ and
pkg/apis/apps/v1/defaults.go (SetDefaults_Deployment), pkg/apis/apps/validation/validation.go (ValidateDeploymentSpec)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.pods import read_pod_template
from clusterproof.models.kubernetes.manifests.selectors import read_workload_selector
from clusterproof.models.kubernetes.objects import Deployment, IntOrPercent, ReplicaSet

DEFAULT_SHARE = "25%"
MOST_REPLICAS = 250
"""More could not be checked: every pod of them, and of their replacements, is part of the state."""

SPEC_HINT = "write the spec with selector and template (render patches first)"


def read_deployment(top: Fields) -> Deployment:
    """A Deployment with its defaults."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", SPEC_HINT)
    template = read_pod_template(spec)
    strategy, max_surge, max_unavailable = _read_strategy(spec)
    deployment = Deployment(
        metadata=metadata,
        replicas=read_replicas(spec),
        replicas_given=spec.has("replicas"),
        selector=read_workload_selector(spec, template.labels),
        template=template,
        strategy=strategy,
        max_surge=max_surge,
        max_unavailable=max_unavailable,
        min_ready_seconds=spec.integer("minReadySeconds", 0, minimum=0),
        progress_deadline_seconds=spec.integer("progressDeadlineSeconds", 600, minimum=0),
        progress_deadline_given=spec.has("progressDeadlineSeconds"),
        revision_history_limit=spec.integer("revisionHistoryLimit", 10, minimum=0),
        paused=spec.boolean("paused", default=False),
        source=top.source,
    )
    if deployment.progress_deadline_seconds <= deployment.min_ready_seconds:
        name = "progressDeadlineSeconds" if spec.has("progressDeadlineSeconds") else "minReadySeconds"
        spec.fail(name, "progressDeadlineSeconds must exceed minReadySeconds; write a longer deadline")
    spec.close()
    top.close(("status",))
    return deployment


def read_replicas(spec: Fields) -> int:
    """How many pods a workload wants."""
    replicas = spec.integer("replicas", 1, minimum=0)
    if replicas > MOST_REPLICAS:
        spec.fail("replicas", f"is {replicas}, and at most {MOST_REPLICAS} can be checked; write fewer")
    return replicas


def _read_strategy(spec: Fields) -> tuple[str, IntOrPercent, IntOrPercent]:
    """The strategy's type, maxSurge and maxUnavailable; the last two mean nothing for Recreate."""
    strategy = spec.fields("strategy")
    if strategy is None:
        return "RollingUpdate", DEFAULT_SHARE, DEFAULT_SHARE
    kind = strategy.choice("type", ("RollingUpdate", "Recreate"), "RollingUpdate")
    rolling = strategy.fields("rollingUpdate")
    if kind == "Recreate" and rolling is not None:
        strategy.fail("rollingUpdate", "may not be given with type: Recreate; remove it or write type: RollingUpdate")
    strategy.close()
    if rolling is None:
        return kind, DEFAULT_SHARE, DEFAULT_SHARE
    max_surge = rolling.count_or_percent("maxSurge", percent_maximum=None)
    max_unavailable = rolling.count_or_percent("maxUnavailable")
    if _is_zero(max_surge) and _is_zero(max_unavailable):
        rolling.fail("maxUnavailable", "is 0 and so is maxSurge, so nothing could ever change; write 1 for one")
    rolling.close()
    return (
        kind,
        DEFAULT_SHARE if max_surge is None else max_surge,
        DEFAULT_SHARE if max_unavailable is None else max_unavailable,
    )


def _is_zero(value: IntOrPercent | None) -> bool:
    return value in (0, "0%")


def read_replica_set(top: Fields) -> ReplicaSet:
    """A ReplicaSet with its defaults."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", SPEC_HINT)
    template = read_pod_template(spec)
    replica_set = ReplicaSet(
        metadata=metadata,
        replicas=read_replicas(spec),
        selector=read_workload_selector(spec, template.labels),
        template=template,
        min_ready_seconds=spec.integer("minReadySeconds", 0, minimum=0),
        source=top.source,
    )
    spec.close()
    top.close(("status",))
    return replica_set
