"""The cluster that the manifests are applied to: a kind cluster configuration, or the default.

Source: https://kind.sigs.k8s.io/docs/user/configuration/ and sigs.k8s.io/kind/pkg/apis/config/v1alpha4/types.go
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from clusterproof.models.kubernetes.limits import MOST_NODES
from clusterproof.models.kubernetes.manifests.errors import ManifestError, quoted
from clusterproof.models.kubernetes.manifests.fields import Document, Fields
from clusterproof.models.kubernetes.manifests.files import read_text
from clusterproof.models.kubernetes.manifests.names import check_labels
from clusterproof.models.kubernetes.manifests.yaml_tree import parse_documents
from clusterproof.models.kubernetes.objects import NodeSpec, PortMapping, Taint, Topology

API_VERSION = "kind.x-k8s.io/v1alpha4"
DEFAULT_NAME = "kind"
DEFAULT_VERSION = "1.35"
DEFAULT_ALLOCATABLE: Mapping[str, int] = {"cpu": 4000, "memory": 8 * 2**30, "pods": 110}
"""Per node: 4 cores, 8 GiB, and the kubelet's default of 110 pods. kind shows every node the whole machine; this is a
small one, so that what fits here fits elsewhere."""

PLATFORM_LABELS: Mapping[str, str] = {
    f"{prefix}/{name}": value
    for prefix in ("kubernetes.io", "beta.kubernetes.io")
    for name, value in (("os", "linux"), ("arch", "amd64"))
}
"""The kubelet's own labels, on an amd64 machine. Source: pkg/kubelet/kubelet_node_status.go (initialNode)"""

CONTROL_PLANE = "control-plane"
WORKER = "worker"
CONTROL_PLANE_TAINT = Taint(key="node-role.kubernetes.io/control-plane", effect="NoSchedule")

_CLUSTER_NOT_MODELLED = (
    "containerdConfigPatches",
    "containerdConfigPatchesJSON6902",
    "featureGates",
    "kubeadmConfigPatches",
    "kubeadmConfigPatchesJSON6902",
    "networking",
    "runtimeConfig",
)
_NODE_NOT_MODELLED = ("extraMounts", "kubeadmConfigPatches", "kubeadmConfigPatchesJSON6902")
_LONGEST_NAME = 200  # node names are longer, and end at 253
_LONGEST_IMAGE = 300  # longer ones would keep the expression below busy, and name no version
_CLUSTER_NAME = re.compile(r"[a-z0-9.-]+", re.ASCII)
_IMAGE_VERSION = re.compile(r"[^@]*:v?(1\.\d+)(?:\.\d+)?(?:[-+][^@]*)?(?:@.*)?", re.ASCII)


def load_topology(path: str | Path | None) -> Topology:
    """The cluster of a kind configuration; without one, a control-plane node and two workers.

    Raises ManifestError, as `load_manifests` does.
    """
    return default_topology() if path is None else _read_file(Path(path))


def default_topology() -> Topology:
    """The nodes kind-control-plane, kind-worker and kind-worker2."""
    roles = (CONTROL_PLANE, WORKER, WORKER)
    return Topology(name=DEFAULT_NAME, nodes=_name_nodes(DEFAULT_NAME, roles, ({}, {}, {})))


def _read_file(path: Path) -> Topology:
    file = str(path)
    documents = parse_documents(read_text(path), file)
    if len(documents) != 1:
        line = documents[1].line if documents else 1
        message = f"must hold one kind cluster configuration, not {len(documents)} documents; remove the others"
        raise ManifestError(file, line, "document", message)
    return _read_cluster(Fields.of(documents[0], "", Document(file, "Cluster")))


