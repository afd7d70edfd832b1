"""Kubernetes objects as plain frozen values: what a manifest says after defaulting.

The loader makes them, the decisions read them, the model is built from them. Field names are the API's, in
snake_case; quantities are integers with their unit in the name; durations are seconds.
Source: https://kubernetes.io/docs/reference/kubernetes-api/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

if TYPE_CHECKING:
    from clusterproof.models.kubernetes.admission_objects import (
        LimitRange,
        Namespace,
        PriorityClass,
        ResourceQuota,
        WebhookConfiguration,
    )
    from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler
    from clusterproof.models.kubernetes.job_objects import CronJob, Job

IntOrPercent = int | str
"""An int, or a percentage such as "25%" (intstr.IntOrString)."""

Labels = Mapping[str, str]


@frozen
class Source:
    """Where in the user's YAML an object stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@frozen(kw_only=True)
class ObjectMeta:
    """Standard object metadata, as far as the model uses it."""

    name: str
    namespace: str = "default"
    labels: Labels = Factory(dict)
    annotations: Labels = Factory(dict)
    finalizers: tuple[str, ...] = ()


@frozen(kw_only=True)
class Requirement:
    """One expression of a label selector or node selector term.

    operator: In, NotIn, Exists, DoesNotExist, and for nodes also Gt and Lt.
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()


@frozen(kw_only=True)
class LabelSelector:
    """matchLabels and matchExpressions, all of which must hold; empty selects everything."""

    match_labels: Labels = Factory(dict)
    match_expressions: tuple[Requirement, ...] = ()


@frozen(kw_only=True)
class NodeSelectorTerm:
    """All expressions on labels and all on fields (metadata.name) must hold; an empty term matches nothing."""

    match_expressions: tuple[Requirement, ...] = ()
    match_fields: tuple[Requirement, ...] = ()


@frozen(kw_only=True)
class PreferredSchedulingTerm:
    """A node that satisfies the term is preferred by its weight, 1 to 100."""

    weight: int
    preference: NodeSelectorTerm


@frozen(kw_only=True)
class Taint:
    """effect: NoSchedule, PreferNoSchedule or NoExecute."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"


@frozen(kw_only=True)
class Toleration:
    """operator: Equal (default) or Exists; an empty effect or key matches all."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


@frozen(kw_only=True)
class PodAffinityTerm:
    """An inter-pod (anti-)affinity term; namespaces empty means the pod's own."""

    topology_key: str
    label_selector: LabelSelector | None = None
    namespaces: tuple[str, ...] = ()
    namespace_selector: LabelSelector | None = None
    match_label_keys: tuple[str, ...] = ()
    mismatch_label_keys: tuple[str, ...] = ()


@frozen(kw_only=True)
class WeightedPodAffinityTerm:
    """A domain with pods that the term speaks of is preferred, or avoided, by its weight, 1 to 100."""

    weight: int
    pod_affinity_term: PodAffinityTerm


@frozen(kw_only=True)
class TopologySpreadConstraint:
    """when_unsatisfiable: DoNotSchedule (a filter) or ScheduleAnyway (a score)."""

    max_skew: int
    topology_key: str
    when_unsatisfiable: str = "DoNotSchedule"
    label_selector: LabelSelector | None = None
    min_domains: int | None = None
    node_affinity_policy: str = "Honor"
    node_taints_policy: str = "Ignore"
    match_label_keys: tuple[str, ...] = ()


@frozen(kw_only=True)
class Probe:
    """A readiness, liveness or startup probe; port is a number or the name of a container port."""

    handler: str = "httpGet"
    port: int | str | None = None
    path: str = ""
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 1
    success_threshold: int = 1
    failure_threshold: int = 3


@frozen(kw_only=True)
class ContainerPort:
    """A port that a container declares; host_port 0 means none on the node."""

    container_port: int
    name: str = ""
    protocol: str = "TCP"
    host_port: int = 0
    host_ip: str = ""


@frozen(kw_only=True)
class ConfigMapKeyRef:
    """An environment variable read from a ConfigMap when the container starts."""

    variable: str
    config_map: str
    key: str
    optional: bool = False


