"""The state of a cluster: objects in the apiserver, and the ground truth on the machines.

The objects are the only channel between components. The ground truth (machines, processes, containers, programmed
proxy rules) is what really is; properties may look at it, and each component only at its own part.
"""

from __future__ import annotations

from enum import Enum

from clusterproof import HeldSerial, Map, Serial, SetOf, Table, Timer, field, state
from clusterproof.models.kubernetes.admission_state import Namespace, ResourceQuota, WebhookConfiguration
from clusterproof.models.kubernetes.autoscaler_state import AutoscalerMemory, CpuDemand, HorizontalPodAutoscaler
from clusterproof.models.kubernetes.decisions.endpointslice import EndpointConditions
from clusterproof.models.kubernetes.decisions.probes import ProbeKind
from clusterproof.models.kubernetes.deployment_state import DeploymentFinalizers, OwnedReplicaSet, RolloutProgress
from clusterproof.models.kubernetes.job_state import CronJob, Job, JobPod
from clusterproof.models.kubernetes.names import (
    AutoscalerId,
    BudgetId,
    ConfigMapId,
    ControllerId,
    ControllerRevisionId,
    CronJobId,
    CustomObjectId,
    DaemonSetId,
    DeploymentId,
    FieldPath,
    JobId,
    LeaseId,
    NamespaceId,
    NodeId,
    OwnerId,
    PodId,
    QuotaId,
    ReplicaSetId,
    ServiceId,
    StatefulSetId,
    StaticPodId,
    WebhookConfigurationId,
    ZoneId,
)
from clusterproof.models.kubernetes.scope import ClusterScope


class PodPhase(Enum):
    """status.phase of a pod."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


class ConditionStatus(Enum):
    """The status of a condition such as a node's Ready."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class EndpointCondition(Enum):
    """The conditions of an endpoint: ready, serving, terminating. PUBLISHED: ready because the Service says so."""

    READY = "ready"
    NOT_READY = "not ready"
    SERVING_TERMINATING = "serving, terminating"
    TERMINATING = "terminating"
    PUBLISHED = "ready, not serving"
    PUBLISHED_SERVING_TERMINATING = "ready, serving, terminating"
    PUBLISHED_TERMINATING = "ready, not serving, terminating"

    @property
    def conditions(self) -> EndpointConditions:
        """The three conditions of the API."""
        return EndpointConditions(
            ready=self.value.startswith("ready"),
            serving=self.value in ("ready", "serving, terminating", "ready, serving, terminating"),
            terminating=self.value.endswith("terminating"),
        )


class ContainerState(Enum):
    """What the container runtime says; INITIALIZING: an init container runs; COMPLETED has exited with 0."""

    INITIALIZING = "initializing"
    RUNNING = "running"
    EXITED = "exited"
    COMPLETED = "completed"


class Disk(Enum):
    """What is on the disk of an etcd member; BEGUN_ANEW: the only member has started a new, empty store on it."""

    WRITTEN = "has the data"
    EMPTY = "is empty"
    BEGUN_ANEW = "has a new store"


class DrainState(Enum):
    """How far `kubectl drain` has come with a node."""

    NONE = "none"
    DRAINING = "draining"
    DONE = "done"
    REFUSED = "refused"


Value = int | str | bool | None
"""A scalar of a custom object's status, or of what its controller remembers."""

WORK_ITEM = "work queue"
CREATES = "pods created for"


# ---------------------------------------------------------------- API objects


@state
class Etcd:
    """The one store: every committed write gets the next revision."""

    revision: Serial = field(default=0, display=".revision")


@state
class Pod:
    """A Pod object.

    disrupted: its entry in status.disruptedPods of its budget. eviction: the taint eviction controller's memory.
    """

    owner: OwnerId | None = field(default=None, display=".metadata.ownerReferences")
    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    deleting: bool = field(default=False, display=".metadata.deletionTimestamp")
    node: NodeId | None = field(default=None, display=".spec.nodeName")
    nominated: NodeId | None = field(default=None, display=".status.nominatedNodeName")
    unschedulable: bool = field(default=False, display=".status.conditions[PodScheduled].Unschedulable")
    phase: PodPhase = field(default=PodPhase.PENDING, display=".status.phase")
    ready: bool = field(default=False, display=".status.conditions[Ready]")
    until_available: Timer = field(default=Timer(), display=".minReadySeconds")
    restarts: int = field(default=0, display=".status.containerStatuses[0].restartCount")
    disrupted: Timer = field(default=Timer(), display=" disruptedPods entry")
    evicting: bool = field(default=False, display=" eviction request")
    eviction: Timer = field(default=Timer(), display=" taint eviction")


