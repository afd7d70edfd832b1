"""StatefulSets and DaemonSets.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/,
https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/,
pkg/apis/apps/v1/defaults.go (SetDefaults_StatefulSet, SetDefaults_DaemonSet) and
pkg/apis/apps/validation/validation.go (ValidateStatefulSetSpec, ValidateDaemonSetSpec)
"""

from __future__ import annotations

from typing import NamedTuple

from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.pods import read_pod_template
from clusterproof.models.kubernetes.manifests.selectors import read_workload_selector
from clusterproof.models.kubernetes.manifests.workloads import SPEC_HINT, read_replicas
from clusterproof.models.kubernetes.objects import DaemonSet, IntOrPercent, StatefulSet

STRATEGIES = ("RollingUpdate", "OnDelete")
POLICIES = ("OrderedReady", "Parallel")
LARGEST_ORDINAL = 10_000
"""More could not be told apart on a screen; Kubernetes takes any number."""


def read_stateful_set(top: Fields) -> StatefulSet:
    """A StatefulSet with its defaults; its volumes are taken to be there."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", SPEC_HINT)
    template = read_pod_template(spec)
    strategy, partition, max_unavailable = _read_stateful_strategy(spec)
    stateful_set = StatefulSet(
        metadata=metadata,
        replicas=read_replicas(spec),
        replicas_given=spec.has("replicas"),
        selector=read_workload_selector(spec, template.labels),
        template=template,
        pod_management_policy=spec.choice("podManagementPolicy", POLICIES, "OrderedReady"),
        strategy=strategy,
        partition=partition,
        max_unavailable=max_unavailable,
        start=_read_start(spec),
        service_name=spec.text("serviceName", ""),
        volume_claims_retained=_read_retention(spec),
        min_ready_seconds=spec.integer("minReadySeconds", 0, minimum=0),
        revision_history_limit=spec.integer("revisionHistoryLimit", 10, minimum=0),
        source=top.source,
    )
    spec.close(("volumeClaimTemplates",))
    top.close(("status",))
    return stateful_set


def _read_stateful_strategy(spec: Fields) -> tuple[str, int, IntOrPercent | None]:
    """The strategy's type, partition and maxUnavailable; the last two mean nothing for OnDelete."""
    strategy = spec.fields("updateStrategy")
    if strategy is None:
        return "RollingUpdate", 0, None
    kind = strategy.choice("type", STRATEGIES, "RollingUpdate")
    rolling = _read_rolling(strategy, kind)
    if rolling is None:
        return kind, 0, None
    partition = rolling.integer("partition", 0, minimum=0)
    max_unavailable = rolling.count_or_percent("maxUnavailable")
    if max_unavailable in (0, "0%"):
        rolling.fail("maxUnavailable", "is 0, so that no pod could ever be updated; write 1 for example")
    rolling.close()
    return kind, partition, max_unavailable


def _read_rolling(strategy: Fields, kind: str) -> Fields | None:
    rolling = strategy.fields("rollingUpdate")
    if kind == "OnDelete" and rolling is not None:
        strategy.fail("rollingUpdate", "may not be given with type: OnDelete; remove it or write type: RollingUpdate")
    strategy.close()
    return rolling


def _read_retention(spec: Fields) -> tuple[str, str]:
    """What becomes of volumes when the set is deleted, and when it is scaled down; nothing depends on it here."""
    policy = spec.fields("persistentVolumeClaimRetentionPolicy")
    if policy is None:
        return "Retain", "Retain"
    spec.note("persistentVolumeClaimRetentionPolicy", "is not modelled, for volumes are taken to be there")
    when_deleted, when_scaled = (
        policy.choice(name, ("Retain", "Delete"), "Retain") for name in ("whenDeleted", "whenScaled")
    )
    policy.close()
    return when_deleted, when_scaled


def _read_start(spec: Fields) -> int:
    ordinals = spec.fields("ordinals")
    if ordinals is None:
        return 0
    start = ordinals.integer("start", 0, minimum=0)
    if start > LARGEST_ORDINAL:
        ordinals.fail("start", f"is {start}, and at most {LARGEST_ORDINAL} can be checked; write a smaller one")
    ordinals.close()
    return start


class _DaemonStrategy(NamedTuple):
    kind: str = "RollingUpdate"
    max_surge: IntOrPercent = 0
    max_unavailable: IntOrPercent = 1


def read_daemon_set(top: Fields) -> DaemonSet:
    """A DaemonSet with its defaults."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", SPEC_HINT)
    template = read_pod_template(spec)
    strategy = _read_daemon_strategy(spec)
    daemon_set = DaemonSet(
        metadata=metadata,
        selector=read_workload_selector(spec, template.labels),
        template=template,
        strategy=strategy.kind,
        max_surge=strategy.max_surge,
        max_unavailable=strategy.max_unavailable,
        min_ready_seconds=spec.integer("minReadySeconds", 0, minimum=0),
        revision_history_limit=spec.integer("revisionHistoryLimit", 10, minimum=0),
        source=top.source,
    )
    if spec.has("replicas"):
        spec.fail("replicas", "a DaemonSet runs one pod on every node that fits; remove it or write kind: Deployment")
    spec.close()
    top.close(("status",))
    return daemon_set


def _read_daemon_strategy(spec: Fields) -> _DaemonStrategy:
    """One of maxSurge and maxUnavailable is 0, the other not. Source: ValidateRollingUpdateDaemonSet."""
    strategy = spec.fields("updateStrategy")
    if strategy is None:
        return _DaemonStrategy()
    kind = strategy.choice("type", STRATEGIES, "RollingUpdate")
    rolling = _read_rolling(strategy, kind)
    if rolling is None:
        return _DaemonStrategy(kind)
    given_surge, given_unavailable = rolling.count_or_percent("maxSurge"), rolling.count_or_percent("maxUnavailable")
    surge = 0 if given_surge is None else given_surge
    unavailable = 1 if given_unavailable is None else given_unavailable
    surges, spares = surge not in (0, "0%"), unavailable not in (0, "0%")
    if surges and spares:
        rolling.fail("maxSurge", f"may not be set while maxUnavailable is {unavailable}; write maxUnavailable: 0")
    if not surges and not spares:
        rolling.fail("maxUnavailable", "is 0 and so is maxSurge, so nothing could ever change; write 1 for one")
    rolling.close()
    return _DaemonStrategy(kind, surge, unavailable)