@frozen(kw_only=True)
class Container:
    """requests and limits: resource name -> integer (cpu in millicores, memory in bytes, others as counted)."""

    name: str
    image: str = ""
    requests: Mapping[str, int] = Factory(dict)
    limits: Mapping[str, int] = Factory(dict)
    ports: tuple[ContainerPort, ...] = ()
    environment: Mapping[str, str] = Factory(dict)
    config_map_key_refs: tuple[ConfigMapKeyRef, ...] = ()
    config_map_env_from: tuple[str, ...] = ()
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    startup_probe: Probe | None = None
    pre_stop_sleep_seconds: int | None = None
    restart_policy: str | None = None  # "Always" on an init container makes it a sidecar


@frozen(kw_only=True)
class PodSpec:
    """What the scheduler and the kubelet read of a pod."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    restart_policy: str = "Always"
    termination_grace_period_seconds: int = 30
    node_name: str | None = None
    node_selector: Labels = Factory(dict)
    required_node_affinity: tuple[NodeSelectorTerm, ...] | None = None
    required_pod_affinity: tuple[PodAffinityTerm, ...] = ()
    required_pod_anti_affinity: tuple[PodAffinityTerm, ...] = ()
    preferred_node_affinity: tuple[PreferredSchedulingTerm, ...] = ()
    preferred_pod_affinity: tuple[WeightedPodAffinityTerm, ...] = ()
    preferred_pod_anti_affinity: tuple[WeightedPodAffinityTerm, ...] = ()
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    priority: int = 0
    priority_class_name: str = ""
    preemption_policy: str = "PreemptLowerPriority"
    host_network: bool = False
    config_map_volumes: tuple[str, ...] = ()
    overhead: Mapping[str, int] = Factory(dict)


@frozen(kw_only=True)
class PodTemplate:
    """The pods that a workload makes."""

    labels: Labels = Factory(dict)
    annotations: Labels = Factory(dict)
    spec: PodSpec = Factory(PodSpec)


@frozen(kw_only=True)
class Pod:
    """A bare pod."""

    metadata: ObjectMeta
    spec: PodSpec
    source: Source


@frozen(kw_only=True)
class Deployment:
    """strategy: RollingUpdate or Recreate.

    replicas_given, progress_deadline_given: whether the manifest says how many there are to be, and how long a rollout
    may go without progress.
    """

    metadata: ObjectMeta
    replicas: int = 1
    replicas_given: bool = True
    selector: LabelSelector = Factory(LabelSelector)
    template: PodTemplate = Factory(PodTemplate)
    strategy: str = "RollingUpdate"
    max_surge: IntOrPercent = "25%"
    max_unavailable: IntOrPercent = "25%"
    min_ready_seconds: int = 0
    progress_deadline_seconds: int = 600
    progress_deadline_given: bool = False
    revision_history_limit: int = 10
    paused: bool = False
    source: Source


@frozen(kw_only=True)
class ReplicaSet:
    """A ReplicaSet that the user wrote, not one of a Deployment."""

    metadata: ObjectMeta
    replicas: int = 1
    selector: LabelSelector = Factory(LabelSelector)
    template: PodTemplate = Factory(PodTemplate)
    min_ready_seconds: int = 0
    source: Source


@frozen(kw_only=True)
class StatefulSet:
    """pod_management_policy: OrderedReady or Parallel. strategy: RollingUpdate or OnDelete.

    start: the first ordinal. partition: ordinals below it are not updated, counted from the start. service_name: gives
    the pods names in DNS. volume_claims_retained: Retain or Delete, when the set is deleted and when it is scaled down.
    """

    metadata: ObjectMeta
    replicas: int = 1
    replicas_given: bool = True
    selector: LabelSelector = Factory(LabelSelector)
    template: PodTemplate = Factory(PodTemplate)
    pod_management_policy: str = "OrderedReady"
    strategy: str = "RollingUpdate"
    partition: int = 0
    max_unavailable: IntOrPercent | None = None
    start: int = 0
    service_name: str = ""
    volume_claims_retained: tuple[str, str] = ("Retain", "Retain")
    min_ready_seconds: int = 0
    revision_history_limit: int = 10
    source: Source


@frozen(kw_only=True)
class DaemonSet:
    """strategy: RollingUpdate or OnDelete."""

    metadata: ObjectMeta
    selector: LabelSelector = Factory(LabelSelector)
    template: PodTemplate = Factory(PodTemplate)
    strategy: str = "RollingUpdate"
    max_surge: IntOrPercent = 0
    max_unavailable: IntOrPercent = 1
    min_ready_seconds: int = 0
    revision_history_limit: int = 10
    source: Source


@frozen(kw_only=True)
class PodDisruptionBudget:
    """At most one of min_available and max_unavailable is set."""

    metadata: ObjectMeta
    selector: LabelSelector | None = None
    min_available: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None
    unhealthy_pod_eviction_policy: str = "IfHealthyBudget"
    source: Source


@frozen(kw_only=True)
class ServicePort:
    """A port of a Service; after defaulting target_port is set, a number or the name of a container port."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str | None = None
    node_port: int | None = None


