"""Which reader reads which kind, and which kinds exist at all where that is known.

Source: https://kubernetes.io/docs/reference/kubernetes-api/ and
https://kubernetes.io/docs/reference/using-api/deprecation-guide/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from clusterproof.models.kubernetes.admission_objects import (
    LimitRange,
    Namespace,
    PriorityClass,
    ResourceQuota,
    WebhookConfiguration,
)
from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler
from clusterproof.models.kubernetes.job_objects import CronJob, Job
from clusterproof.models.kubernetes.manifests.autoscalers import read_autoscaler, read_autoscaler_v1
from clusterproof.models.kubernetes.manifests.config_maps import read_config_map
from clusterproof.models.kubernetes.manifests.disruption_budgets import read_disruption_budget
from clusterproof.models.kubernetes.manifests.fields import Fields, did_you_mean
from clusterproof.models.kubernetes.manifests.jobs import read_cron_job, read_job
from clusterproof.models.kubernetes.manifests.limit_ranges import read_limit_range
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.pods import read_pod
from clusterproof.models.kubernetes.manifests.priorities import read_priority_class
from clusterproof.models.kubernetes.manifests.quotas import read_resource_quota
from clusterproof.models.kubernetes.manifests.services import read_service
from clusterproof.models.kubernetes.manifests.sets import read_daemon_set, read_stateful_set
from clusterproof.models.kubernetes.manifests.webhooks import (
    read_mutating_webhooks,
    read_namespace,
    read_validating_webhooks,
)
from clusterproof.models.kubernetes.manifests.workloads import read_deployment, read_replica_set
from clusterproof.models.kubernetes.objects import (
    ConfigMap,
    CustomResource,
    DaemonSet,
    Deployment,
    OtherObject,
    Pod,
    PodDisruptionBudget,
    ReplicaSet,
    Service,
    StatefulSet,
)

ModelledObject = (
    ConfigMap
    | CronJob
    | CustomResource
    | DaemonSet
    | Deployment
    | HorizontalPodAutoscaler
    | Job
    | Pod
    | PodDisruptionBudget
    | LimitRange
    | PriorityClass
    | Namespace
    | ReplicaSet
    | ResourceQuota
    | Service
    | StatefulSet
    | WebhookConfiguration
)

Readers = Mapping[tuple[str, str], Callable[[Fields], ModelledObject]]
"""(apiVersion, kind) -> what reads its objects."""

READERS: Readers = {
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"): read_mutating_webhooks,
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"): read_validating_webhooks,
    ("apps/v1", "DaemonSet"): read_daemon_set,
    ("apps/v1", "Deployment"): read_deployment,
    ("apps/v1", "ReplicaSet"): read_replica_set,
    ("apps/v1", "StatefulSet"): read_stateful_set,
    ("autoscaling/v1", "HorizontalPodAutoscaler"): read_autoscaler_v1,
    ("autoscaling/v2", "HorizontalPodAutoscaler"): read_autoscaler,
    ("batch/v1", "CronJob"): read_cron_job,
    ("batch/v1", "Job"): read_job,
    ("policy/v1", "PodDisruptionBudget"): read_disruption_budget,
    ("scheduling.k8s.io/v1", "PriorityClass"): read_priority_class,
    ("v1", "ConfigMap"): read_config_map,
    ("v1", "LimitRange"): read_limit_range,
    ("v1", "Namespace"): read_namespace,
    ("v1", "Pod"): read_pod,
    ("v1", "ResourceQuota"): read_resource_quota,
    ("v1", "Service"): read_service,
}

REMOVED = {
    ("apps/v1beta1", "Deployment"): ("1.16", "apps/v1"),
    ("apps/v1beta1", "StatefulSet"): ("1.16", "apps/v1"),
    ("apps/v1beta2", "DaemonSet"): ("1.16", "apps/v1"),
    ("apps/v1beta2", "Deployment"): ("1.16", "apps/v1"),
    ("apps/v1beta2", "ReplicaSet"): ("1.16", "apps/v1"),
    ("apps/v1beta2", "StatefulSet"): ("1.16", "apps/v1"),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler"): ("1.25", "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): ("1.26", "autoscaling/v2"),
    ("batch/v1beta1", "CronJob"): ("1.25", "batch/v1"),
    ("extensions/v1beta1", "DaemonSet"): ("1.16", "apps/v1"),
    ("extensions/v1beta1", "Deployment"): ("1.16", "apps/v1"),
    ("extensions/v1beta1", "ReplicaSet"): ("1.16", "apps/v1"),
    ("policy/v1beta1", "PodDisruptionBudget"): ("1.25", "policy/v1"),
}
"""(apiVersion, kind) -> the release that no longer serves it, and what to write instead."""

CLOSED_GROUPS = {
    "apps/v1": ("ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "batch/v1": ("CronJob", "Job"),
    "policy/v1": ("Eviction", "PodDisruptionBudget"),
    "v1": (
        "Binding",
        "ComponentStatus",
        "ConfigMap",
        "Endpoints",
        "Event",
        "LimitRange",
        "List",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "PodTemplate",
        "ReplicationController",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
}
"""Groups that no CustomResourceDefinition can extend: a kind that is not in them is a mistake."""

CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)


def read_object(top: Fields, custom: Readers = MappingProxyType({})) -> ModelledObject | OtherObject:
    """Any object of the API: a modelled kind in full, another one by its name.

    custom: the readers of the kinds that CustomResourceDefinitions add.
    """
    kind = top.required_text("kind", "write for example kind: Deployment")
    api_version = top.required_text("apiVersion", f"write {_usual_version(kind)}")
    if api_version.startswith("kustomize.config.k8s.io/"):
        top.fail("kind", "a kustomization is no manifest; render it first (kubectl kustomize DIRECTORY)")
    _check_kind(top, api_version, kind)
    reader = custom.get((api_version, kind)) or READERS.get((api_version, kind))
    if reader is not None:
        return reader(top)
    metadata = read_metadata(top, is_name=_any_name, namespaced=kind not in CLUSTER_SCOPED)
    return OtherObject(kind=kind, api_version=api_version, metadata=metadata, source=top.source)


def _any_name(_: str) -> bool:
    return True  # RBAC names hold colons, and every custom resource may have rules of its own


def _usual_version(kind: str) -> str:
    for api_version, kinds in CLOSED_GROUPS.items():
        if kind in kinds:
            return f"apiVersion: {api_version}"
    return "for example apiVersion: apps/v1"


def _check_kind(top: Fields, api_version: str, kind: str) -> None:
    """Refuse removed versions, kinds in the wrong group and kinds that do not exist."""
    if (api_version, kind) in REMOVED:
        release, instead = REMOVED[api_version, kind]
        top.fail("apiVersion", f"{api_version} {kind} was removed in Kubernetes {release}; write apiVersion: {instead}")
    group = api_version.rpartition("/")[0]
    if api_version not in CLOSED_GROUPS and group in ("", "apps", "batch", "policy"):
        hint = f"; write {_usual_version(kind)}"
        top.fail("apiVersion", f"Kubernetes has no {api_version}{hint}")
    kinds = CLOSED_GROUPS.get(api_version)
    if kinds is None or kind in kinds:
        return
    for other, other_kinds in CLOSED_GROUPS.items():
        if kind in other_kinds:
            top.fail("apiVersion", f"{kind} is not in {api_version}; write apiVersion: {other}")
    hint = did_you_mean(kind, kinds) or f"; it has {', '.join(kinds)}"
    top.fail("kind", f"{api_version} has no kind {kind}{hint}")