@state
class ReplicaSet:
    """A ReplicaSet object. Its template and owner are fixed by its name."""

    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    revision: int = field(default=0, display=".metadata.annotations[revision]")
    desired_annotation: int = field(default=0, display=".metadata.annotations[desired-replicas]")
    replicas: int = field(default=0, display=".spec.replicas")
    observed: bool = field(default=False, display=".status.observedGeneration is current")
    status_replicas: int = field(default=0, display=".status.replicas")
    ready_replicas: int = field(default=0, display=".status.readyReplicas")
    available_replicas: int = field(default=0, display=".status.availableReplicas")


@state
class Deployment:
    """A Deployment object. `manifest` numbers the manifest that was applied last, `template` its pod template."""

    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    deleting: bool = field(default=False, display=".metadata.deletionTimestamp")
    manifest: int = field(default=0, display=".metadata.annotations[last-applied]")
    replicas: int = field(default=1, display=".spec.replicas")
    template: str = field(default="", display=".spec.template")
    observed: bool = field(default=False, display=".status.observedGeneration is current")
    status_replicas: int = field(default=0, display=".status.replicas")
    updated_replicas: int = field(default=0, display=".status.updatedReplicas")
    ready_replicas: int = field(default=0, display=".status.readyReplicas")
    available_replicas: int = field(default=0, display=".status.availableReplicas")


@state
class ControllerRevision:
    """A ControllerRevision object: a pod template that a StatefulSet or DaemonSet has had. Its name fixes both."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    revision: int = field(default=0, display=".revision")


@state
class StatefulSet:
    """A StatefulSet object. `manifest` numbers the manifest that was applied last, `template` is the update revision.

    current_revision: what its pods are at, or come from while an update is under way; None before its first status.
    """

    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    manifest: int = field(default=0, display=".metadata.annotations[last-applied]")
    replicas: int = field(default=1, display=".spec.replicas")
    template: ControllerRevisionId = field(display=".spec.template")
    observed: bool = field(default=False, display=".status.observedGeneration is current")
    current_revision: ControllerRevisionId | None = field(default=None, display=".status.currentRevision")
    status_replicas: int = field(default=0, display=".status.replicas")
    ready_replicas: int = field(default=0, display=".status.readyReplicas")
    available_replicas: int = field(default=0, display=".status.availableReplicas")
    current_replicas: int = field(default=0, display=".status.currentReplicas")
    updated_replicas: int = field(default=0, display=".status.updatedReplicas")


@state
class DaemonSet:
    """A DaemonSet object. `manifest` numbers the manifest that was applied last."""

    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    manifest: int = field(default=0, display=".metadata.annotations[last-applied]")
    template: ControllerRevisionId = field(display=".spec.template")
    observed: bool = field(default=False, display=".status.observedGeneration is current")
    desired_number_scheduled: int = field(default=0, display=".status.desiredNumberScheduled")
    current_number_scheduled: int = field(default=0, display=".status.currentNumberScheduled")
    number_misscheduled: int = field(default=0, display=".status.numberMisscheduled")
    number_ready: int = field(default=0, display=".status.numberReady")
    updated_number_scheduled: int = field(default=0, display=".status.updatedNumberScheduled")
    number_available: int = field(default=0, display=".status.numberAvailable")


@state
class Endpoint:
    """One endpoint of a Service's EndpointSlice."""

    condition: EndpointCondition = field(default=EndpointCondition.NOT_READY, display=".conditions")


@state
class Service:
    """A Service object and its EndpointSlice."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    exists: bool = field(default=False, display="")
    has_been_reachable: bool = field(default=False, display=" has been reachable from outside")
    endpoints: Table[PodId, Endpoint] = field(default=Table(()), display=".endpoints")


@state
class PodDisruptionBudget:
    """A PodDisruptionBudget object and its status."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    exists: bool = field(default=False, display="")
    observed: bool = field(default=False, display=".status.observedGeneration is current")
    expected_pods: int = field(default=0, display=".status.expectedPods")
    desired_healthy: int = field(default=0, display=".status.desiredHealthy")
    current_healthy: int = field(default=0, display=".status.currentHealthy")
    disruptions_allowed: int = field(default=0, display=".status.disruptionsAllowed")


@state
class ConfigMap:
    """A ConfigMap object; `version` numbers the contents that the manifests give it, 0 for none yet."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    version: int = field(default=0, display=".data")


@state
class CustomObject:
    """An object of a kind that a CustomResourceDefinition adds; `version` numbers the manifest applied last."""

    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    exists: bool = field(default=False, display="")
    version: int = field(default=0, display=".spec of manifest")
    status: Map[FieldPath, Value] = field(default=Map({}), display=".status")


@state
class Node:
    """A Node object. `grace` is the node lifecycle controller's memory: how long until the node counts as lost."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    ready: ConditionStatus = field(default=ConditionStatus.TRUE, display=".status.conditions[Ready]")
    unschedulable: bool = field(default=False, display=".spec.unschedulable")
    unreachable_no_schedule: bool = field(default=False, display=".spec.taints[unreachable:NoSchedule]")
    unreachable_no_execute: bool = field(default=False, display=".spec.taints[unreachable:NoExecute]")
    grace: Timer = field(default=Timer(), display=" heartbeat")


