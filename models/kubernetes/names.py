"""The ids of the model: names of Kubernetes objects."""

from __future__ import annotations

from typing import NewType

DeploymentId = NewType("DeploymentId", str)
ReplicaSetId = NewType("ReplicaSetId", str)
PodId = NewType("PodId", str)
ServiceId = NewType("ServiceId", str)
BudgetId = NewType("BudgetId", str)
ConfigMapId = NewType("ConfigMapId", str)
NodeId = NewType("NodeId", str)
ZoneId = NewType("ZoneId", str)
StaticPodId = NewType("StaticPodId", str)
ProcessId = NewType("ProcessId", str)
CustomObjectId = NewType("CustomObjectId", str)
ControllerId = NewType("ControllerId", str)
FieldPath = NewType("FieldPath", str)
"""A field of a custom object or of its controller's memory, such as `sync.status`."""

OwnerId = ReplicaSetId | CustomObjectId
"""What a pod may be controlled by."""

BareReplicaSetId = NewType("BareReplicaSetId", ReplicaSetId)
"""A ReplicaSet that no Deployment owns."""

EntryServiceId = NewType("EntryServiceId", ServiceId)
"""A Service whose node port is mapped to a port of the host."""
