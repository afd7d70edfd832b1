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

BareReplicaSetId = NewType("BareReplicaSetId", ReplicaSetId)
"""A ReplicaSet that no Deployment owns."""

EntryServiceId = NewType("EntryServiceId", ServiceId)
"""A Service whose node port is mapped to a port of the host."""