@frozen(kw_only=True)
class Service:
    """type: ClusterIP, NodePort, LoadBalancer or ExternalName; no selector means no endpoints are made."""

    metadata: ObjectMeta
    type: str = "ClusterIP"
    selector: Labels | None = None
    ports: tuple[ServicePort, ...] = ()
    cluster_ip: str | None = None
    external_name: str = ""
    publish_not_ready_addresses: bool = False
    external_traffic_policy: str = "Cluster"
    internal_traffic_policy: str = "Cluster"
    source: Source


@frozen(kw_only=True)
class ConfigMap:
    """Plain data that containers read when they start."""

    metadata: ObjectMeta
    data: Mapping[str, str] = Factory(dict)
    source: Source


@frozen(kw_only=True)
class OtherObject:
    """An object that is well formed but that the model does not know; it is named under assumptions."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    source: Source


@frozen(kw_only=True)
class CustomResource:
    """An object of a kind that a CustomResourceDefinition adds; its spec is valid and has its defaults."""

    kind: str
    metadata: ObjectMeta
    spec: Mapping[str, Any]
    source: Source


@frozen(kw_only=True)
class Manifests:
    """Everything that was read from the user's files, in the order of the files."""

    deployments: tuple[Deployment, ...] = ()
    replica_sets: tuple[ReplicaSet, ...] = ()
    stateful_sets: tuple[StatefulSet, ...] = ()
    daemon_sets: tuple[DaemonSet, ...] = ()
    jobs: tuple[Job, ...] = ()
    cron_jobs: tuple[CronJob, ...] = ()
    pods: tuple[Pod, ...] = ()
    pod_disruption_budgets: tuple[PodDisruptionBudget, ...] = ()
    autoscalers: tuple[HorizontalPodAutoscaler, ...] = ()
    resource_quotas: tuple[ResourceQuota, ...] = ()
    limit_ranges: tuple[LimitRange, ...] = ()
    webhook_configurations: tuple[WebhookConfiguration, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    priority_classes: tuple[PriorityClass, ...] = ()
    services: tuple[Service, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    custom_resources: tuple[CustomResource, ...] = ()
    others: tuple[OtherObject, ...] = ()
    not_modelled: tuple[str, ...] = ()
    """Fields that were given and that the model ignores, one sentence each with file and line."""


@frozen(kw_only=True)
class PortMapping:
    """A port of the host that leads to a port of one node (kind's extraPortMappings)."""

    node: str
    container_port: int
    host_port: int
    listen_address: str = "0.0.0.0"  # noqa: S104
    protocol: str = "TCP"


@frozen(kw_only=True)
class NodeSpec:
    """A machine of the cluster; its role is control-plane or worker.

    allocatable: cpu in millicores, memory in bytes, pods.
    """

    name: str
    role: str = "worker"
    labels: Labels = Factory(dict)
    taints: tuple[Taint, ...] = ()
    allocatable: Mapping[str, int] = Factory(dict)


@frozen(kw_only=True)
class Topology:
    """The cluster the manifests are applied to."""

    name: str
    nodes: tuple[NodeSpec, ...]
    port_mappings: tuple[PortMapping, ...] = ()
    kubernetes_version: str = "1.35"
    not_modelled: tuple[str, ...] = ()
    """As in Manifests, for the cluster's own configuration."""