@state
class RemovableNode:
    """What else there is to know of a Node that the user may delete, or take out of service.

    exists: its object is there. out_of_service: it carries that taint. quarantine: the pod garbage collector's memory,
    how long until the pods of a Node that is gone count as orphaned.
    """

    exists: bool = field(default=True, display="")
    out_of_service: bool = field(default=False, display=".spec.taints[out-of-service:NoExecute]")
    quarantine: Timer = field(default=Timer(), display=" quarantine of its pods")


@state
class Lease:
    """A Lease by which several processes elect the one that leads.

    holder: the process that leads; None once the record names a process that is no more. silent: while nobody renews
    the record, how long until it counts as abandoned.
    """

    holder: StaticPodId | None = field(default=None, display=".spec.holderIdentity")
    silent: Timer = field(default=Timer(), display=" not renewed")


# ---------------------------------------------------------------- ground truth


@state
class Machine:
    """A machine: power, its link to the apiserver, and the processes the service manager keeps on it.

    disturbed: a fault has struck the machine itself, its link or its kubelet at some time; for properties only.
    """

    up: bool = field(default=True, display=" power")
    lost: bool = field(default=False, display=" lost for good")
    disturbed: bool = field(default=False, display=" has been disturbed")
    link: bool = field(default=True, display=" link to the apiserver")
    kubelet: bool = field(default=True, display=" kubelet runs")
    synced: bool = field(default=True, display=" kubelet has synced")
    runtime: bool = field(default=True, display=" container runtime runs")
    proxy: bool = field(default=True, display=" kube-proxy runs")


@state
class StaticPod:
    """A process of the control plane: a static pod, started by its kubelet without any apiserver."""

    running: bool = field(default=True, display=" container")
    restarts: int = field(default=0, display=" RESTARTS")
    lease: Timer = field(default=Timer(), display=" leader lease")


@state
class Container:
    """The application containers of a pod, on the machine where they really run, as one.

    heard: the kubelet knows that the pod is to go. killing: it stops them for a failed probe, to start them again.
    stopping: until SIGTERM, or SIGKILL where they ignore it.
    configuration: the ConfigMap versions read at start.
    started: the startup probe has succeeded, or there is none. probe: until it or the readiness probe has counted, or a
    sidecar that is waited for has started.
    delay: until the liveness probe asks first. silent: the kinds of probes that go unanswered.
    liveness: until that probe has failed often enough in a row.
    initialized: how many init containers nobody waits for any more; init_failures: how often the next one has failed.
    sidecars_exited, sidecar_crashes, sidecar_back_off: the same of the sidecars, which are one as well.
    crashes: how often they were restarted; forgotten: how many of these no longer count for the back-off, all of them
    after steady.
    """

    node: NodeId | None = field(default=None, display=" on")
    state: ContainerState = field(default=ContainerState.RUNNING, display=" state")
    ready: bool = field(default=False, display=" readiness probe")
    probe: Timer = field(default=Timer(), display=" awaited probe")
    started: bool = field(default=True, display=" startup probe")
    delay: Timer = field(default=Timer(), display=" liveness delay")
    silent: tuple[ProbeKind, ...] = field(default=(), display=" unanswered probes")
    liveness: Timer = field(default=Timer(), display=" liveness probe")
    heard: bool = field(default=False, display=" told to stop")
    stopping: Timer = field(default=Timer(), display=" preStop")
    killing: bool = field(default=False, display=" being killed for a probe")
    ignores_sigterm: bool = field(default=False, display=" ignores SIGTERM")
    configuration: tuple[int, ...] = field(default=(), display=" configuration")
    back_off: Timer = field(default=Timer(), display=" back-off")
    initialized: int = field(default=0, display=" init containers done")
    init_failures: int = field(default=0, display=" init container failures")
    sidecars_exited: bool = field(default=False, display=" sidecars have exited")
    sidecar_crashes: int = field(default=0, display=" crashes of sidecars")
    sidecar_back_off: Timer = field(default=Timer(), display=" back-off of sidecars")
    crashes: int = field(default=0, display=" crashes")
    forgotten: int = field(default=0, display=" crashes forgotten")
    steady: Timer = field(default=Timer(), display=" back-off forgotten after")


