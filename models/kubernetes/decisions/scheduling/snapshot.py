"""What one scheduling cycle looks at: the nodes and the pods on them, as plain values.

Source: pkg/scheduler/framework/types.go (NodeInfo), pkg/scheduler/backend/cache/snapshot.go
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import Factory, field, frozen

from clusterproof.models.kubernetes.objects import Labels, NodeSpec, PodSpec, Taint


@frozen(kw_only=True)
class PlacedPod:
    """A pod as the scheduler sees it; node is empty for the incoming pod.

    terminating: has a deletionTimestamp. namespace_labels: the labels of its namespace, for
    namespaceSelector; the one with its name is always there.
    """

    namespace: str = "default"
    labels: Labels = Factory(dict)
    spec: PodSpec = Factory(PodSpec)
    node: str = ""
    terminating: bool = False
    namespace_labels: Labels = Factory(dict)


@frozen(kw_only=True)
class NodeInfo:
    """A node and the pods on it.

    taints: every taint the node carries now, those of its spec included; by default just these. pods: all pods
    assigned or assumed to the node that are neither Succeeded nor Failed; terminating ones occupy it until gone.
    """

    spec: NodeSpec
    unschedulable: bool = False
    taints: tuple[Taint, ...] = field(default=Factory(lambda info: info.spec.taints, takes_self=True))
    pods: tuple[PlacedPod, ...] = ()


Filter = Callable[[PlacedPod, NodeInfo, Sequence[NodeInfo]], str | None]
"""(incoming pod, node, all nodes) -> None where the pod fits, else why not."""
