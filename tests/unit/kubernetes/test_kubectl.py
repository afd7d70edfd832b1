"""What kubectl sends: apply with its three-way merge, and scale with its compare-and-swap.

Source: staging/src/k8s.io/kubectl/pkg
"""

from __future__ import annotations

import pytest
from kubernetes_systems import WEB, after, changed, deployment, is_enabled, running_cluster, service, small_system

from clusterproof.models.kubernetes import apiserver, deployment_status_controller, faults, kubectl
from clusterproof.models.kubernetes.names import PodId, ProcessId, ServiceId
from clusterproof.models.kubernetes.state import Cluster


def applied_again(*second: str, replicas: int) -> Cluster:
    """Return a Deployment that somebody scaled, after second manifests were applied."""
    c = running_cluster(deployment(1), second=second)
    c = changed(c, "deployments", WEB, replicas=replicas)
    return after(after(c, kubectl.apply), kubectl.apply_document)


def test_documents_are_applied_in_order() -> None:
    """One document is one request."""
    (c,) = small_system(deployment(), service(), start="apply", properties=()).initial_states
    c = after(c, kubectl.apply_document)
    assert (WEB in c.deployments, c.services[ServiceId("web")].exists) == (True, False)

    assert after(c, kubectl.apply_document).services[ServiceId("web")].exists


def test_applying_a_field_again_sets_it_back() -> None:
    """A field that both manifests give alike, and that somebody changed meanwhile, is set back."""
    assert applied_again(deployment(1, image="web:2"), replicas=3).deployments[WEB].replicas == 1


def test_a_changed_field_is_sent() -> None:
    """A new image is a new template, which its controller has yet to observe."""
    c = applied_again(deployment(2, image="web:2"), replicas=1)
    web = c.deployments[WEB]

    assert (web.replicas, web.template, web.observed) == (2, "revision 2", False)


def test_a_scale_is_read_then_written() -> None:
    """Read and write are two steps, with the resourceVersion between them."""
    c = running_cluster(deployment(), scales=(2,))
    c = after(c, kubectl.scale, WEB, kubectl.Replicas(2))
    assert (c.deployments[WEB].replicas, c.kubectl.scale_read) == (1, c.deployments[WEB].resource_version)
    c = after(c, kubectl.update_scale)

    assert (c.deployments[WEB].replicas, c.deployments[WEB].observed, c.kubectl.scaling) == (2, False, None)


def test_a_scale_with_an_old_resource_version_conflicts() -> None:
    """409: kubectl reads again, and then writes."""
    c = after(running_cluster(deployment(), scales=(2,)), kubectl.scale, WEB, kubectl.Replicas(2))
    c = changed(c, "deployments", WEB, resource_version=c.deployments[WEB].resource_version + 5)
    assert not is_enabled(c, kubectl.update_scale)
    c = after(c, kubectl.retry_scale)

    assert after(c, kubectl.update_scale).deployments[WEB].replicas == 2


def test_scaling_to_what_is_there_is_nothing() -> None:
    """No request changes nothing."""
    c = running_cluster(deployment(), scales=(1, 2))

    assert not is_enabled(c, kubectl.scale, WEB, kubectl.Replicas(1))


@pytest.mark.parametrize("process", ["etcd", "kube-apiserver"])
def test_kubectl_is_refused_without_a_control_plane(process: str) -> None:
    """The connection to the server was refused: no request does anything."""
    c = after(running_cluster(deployment(), scales=(2,)), faults.kill_process, ProcessId(process))
    requests = [(kubectl.scale, WEB, 2), (kubectl.delete_pod, PodId("web-a")), (kubectl.cordon, "kind-worker")]

    assert not any(is_enabled(c, action, *arguments) for action, *arguments in requests)


def test_a_bound_pod_is_deleted_gracefully_and_an_unbound_one_at_once() -> None:
    """Only a kubelet can confirm that a pod is gone; without one there is nothing to wait for.

    Source: pkg/registry/core/pod/strategy.go (CheckGracefulDelete)
    """
    c = running_cluster(deployment())
    assert after(c, kubectl.delete_pod, PodId("web-a")).pods[PodId("web-a")].deleting
    unbound = changed(c, "pods", PodId("web-a"), node=None)

    assert PodId("web-a") not in after(unbound, kubectl.delete_pod, PodId("web-a")).pods


def test_every_write_gets_the_next_revision() -> None:
    """The store's revision and the object's resourceVersion are the same new number."""
    c = running_cluster(deployment())
    written = after(changed(c, "deployments", WEB, observed=False), deployment_status_controller.update_status, WEB)

    assert written.etcd.revision > c.etcd.revision
    assert written.deployments[WEB].resource_version == written.etcd.revision
    assert apiserver.is_serving(written)