@state
class Proxy:
    """The rules that kube-proxy has programmed on a node, per Service: the endpoints that get new connections."""

    rules: Map[ServiceId, SetOf[PodId]] = field(default=Map({}), display=".rules")


@state
class ControllerProcess:
    """The process of a controller of custom objects."""

    running: bool = field(default=True, display=" process")


@state
class WorkItem:
    """What a controller holds in memory about one object: its place in the work queue, and what it remembers."""

    queued: bool = field(default=False, display=" queued")
    requeue: Timer = field(default=Timer(), display=" requeue")
    memory: Map[FieldPath, Value] = field(default=Map({}), display=" memory")


@state
class Kubectl:
    """What the person at the keyboard has under way.

    applied: how many documents of the manifests were applied; to_apply: how many the user has asked for so far.
    scale_read: the resourceVersion that a `kubectl scale` under way has read, and of which Deployment.
    """

    applied: int = field(default=0, display=" documents applied")
    to_apply: int = field(default=0, display=" documents to apply")
    scaling: DeploymentId | None = field(default=None, display=" scaling")
    scale_to: int = field(default=0, display=" scale to")
    scale_read: HeldSerial = field(default=None, display=" resourceVersion read")


@state
class Cluster:
    """The whole cluster."""

    scope: ClusterScope
    etcd: Etcd = field(default=Etcd(), display="etcd")
    deployments: Table[DeploymentId, Deployment] = field(display="Deployment")
    replica_sets: Table[ReplicaSetId, ReplicaSet] = field(display="ReplicaSet")
    pods: Table[PodId, Pod] = field(display="Pod")
    services: Map[ServiceId, Service] = field(display="Service")
    budgets: Map[BudgetId, PodDisruptionBudget] = field(display="PodDisruptionBudget")
    config_maps: Map[ConfigMapId, ConfigMap] = field(display="ConfigMap")
    nodes: Map[NodeId, Node] = field(display="Node")
    removable_nodes: Map[NodeId, RemovableNode] = field(default=Map({}), display="Node")
    zones: Map[ZoneId, Timer] = field(display="Zone")
    machines: Map[NodeId, Machine] = field(display="machine")
    static_pods: Map[StaticPodId, StaticPod] = field(display="Pod")
    disks: Map[NodeId, Disk] = field(default=Map({}), display="etcd disk of Node")
    leases: Map[LeaseId, Lease] = field(default=Map({}), display="Lease")
    containers: Table[PodId, Container] = field(display="container of Pod")
    proxies: Map[NodeId, Proxy] = field(display="kube-proxy")
    drains: Map[NodeId, DrainState] = field(display="drain of Node")
    kubectl: Kubectl = field(default=Kubectl(), display="kubectl")
    custom_objects: Map[CustomObjectId, CustomObject] = field(default=Map({}), display=".")
    controller_processes: Map[ControllerId, ControllerProcess] = field(default=Map({}), display="controller")
    work_items: Map[CustomObjectId, WorkItem] = field(default=Map({}), display=WORK_ITEM)
    creates: Map[CustomObjectId, int] = field(default=Map({}), display=CREATES)
    stateful_sets: Table[StatefulSetId, StatefulSet] = field(default=Table(()), display="StatefulSet")
    daemon_sets: Table[DaemonSetId, DaemonSet] = field(default=Table(()), display="DaemonSet")
    jobs: Table[JobId, Job] = field(default=Table(()), display=".")
    cron_jobs: Table[CronJobId, CronJob] = field(default=Table(()), display="CronJob")
    job_pods: Table[PodId, JobPod] = field(default=Table(()), display="Pod")
    controller_revisions: Table[ControllerRevisionId, ControllerRevision] = field(
        default=Table(()), display="ControllerRevision"
    )
    autoscalers: Map[AutoscalerId, HorizontalPodAutoscaler] = field(default=Map({}), display="HorizontalPodAutoscaler")
    autoscaler_memories: Map[AutoscalerId, AutoscalerMemory] = field(default=Map({}), display="autoscaler")
    cpu_demands: Map[AutoscalerId, CpuDemand] = field(default=Map({}), display="CPU demand")
    quotas: Map[QuotaId, ResourceQuota] = field(default=Map({}), display="ResourceQuota")
    webhook_configurations: Map[WebhookConfigurationId, WebhookConfiguration] = field(default=Map({}), display=".")
    namespaces: Map[NamespaceId, Namespace] = field(default=Map({}), display="Namespace")
    rollout_progress: Map[DeploymentId, RolloutProgress] = field(default=Map({}), display="Deployment")
    deployment_finalizers: Map[DeploymentId, DeploymentFinalizers] = field(default=Map({}), display="Deployment")
    owned_replica_sets: Map[ReplicaSetId, OwnedReplicaSet] = field(default=Map({}), display="ReplicaSet")
