"""The static pods of a control plane: which there are, and on which nodes.

Source: https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.names import LeaseId, NodeId, StaticPodId

ETCD = "etcd"
APISERVER = "kube-apiserver"
CONTROLLER_MANAGER = LeaseId("kube-controller-manager")
SCHEDULER = LeaseId("kube-scheduler")

COMPONENTS = (ETCD, APISERVER, CONTROLLER_MANAGER, SCHEDULER)
"""What runs on every control-plane node, in the order in which it can start."""

ELECTED = (CONTROLLER_MANAGER, SCHEDULER)
"""The components of which only one process works at a time."""


@frozen(kw_only=True)
class StaticPodScope:
    """What is fixed about a static pod: the component that it runs, and its node."""

    component: str
    node: NodeId


def static_pod(component: str, node: NodeId) -> StaticPodId:
    """The static pod of a component; its name ends in its node's, as the kubelet makes it."""
    return StaticPodId(f"{component}-{node}")


def static_pods_of(control_planes: Sequence[NodeId]) -> Mapping[StaticPodId, StaticPodScope]:
    """Every static pod of these nodes."""
    return {static_pod(k, n): StaticPodScope(component=k, node=n) for n in control_planes for k in COMPONENTS}