def _read_cluster(top: Fields) -> Topology:
    kind = top.required_text("kind", "write kind: Cluster")
    api_version = top.required_text("apiVersion", f"write apiVersion: {API_VERSION}")
    if kind != "Cluster":
        top.fail("kind", f"is {quoted(kind)}; write kind: Cluster")
    if api_version != API_VERSION:
        top.fail("apiVersion", f"is {quoted(api_version)}; write apiVersion: {API_VERSION}")
    name = top.text("name", "") or DEFAULT_NAME
    if not _CLUSTER_NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        top.fail(
            "name",
            f"{quoted(name)} is not a cluster name; write at most {_LONGEST_NAME} lower-case letters, digits, - and .",
        )
    all_fields = top.items("nodes")
    if len(all_fields) > MOST_NODES:
        top.fail("nodes", f"has {len(all_fields)} nodes, and at most {MOST_NODES} can be checked; write fewer")
    roles = tuple(fields.choice("role", (CONTROL_PLANE, WORKER), CONTROL_PLANE) for fields in all_fields)
    if all_fields and CONTROL_PLANE not in roles:
        top.fail("nodes", "has no control-plane node; write - role: control-plane")
    labels = tuple(_read_labels(fields) for fields in all_fields)
    nodes = _name_nodes(name, roles or (CONTROL_PLANE,), labels or ({},))
    port_mappings = tuple(
        mapping
        for fields, node in zip(all_fields, nodes, strict=False)
        for mapping in _read_port_mappings(fields, node.name)
    )
    version = _read_version(all_fields)
    for fields in all_fields:
        fields.close(_NODE_NOT_MODELLED)
    top.close(_CLUSTER_NOT_MODELLED)
    return Topology(
        name=name,
        nodes=nodes,
        port_mappings=port_mappings,
        kubernetes_version=version,
        not_modelled=tuple(top.document.notes()),
    )


def _name_nodes(cluster: str, roles: tuple[str, ...], labels: tuple[dict[str, str], ...]) -> tuple[NodeSpec, ...]:
    """Nodes are numbered within their role, from the second on.

    The control plane is tainted only where there are workers.
    Source: sigs.k8s.io/kind/pkg/cluster/internal/providers/common (MakeNodeNamer), create/actions/kubeadminit
    """
    counts = {CONTROL_PLANE: 0, WORKER: 0}
    taints = (CONTROL_PLANE_TAINT,) if WORKER in roles else ()
    nodes = []
    for role, extra_labels in zip(roles, labels, strict=True):
        counts[role] += 1
        name = f"{cluster}-{role}{counts[role] if counts[role] > 1 else ''}"
        own_labels = {"kubernetes.io/hostname": name, **PLATFORM_LABELS}
        if role == CONTROL_PLANE:
            own_labels[CONTROL_PLANE_TAINT.key] = ""
        nodes.append(
            NodeSpec(
                name=name,
                role=role,
                labels={**own_labels, **extra_labels},
                taints=taints if role == CONTROL_PLANE else (),
                allocatable=dict(DEFAULT_ALLOCATABLE),
            )
        )
    return tuple(nodes)


def _read_labels(node: Fields) -> dict[str, str]:
    labels = node.text_map("labels")
    check_labels(node, "labels", labels)
    return labels


def _read_port_mappings(node: Fields, name: str) -> tuple[PortMapping, ...]:
    mappings = []
    for fields in node.items("extraPortMappings"):
        protocol = fields.choice("protocol", ("TCP", "UDP", "SCTP", "tcp", "udp", "sctp"), "TCP")
        mappings.append(
            PortMapping(
                node=name,
                container_port=fields.required_integer("containerPort", minimum=1, maximum=65535),
                host_port=fields.integer("hostPort", 0, minimum=-1, maximum=65535),
                listen_address=_read_listen_address(fields),
                protocol=protocol.upper(),
            )
        )
        fields.close()
    return tuple(mappings)


def _read_listen_address(fields: Fields) -> str:
    address = fields.text("listenAddress", "") or "0.0.0.0"  # noqa: S104
    try:
        return str(ip_address(address))
    except ValueError:
        fields.fail("listenAddress", f"{quoted(address)} is not an address; write for example 127.0.0.1")


def _read_version(nodes: tuple[Fields, ...]) -> str:
    """The minor version of the node images, which must agree; an image without a version tells nothing."""
    version = None
    for fields in nodes:
        image = fields.text("image", "")
        match = _IMAGE_VERSION.fullmatch(image) if len(image) <= _LONGEST_IMAGE else None
        if match is None:
            continue
        if version not in (None, match[1]):
            fields.fail("image", f"is Kubernetes {match[1]} and another node's is {version}; write one version")
        version = match[1]
    return version or DEFAULT_VERSION
