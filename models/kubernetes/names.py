"""The ids of the model: names of Kubernetes objects."""

from __future__ import annotations

from typing import NewType

DeploymentId = NewType("DeploymentId", str)
ReplicaSetId = NewType("ReplicaSetId", str)
StatefulSetId = NewType("StatefulSetId", str)
DaemonSetId = NewType("DaemonSetId", str)
ControllerRevisionId = NewType("ControllerRevisionId", str)
"""A pod template that a StatefulSet or DaemonSet has or had, such as `StatefulSet/db@1`."""

JobId = NewType("JobId", str)
"""A Job, such as `Job/pi`; so its pods call their owner, too."""

CronJobId = NewType("CronJobId", str)
PodId = NewType("PodId", str)
ServiceId = NewType("ServiceId", str)
BudgetId = NewType("BudgetId", str)
AutoscalerId = NewType("AutoscalerId", str)
WebhookConfigurationId = NewType("WebhookConfigurationId", str)
"""Kind and name, such as `ValidatingWebhookConfiguration/policy`."""

NamespaceId = NewType("NamespaceId", str)
QuotaId = NewType("QuotaId", str)
ConfigMapId = NewType("ConfigMapId", str)
NodeId = NewType("NodeId", str)
RemovableNodeId = NewType("RemovableNodeId", NodeId)
"""A worker whose Node object the user may delete, or take out of service."""

MemberId = NewType("MemberId", NodeId)
"""A control-plane node whose etcd member may lose its disk."""

ZoneId = NewType("ZoneId", str)
StaticPodId = NewType("StaticPodId", str)
LeaseId = NewType("LeaseId", str)
"""A Lease by which the processes of one component elect a leader; it is called like the component."""

ProcessId = NewType("ProcessId", str)
CustomObjectId = NewType("CustomObjectId", str)
ControllerId = NewType("ControllerId", str)
FieldPath = NewType("FieldPath", str)
"""A field of a custom object or of its controller's memory, such as `sync.status`."""

OwnerId = ReplicaSetId | ControllerRevisionId | CustomObjectId | JobId
"""What a pod may be controlled by, and with it the template it was made from.

A pod of a StatefulSet or DaemonSet belongs to the set; its label controller-revision-hash names the revision.
"""

Ordinal = NewType("Ordinal", int)
"""The number of a StatefulSet's pod."""

DeadlineDeploymentId = NewType("DeadlineDeploymentId", DeploymentId)
"""A Deployment whose manifest gives progressDeadlineSeconds."""

HistoryDeploymentId = NewType("HistoryDeploymentId", DeploymentId)
"""A Deployment that may come to have more old ReplicaSets than its revisionHistoryLimit."""

BareReplicaSetId = NewType("BareReplicaSetId", ReplicaSetId)
"""A ReplicaSet that no Deployment owns, or that may be orphaned."""

OrphanedReplicaSetId = NewType("OrphanedReplicaSetId", ReplicaSetId)
"""A ReplicaSet whose Deployment may be deleted with --cascade=orphan."""

ForegroundReplicaSetId = NewType("ForegroundReplicaSetId", ReplicaSetId)
"""A ReplicaSet whose Deployment may be deleted with --cascade=foreground."""

OrphaningDeploymentId = NewType("OrphaningDeploymentId", DeploymentId)
"""A Deployment that may be deleted with --cascade=orphan."""

PreemptingPodId = NewType("PreemptingPodId", PodId)
"""A pod that matters more than some other, and may take its place."""

InitPodId = NewType("InitPodId", PodId)
"""A pod with init containers that are waited for."""

ProbedPodId = NewType("ProbedPodId", PodId)
"""A pod with a probe that can fail."""

SidecarPodId = NewType("SidecarPodId", PodId)
"""A pod with sidecars."""

SlowPodId = NewType("SlowPodId", PodId)
"""A pod with a startup probe."""

JobPodId = NewType("JobPodId", PodId)
"""A pod that a Job may have."""

EndingPodId = NewType("EndingPodId", PodId)
"""A pod that runs to completion: of a Job, or a bare one whose restartPolicy is not Always."""

EntryServiceId = NewType("EntryServiceId", ServiceId)
"""A Service whose node port is mapped to a port of the host."""


def pod_name(pod: PodId) -> str:
    """The name of a pod; a StatefulSet's second pod of one name, such as `db-0#2`, is called `db-0` as well.

    The model tells them apart as Kubernetes does by their uids: what refers to the old one does not mean the new one.
    """
    return pod.partition("#")[0]


def job_name(job: JobId) -> str:
    """The name of a Job, with its namespace where that is not `default`."""
    return job.partition("/")[2]
