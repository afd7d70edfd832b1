"""What one scheduling cycle looks at: the nodes and the pods on them, as plain values.

Source: pkg/scheduler/framework/types.go (NodeInfo), pkg/scheduler/backend/cache/snapshot.go
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import Factory, field, frozen

from clusterproof.models.kubernetes.objects import Labels, LabelSelector, NodeSpec, PodSpec, Taint

MAX_NODE_SCORE = 100
"""Source: staging/src/k8s.io/kube-scheduler/framework/interface.go, MaxNodeScore"""


@frozen(kw_only=True)
class PlacedPod:
    """A pod as the scheduler sees it; node is empty for the incoming pod.

    terminating: has a deletionTimestamp. namespace_labels: the labels of its namespace, for
    namespaceSelector; the one with its name is always there. default_selector: of the incoming pod, whom the cluster's
    default constraints spread it with; None for nobody.
    """

    namespace: str = "default"
    labels: Labels = Factory(dict)
    spec: PodSpec = Factory(PodSpec)
    node: str = ""
    terminating: bool = False
    namespace_labels: Labels = Factory(dict)
    default_selector: LabelSelector | None = None


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

Score = Callable[[PlacedPod, Sequence[NodeInfo], Sequence[NodeInfo]], list[int]]
"""(incoming pod, feasible nodes, all nodes) -> the normalized score of each feasible node, 0 to MAX_NODE_SCORE."""
