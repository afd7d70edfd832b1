"""NodePorts: a host port can be taken once per node, protocol and address.

Source: pkg/scheduler/framework/plugins/nodeports/node_ports.go
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod
from clusterproof.models.kubernetes.objects import PodSpec

PORT_TAKEN = "node(s) didn't have free ports for the requested pod ports"

ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared, never bound


@frozen
class HostPort:
    """A port that a pod takes on its node."""

    address: str
    protocol: str
    port: int


def node_ports(pod: PlacedPod, node: NodeInfo, _all_nodes: Sequence[NodeInfo]) -> str | None:
    """Refuse a node where another pod holds one of the pod's host ports."""
    wanted = tuple(host_ports(pod.spec))
    taken = [each for other in node.pods for each in host_ports(other.spec)] if wanted else []
    return PORT_TAKEN if any(_conflict(one, other) for one in wanted for other in taken) else None


def ports_conflict(one: PodSpec, other: PodSpec) -> bool:
    """Whether these two pods cannot share a node for their host ports."""
    return any(_conflict(ours, theirs) for ours in host_ports(one) for theirs in host_ports(other))


def host_ports(pod: PodSpec) -> Iterator[HostPort]:
    """The host ports of the containers and sidecars; with hostNetwork each container port is one.

    Source: pkg/scheduler/util/utils.go, GetHostPorts; pkg/apis/core/v1/defaults.go, defaultHostNetworkPorts
    """
    sidecars = (each for each in pod.init_containers if each.restart_policy == "Always")
    for container in (*pod.containers, *sidecars):
        for port in container.ports:
            number = port.host_port or (port.container_port if pod.host_network else 0)
            if number > 0:
                yield HostPort(port.host_ip or ANY_ADDRESS, port.protocol or "TCP", number)


def _conflict(one: HostPort, other: HostPort) -> bool:
    """Same protocol and port, and the same address or one of them all addresses.

    Source: staging/src/k8s.io/kube-scheduler/framework/types.go, HostPortInfo.CheckConflict
    """
    if (one.protocol, one.port) != (other.protocol, other.port):
        return False
    return one.address == other.address or ANY_ADDRESS in (one.address, other.address)
