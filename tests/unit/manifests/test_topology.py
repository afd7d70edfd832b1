"""kind configurations become the nodes that kind would make."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes import builtin
from clusterproof.models.kubernetes.manifests import ManifestError
from clusterproof.models.kubernetes.objects import PortMapping, Taint
from clusterproof.models.kubernetes.topology import DEFAULT_VERSION, PLATFORM_LABELS, load_topology

HEAD = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n"
TAINT = Taint(key="node-role.kubernetes.io/control-plane", effect="NoSchedule")


@pytest.fixture
def topology(tmp_path):
    """Load a kind configuration, of which the head is given."""

    def load(text: str):
        path = tmp_path / "kind.yaml"
        path.write_text(HEAD + text)
        return load_topology(path)

    return load


def test_the_default_is_a_control_plane_and_two_workers():
    """Without a configuration there are three nodes, and pods go to the workers."""
    default = load_topology(None)

    assert [(node.name, node.role) for node in default.nodes] == [
        ("kind-control-plane", "control-plane"),
        ("kind-worker", "worker"),
        ("kind-worker2", "worker"),
    ]
    assert [node.taints for node in default.nodes] == [(TAINT,), (), ()]
    assert default.nodes[1].labels == {"kubernetes.io/hostname": "kind-worker", **PLATFORM_LABELS}
    assert PLATFORM_LABELS["kubernetes.io/os"] == PLATFORM_LABELS["beta.kubernetes.io/os"] == "linux"
    assert default.nodes[0].labels["node-role.kubernetes.io/control-plane"] == ""
    assert default.nodes[0].allocatable == {"cpu": 4000, "memory": 8 * 2**30, "pods": 110}
    assert (default.port_mappings, default.kubernetes_version) == ((), DEFAULT_VERSION)


def test_the_builtin_cluster_maps_the_first_worker():
    """The host's port leads to the first of two workers."""
    read = load_topology(builtin.path("hello-server") / "cluster.yaml")

    assert read.name == "multinode-nodeport"
    assert [node.name for node in read.nodes] == [
        "multinode-nodeport-control-plane",
        "multinode-nodeport-worker",
        "multinode-nodeport-worker2",
    ]
    assert read.port_mappings == (
        PortMapping(
            node="multinode-nodeport-worker", container_port=30599, host_port=30599, listen_address="127.0.0.1"
        ),
    )


@pytest.mark.parametrize("text", ["", "nodes: []\n", "nodes:\n- role: control-plane\n", "nodes:\n- {}\n"])
def test_a_single_node_takes_pods(topology, text):
    """kind's default is one control-plane node, and without workers it has no taint."""
    read = topology(text)

    assert [(node.name, node.role, node.taints) for node in read.nodes] == [("kind-control-plane", "control-plane", ())]


def test_nodes_are_numbered_within_their_role(topology):
    """Second and later nodes of a role carry their number, whatever the order in the file."""
    read = topology("name: x\nnodes: [{role: worker}, {role: control-plane}, {role: worker}, {role: control-plane}]\n")

    assert [node.name for node in read.nodes] == ["x-worker", "x-control-plane", "x-worker2", "x-control-plane2"]
    assert [bool(node.taints) for node in read.nodes] == [False, True, False, True]


def test_labels_and_mappings_are_read(topology):
    """Labels of a node come on top of its own, and a mapping has kind's defaults."""
    read = topology(
        "nodes:\n- labels: {zone: a}\n  extraPortMappings: [{containerPort: 80}, {containerPort: 53, protocol: udp}]\n"
    )

    assert read.nodes[0].labels["zone"] == "a"
    assert read.nodes[0].labels["kubernetes.io/hostname"] == "kind-control-plane"
    assert [(each.host_port, each.listen_address, each.protocol) for each in read.port_mappings] == [
        (0, "0.0.0.0", "TCP"),
        (0, "0.0.0.0", "UDP"),
    ]


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("kindest/node:v1.31.4", "1.31"),
        ("kindest/node:v1.29.0@sha256:0123456789abcdef", "1.29"),
        ("localhost:5000/kindest/node:v1.33.1-rc.0", "1.33"),
        ("kindest/node:latest", DEFAULT_VERSION),
        ("kindest/node@sha256:0123", DEFAULT_VERSION),
        ("", DEFAULT_VERSION),
    ],
)
def test_the_version_is_that_of_the_node_image(topology, image, version):
    """The tag of the image gives the minor version; without a version in it there is the default."""
    assert (
        topology(f'nodes:\n- role: control-plane\n  image: "{image}"\n- role: worker\n').kubernetes_version == version
    )


def test_unmodelled_settings_are_noted(topology):
    """What kind knows and the model does not is noted with its line."""
    read = topology("networking: {ipFamily: ipv6}\nnodes: [{role: control-plane, extraMounts: [{hostPath: /a}]}]\n")

    assert [note.partition("kind.yaml:")[2] for note in read.not_modelled] == [
        "3: Cluster networking is not modelled.",
        "4: Cluster nodes[0].extraMounts is not modelled.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes: [{role: worker}]", ":3: nodes: has no control-plane node"),
        ("nodes: [{role: master}]", 'nodes[0].role: "master" is unknown'),
        ("node: []", "node: Kubernetes has no such field here; did you mean nodes?"),
        ("nodes: [{rol: worker}]", "nodes[0].rol: Kubernetes has no such field here; did you mean role?"),
        ("name: My_cluster", 'name: "My_cluster" is not a cluster name'),
        ("nodes: [{extraPortMappings: [{hostPort: 80}]}]", "extraPortMappings[0].containerPort: is missing"),
        ("nodes: [{extraPortMappings: [{containerPort: 80, hostPort: 70000}]}]", "is 70000; write a number between"),
        ("nodes: [{labels: {a: 1}}]", 'labels.a: must be a string, not the number 1; write "1" with quotes'),
        ("nodes: [{image: 'a:v1.30.0'}, {role: worker, image: 'a:v1.31.0'}]", "is Kubernetes 1.31 and another node's"),
        ("---\na: 1", ":4: document: must hold one kind cluster configuration, not 2 documents"),
    ],
)
def test_mistakes_in_a_configuration_are_refused(topology, text, message):
    """A configuration that kind would refuse is refused in one line."""
    with pytest.raises(ManifestError) as caught:
        topology(text)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must hold one kind cluster configuration, not 0 documents"),
        ("kind: Deployment\napiVersion: apps/v1\n", 'kind: is "Deployment"; write kind: Cluster'),
        ("kind: Cluster\napiVersion: kind.sigs.k8s.io/v1alpha3\n", "write apiVersion: kind.x-k8s.io/v1alpha4"),
        ("kind: Cluster\n", "apiVersion: is missing; write apiVersion: kind.x-k8s.io/v1alpha4"),
        ("- a\n", "document: must be a mapping, not a list"),
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path, text, message):
    """Another file in place of the configuration is refused in one line."""
    path = tmp_path / "kind.yaml"
    path.write_text(text)

    with pytest.raises(ManifestError) as caught:
        load_topology(str(path))

    assert message in str(caught.value)
