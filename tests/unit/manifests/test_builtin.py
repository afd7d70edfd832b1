"""The examples that ship with clusterproof say what the documentation says of them."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes import builtin
from clusterproof.models.kubernetes.manifests import listening_port, load_manifests, probe_port
from clusterproof.models.kubernetes.objects import Probe


def test_the_examples_are_known_by_name():
    """Each example has a directory with manifests."""
    assert builtin.names() == ("anti-affinity", "config-map-trap", "hello-server")
    assert all((builtin.path(name) / "manifests.yaml").is_file() for name in builtin.names())


@pytest.mark.parametrize("name", ["", "..", "hello", "hello-server/..", "/", "hello-server/manifests.yaml"])
def test_an_unknown_example_is_refused(name):
    """The message lists the names there are."""
    with pytest.raises(ValueError, match="write one of anti-affinity, config-map-trap, hello-server"):
        builtin.path(name)


def test_hello_server_is_the_reference_workload():
    """Three replicas behind a node port, with a budget of 10 %."""
    manifests = load_manifests([builtin.path("hello-server") / "manifests.yaml"])

    (deployment,) = manifests.deployments
    (container,) = deployment.template.spec.containers
    (budget,) = manifests.pod_disruption_budgets
    (service,) = manifests.services
    assert (deployment.metadata.name, deployment.replicas, deployment.max_surge) == ("hello-server", 3, "25%")
    assert (container.image, container.ports) == ("blux2/hello-server:1.8", ())
    assert container.requests == container.limits == {"cpu": 10, "memory": 256 * 2**20}
    assert container.readiness_probe == Probe(port=8080, path="/health", initial_delay_seconds=5, period_seconds=5)
    assert container.liveness_probe == Probe(port=8080, path="/health", initial_delay_seconds=10, period_seconds=5)
    assert (budget.metadata.name, budget.max_unavailable) == ("hello-server-pdb", "10%")
    assert (service.metadata.name, service.type, service.ports[0].node_port) == (
        "hello-server-external",
        "NodePort",
        30599,
    )
    assert manifests.not_modelled == manifests.others == ()


def test_the_second_manifest_springs_the_trap():
    """At first pods listen where they are probed; after the second manifest new ones listen elsewhere."""
    directory = builtin.path("config-map-trap")
    first, second = (load_manifests([directory / name]) for name in ("manifests.yaml", "second.yaml"))

    (before,) = first.deployments[0].template.spec.containers
    (after,) = second.deployments[0].template.spec.containers
    assert [listening_port(before, each.config_maps) for each in (first, second)] == [8081, 8082]
    assert probe_port(after, after.readiness_probe) == first.services[0].ports[0].target_port == 8081
    assert (before.image, after.image) == ("blux2/hello-server:1.8", "blux2/hello-server:1.9")


def test_anti_affinity_is_required_on_the_hostname():
    """Three replicas may not share a node."""
    manifests = load_manifests([builtin.path("anti-affinity")])

    (deployment,) = manifests.deployments
    (term,) = deployment.template.spec.required_pod_anti_affinity
    assert (deployment.replicas, term.topology_key) == (3, "kubernetes.io/hostname")
    assert term.label_selector == deployment.selector
    assert manifests.pod_disruption_budgets[0].max_unavailable == "10%"
