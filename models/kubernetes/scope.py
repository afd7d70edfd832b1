"""The scope: everything about a cluster that does not change while it is checked.

Specifications of pods and nodes, which pods a Service or a budget may select, the documents that kubectl applies, and
the knobs. It is one constant of the state, so that every function of the model is a function of the state alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from attrs import Factory, frozen

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.admission_objects import LimitRangeItem
from clusterproof.models.kubernetes.admission_scope import QuotaScope, WebhookScope
from clusterproof.models.kubernetes.autoscaler_scope import AutoscalerScope
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.decisions.probes import ProbeKind
from clusterproof.models.kubernetes.job_objects import CronJob, Job
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
    NamespaceId,
    NodeId,
    Ordinal,
    OwnerId,
    PodId,
    ProcessId,
    QuotaId,
    ReplicaSetId,
    ServiceId,
    StatefulSetId,
    StaticPodId,
    ZoneId,
)
from clusterproof.models.kubernetes.static_pods import StaticPodScope, static_pods_of

DocumentKind = Literal[
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "Pod",
    "Service",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "ResourceQuota",
    "WebhookConfiguration",
    "ConfigMap",
    "CustomResource",
]


SchedulerChoice = Literal["any-feasible-node", "highest-score"]
"""Which of the feasible nodes a pod may go to; the first covers whatever a score says."""


def qualified(namespace: str, name: str) -> str:
    """How an object is called here: its name, with its namespace where that is not `default`."""
    return name if namespace == "default" else f"{namespace}/{name}"


@frozen(kw_only=True)
class Document:
    """One document of the manifests, in the order kubectl applies them.

    version: which of the versions of that object it is, counted from 0 (ConfigMap contents count from 1).
    """

    kind: DocumentKind
    name: str
    version: int = 0


@frozen(kw_only=True, eq=False)
class ReplicaSetScope:
    """A ReplicaSet that may come to exist: its owner and its template; replicas of one without an owner.

    selector: as in the manifest of the ReplicaSet or of its Deployment, without the hash that the latter adds.
    """

    deployment: DeploymentId | None
    template: objects.PodTemplate
    selector: objects.LabelSelector
    namespace: str = "default"
    pods: tuple[PodId, ...] = ()
    replicas: int = 1
    min_ready_seconds: int = 0


@frozen(kw_only=True, eq=False)
class ControllerRevisionScope:
    """A pod template of a StatefulSet or DaemonSet, and what its controller makes of it for each of its pods.

    owner: the set; kind: StatefulSet or DaemonSet. written: the template in the manifest. templates: a StatefulSet's
    pods are labelled with their names, a DaemonSet's pods pinned to their nodes.
    """

    kind: Literal["StatefulSet", "DaemonSet"]
    owner: str
    written: objects.PodTemplate
    template: objects.PodTemplate
    templates: Mapping[PodId, objects.PodTemplate] = Factory(dict)
    namespace: str = "default"
    min_ready_seconds: int = 0

    @property
    def pods(self) -> tuple[PodId, ...]:
        """The pods that may be made from it."""
        return tuple(self.templates)


@frozen(kw_only=True, eq=False)
class StatefulSetScope:
    """A StatefulSet that may come to exist: per manifest its revision, and per ordinal the pods that may bear its name.

    sizes: what the user may scale it to. rollout: whether the user may change its template.
    """

    manifests: tuple[objects.StatefulSet, ...]
    revisions: tuple[ControllerRevisionId, ...]
    pods: Mapping[Ordinal, tuple[PodId, ...]]
    sizes: tuple[int, ...] = ()
    rollout: bool = False

    @property
    def all_pods(self) -> tuple[PodId, ...]:
        """The pods of all ordinals."""
        return tuple(p for pool in self.pods.values() for p in pool)


@frozen(kw_only=True, eq=False)
class DaemonSetScope:
    """A DaemonSet that may come to exist: per manifest its revision, and per node the pods that it may have there.

    Nodes that can never run it are left out. rollout: whether the user may change its template.
    """

    manifests: tuple[objects.DaemonSet, ...]
    revisions: tuple[ControllerRevisionId, ...]
    pods: Mapping[NodeId, tuple[PodId, ...]]
    rollout: bool = False

    @property
    def all_pods(self) -> tuple[PodId, ...]:
        """The pods of all nodes."""
        return tuple(p for pool in self.pods.values() for p in pool)


@frozen(kw_only=True, eq=False)
class JobScope:
    """A Job that may come to exist: its manifests in order, the template of its pods, and their ids.

    pools: per completion index the pods that may have it; under None those of a Job without indexes.
    """

    manifests: tuple[Job, ...]
    template: objects.PodTemplate
    pools: Mapping[int | None, tuple[PodId, ...]]
    index_of: Mapping[PodId, int] = Factory(dict)
    namespace: str = "default"
    cron_job: CronJobId | None = None

    @property
    def pods(self) -> tuple[PodId, ...]:
        """The pods that it may have."""
        return tuple(p for pool in self.pools.values() for p in pool)


@frozen(kw_only=True, eq=False)
class CronJobScope:
    """A CronJob that may come to exist: per time of its schedule the Job, and the seconds since the time before."""

    manifests: tuple[CronJob, ...]
    jobs: tuple[JobId, ...]
    times: tuple[datetime, ...]
    seconds_between: tuple[int, ...]


@frozen(kw_only=True, eq=False)
class CustomObjectScope:
    """A custom object that may come to exist: its manifests in order, its controller, and the pods that it may own.

    owns: kinds whose objects wake the controller for their owner; watches: kinds that wake it for all its objects.
    folders: per manifest the documents that its controller applies.
    pods_wanted: per manifest how many pods are right. converged: what else is true once all is as wanted.
    first_status, first_memory: the fields of its status, and of what its controller remembers, with their first values.
    """

    kind: str
    api_version: str
    plural: str
    namespaced: bool
    controller: ControllerId
    manifests: tuple[objects.CustomResource, ...]
    template: objects.PodTemplate | None = None
    namespace: str = "default"
    pods: tuple[PodId, ...] = ()
    owns: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    folders: tuple[tuple[Document, ...], ...] = ()
    pods_wanted: tuple[int, ...] = ()
    first_status: Mapping[FieldPath, Any] = Factory(dict)
    first_memory: Mapping[FieldPath, Any] = Factory(dict)
    converged: Callable[[Any, CustomObjectId], bool] | None = None


@frozen(kw_only=True, eq=False)
class ClusterScope:
    """Everything that does not change while the cluster is checked.

    deployments: per Deployment its manifests in the order in which they may be applied; templates: the id of each one's
    template. pods_of: the pods that an object may own or select, in order. template_of: of bare pods.
    """

    nodes: Mapping[NodeId, objects.NodeSpec]
    control_planes: tuple[NodeId, ...]
    """The nodes that run the control plane; the first is the one that the cluster was made with."""
    zone_of: Mapping[NodeId, ZoneId]
    deployments: Mapping[DeploymentId, tuple[objects.Deployment, ...]] = Factory(dict)
    templates: Mapping[DeploymentId, tuple[str, ...]] = Factory(dict)
    replica_sets: Mapping[ReplicaSetId, ReplicaSetScope] = Factory(dict)
    replica_set_of: Mapping[tuple[DeploymentId, str], ReplicaSetId] = Factory(dict)
    stateful_sets: Mapping[StatefulSetId, StatefulSetScope] = Factory(dict)
    daemon_sets: Mapping[DaemonSetId, DaemonSetScope] = Factory(dict)
    controller_revisions: Mapping[ControllerRevisionId, ControllerRevisionScope] = Factory(dict)
    jobs: Mapping[JobId, JobScope] = Factory(dict)
    cron_jobs: Mapping[CronJobId, CronJobScope] = Factory(dict)
    bare_pods: Mapping[PodId, objects.Pod] = Factory(dict)
    services: Mapping[ServiceId, objects.Service] = Factory(dict)
    budgets: Mapping[BudgetId, objects.PodDisruptionBudget] = Factory(dict)
    autoscalers: Mapping[AutoscalerId, AutoscalerScope] = Factory(dict)
    quotas: Mapping[QuotaId, QuotaScope] = Factory(dict)
    limit_ranges: Mapping[str, tuple[LimitRangeItem, ...]] = Factory(dict)
    webhooks: tuple[WebhookScope, ...] = ()
    """Those whose failure could refuse something."""
    pods_of_namespace: Mapping[NamespaceId, tuple[PodId, ...]] = Factory(dict)
    """The namespaces that the user may delete, each with the pods that there may be in it."""
    webhooks_come_last: bool = False
    """Whether who applies a webhook waits until it answers."""
    config_maps: Mapping[ConfigMapId, tuple[objects.ConfigMap, ...]] = Factory(dict)
    pods_of_deployment: Mapping[DeploymentId, tuple[PodId, ...]] = Factory(dict)
    pods_of_service: Mapping[ServiceId, tuple[PodId, ...]] = Factory(dict)
    pods_of_budget: Mapping[BudgetId, tuple[PodId, ...]] = Factory(dict)
    budgets_of_pod: Mapping[PodId, tuple[BudgetId, ...]] = Factory(dict)
    preempting_pods: tuple[PodId, ...] = ()
    """The pods that matter more than some other, and may take its place."""
    scheduler: SchedulerChoice = "any-feasible-node"
    neighbours: Mapping[PodId, tuple[PodId, ...]] = Factory(dict)
    """Per pod, the pods whose placement the scheduler has to look at; empty where no filter and no score feels them."""
    back_off_grows: bool = False
    """Whether a container may exit more than once, so that it counts how long it ran in between."""
    init_pods: tuple[PodId, ...] = ()
    """The pods that may have init containers which are waited for."""
    sidecar_pods: tuple[PodId, ...] = ()
    """The pods that may have sidecars."""
    disks_may_be_lost: bool = False
    """Whether members of etcd may lose their disks, so that it matters what is on them."""
    probes_may_fail: bool = False
    """Whether applications may stop answering probes, so that the delays of liveness probes matter."""
    probes: Mapping[ProbeKind, tuple[PodId, ...]] = Factory(dict)
    """Per kind of probe the pods that may have one."""
    documents: tuple[Document, ...] = ()
    batches: tuple[int, ...] = ()
    """How many documents have been applied after each `kubectl apply -f`."""
    processes: Mapping[ProcessId, tuple[str, str]] = Factory(dict)
    """Processes that may be killed: what each is, and of which node or static pod."""
    scales: Mapping[DeploymentId, tuple[int, ...]] = Factory(dict)
    undo_revisions: Mapping[DeploymentId, tuple[int, ...]] = Factory(dict)
    cascades: Mapping[DeploymentId, tuple[PropagationPolicy, ...]] = Factory(dict)
    rollouts: tuple[DeploymentId, ...] = ()
    drains: tuple[NodeId, ...] = ()
    """What the user may do: scale to which sizes, roll back to which revisions, delete how, roll out and drain what."""
    targets: Mapping[str, tuple[str, ...]] = Factory(dict)
    """Further user actions that are limited to some objects: action -> names."""
    only_if_down: frozenset[tuple[str, NodeId]] = frozenset()
    """Actions on nodes that the user takes only once the machine is down."""
    ignore_daemonsets: bool = True
    """Whether the user drains with --ignore-daemonsets."""
    custom_objects: Mapping[CustomObjectId, CustomObjectScope] = Factory(dict)
    most_creates: int | None = None
    """How many creates are counted per custom object before the counter saturates; None counts nothing."""
    port_mappings: tuple[objects.PortMapping, ...] = ()
    kubernetes_version: str = "1.35"
    grace_seconds: int = 50

    @property
    def minor_version(self) -> int:
        """35 for Kubernetes 1.35."""
        return int(self.kubernetes_version.split(".")[1])

    @property
    def is_highly_available(self) -> bool:
        """Whether there are several control-plane nodes."""
        return len(self.control_planes) > 1

    @cached_property
    def static_pods(self) -> Mapping[StaticPodId, StaticPodScope]:
        """The control plane's processes, per node in the order in which they can start."""
        return static_pods_of(self.control_planes)

    @cached_property
    def job_of(self) -> Mapping[PodId, JobId]:
        """The Job that a pod can only be of."""
        return {p: j for j, job in self.jobs.items() for p in job.pods}

    @cached_property
    def ending_pods(self) -> frozenset[PodId]:
        """The pods that run to completion: those of Jobs, and bare ones whose restartPolicy is not Always."""
        bare = (p for p, pod in self.bare_pods.items() if pod.spec.restart_policy != "Always")
        return frozenset((*bare, *self.job_of))

    @cached_property
    def deployments_with_deadline(self) -> tuple[DeploymentId, ...]:
        """Those with a manifest that gives progressDeadlineSeconds: whether a rollout times out matters only there."""
        return tuple(d for d, versions in self.deployments.items() if any(v.progress_deadline_given for v in versions))

    @cached_property
    def deployments_with_short_history(self) -> tuple[DeploymentId, ...]:
        """Those that may come to have more old ReplicaSets than a manifest's revisionHistoryLimit."""
        limits = {d: min(v.revision_history_limit for v in versions) for d, versions in self.deployments.items()}
        return tuple(d for d, limit in limits.items() if len(self.replica_sets_of(d)) - 1 > limit)

    def cascades_of(self, deployment: DeploymentId) -> tuple[PropagationPolicy, ...]:
        """How the user may delete a Deployment: in the background, as kubectl does unless told otherwise."""
        return self.cascades.get(deployment, (PropagationPolicy.BACKGROUND,))

    def deployments_deleted(self, how: PropagationPolicy) -> tuple[DeploymentId, ...]:
        """The Deployments that the user may delete so."""
        return tuple(d for d in self.deployments if how in self.cascades_of(d))

    def replica_sets_deleted(self, how: PropagationPolicy) -> tuple[ReplicaSetId, ...]:
        """Their ReplicaSets."""
        return tuple(r for d in self.deployments_deleted(how) for r in self.replica_sets_of(d))

    @property
    def namespaces(self) -> tuple[NamespaceId, ...]:
        """The namespaces that the user may delete."""
        return tuple(self.pods_of_namespace)

    @property
    def pinned_pods(self) -> frozenset[PodId]:
        """The pods of DaemonSets, where the scheduler never looks at another pod; else none."""
        if self.neighbours:
            return frozenset()
        return frozenset(p for d in self.daemon_sets.values() for p in d.all_pods)

    @property
    def removable_nodes(self) -> tuple[NodeId, ...]:
        """The nodes that the user may delete, or take out of service; all where the store of all may be lost."""
        if self.disks_may_be_lost and not self.is_highly_available:
            return tuple(self.nodes)
        actions = ("delete_node", "taint_out_of_service", "untaint_out_of_service")
        named = {name for action in actions for name in self.targets.get(action, ())}
        return tuple(n for n in self.nodes if n in named)

    def next_batch(self, applied: int) -> int:
        """How many documents the next `kubectl apply -f` brings them to."""
        return next(batch for batch in self.batches if batch > applied)

    def replica_sets_of(self, deployment: DeploymentId) -> tuple[ReplicaSetId, ...]:
        """The ReplicaSets a Deployment may come to have, one per template, oldest first."""
        return tuple(dict.fromkeys(self.replica_set_of[deployment, t] for t in self.templates[deployment]))

    def template(self, pod: PodId, owner: OwnerId | None) -> objects.PodTemplate:
        """The template a pod was made from."""
        if owner is not None:
            of = self.owner(owner)
            template = of.templates[pod] if isinstance(of, ControllerRevisionScope) else of.template
            if template is None:
                raise ValueError(f"{owner} has no pod template, and yet owns {pod}")
            return template
        bare = self.bare_pods[pod]
        return objects.PodTemplate(labels=bare.metadata.labels, spec=bare.spec)

    def owner(self, owner: OwnerId) -> ReplicaSetScope | ControllerRevisionScope | CustomObjectScope | JobScope:
        """What is fixed about the controller of a pod."""
        replica_set = self.replica_sets.get(ReplicaSetId(owner))
        if replica_set is not None:
            return replica_set
        revision = self.controller_revisions.get(ControllerRevisionId(owner))
        if revision is not None:
            return revision
        job = self.jobs.get(JobId(owner))
        return self.custom_objects[CustomObjectId(owner)] if job is None else job

    def min_ready_seconds(self, owner: OwnerId | None) -> int:
        """How long a pod has to be ready until its controller counts it as available."""
        of = None if owner is None else self.owner(owner)
        return 0 if of is None or isinstance(of, CustomObjectScope | JobScope) else of.min_ready_seconds

    def is_daemon_pod(self, owner: OwnerId | None) -> bool:
        """Whether a pod belongs to a DaemonSet."""
        revision = self.controller_revisions.get(ControllerRevisionId(owner or ""))
        return revision is not None and revision.kind == "DaemonSet"

    def namespace(self, pod: PodId, owner: OwnerId | None) -> str:
        """The namespace of a pod."""
        return self.bare_pods[pod].metadata.namespace if owner is None else self.owner(owner).namespace

    def config_maps_of(self, pod: PodId, owner: OwnerId | None) -> tuple[ConfigMapId, ...]:
        """The ConfigMaps whose contents a pod's containers get when they start."""
        spec = self.template(pod, owner).spec
        containers = (*spec.containers, *spec.init_containers)
        names = [ref.config_map for k in containers for ref in k.config_map_key_refs if not ref.optional]
        names += [name for k in containers for name in k.config_map_env_from]
        namespace = self.namespace(pod, owner)
        return tuple(dict.fromkeys(ConfigMapId(qualified(namespace, n)) for n in (*names, *spec.config_map_volumes)))

    def __str__(self) -> str:
        return "scope"
