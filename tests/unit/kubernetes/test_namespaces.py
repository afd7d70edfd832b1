"""Namespaces that are deleted: what is in them goes, and nothing new comes.

Source: pkg/controller/namespace/deletion, apiserver/pkg/admission/plugin/namespace/lifecycle
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from kubernetes_systems import (
    CPU,
    after,
    autoscaler,
    changed,
    config_map,
    daemon_set,
    deployment,
    disruption_budget,
    is_enabled,
    quota,
    replica_set,
    running_cluster,
    service,
    small_system,
    stateful_set,
    without,
)

from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import kubectl, namespace_controller, namespaces, replicaset_controller
from clusterproof.models.kubernetes.names import DeploymentId, NamespaceId, PodId, ReplicaSetId, ServiceId
from clusterproof.models.kubernetes.narration import explain
from clusterproof.models.kubernetes.refused_pods import refused_pods
from clusterproof.models.kubernetes.state import Cluster

SHOP, WEB, WEB_1, A = NamespaceId("shop"), DeploymentId("shop/web"), ReplicaSetId("shop/web-1"), PodId("shop/web-a")
DELETED: dict[str, Any] = {"targets": {"delete_namespace": ("shop",)}, "actions": {"delete-namespace": 1}}


def in_shop(document: str) -> str:
    """Return a document whose object is in the namespace shop."""
    return document.replace("metadata: {name:", "metadata: {namespace: shop, name:", 1)


@cache
def calm(version: str = "1.35") -> Cluster:
    """Return a Deployment with a Service in the namespace shop, which may be deleted, and one in `default`."""
    documents = in_shop(deployment()), in_shop(service()), in_shop(config_map(a="1")), replica_set()
    return running_cluster(*documents, version=version, **DELETED)


def terminating(version: str = "1.35") -> Cluster:
    """Return the cluster after `kubectl delete namespace`."""
    return after(calm(version), namespace_controller.delete_namespace, SHOP)


def test_nothing_is_created_in_a_namespace_that_goes() -> None:
    """In the words of the API server, while it goes and when it is gone."""
    c = without(terminating(), "pods", A)
    assert not is_enabled(c, replicaset_controller.create_pod, WEB_1)
    (line,) = refused_pods(c)
    assert line.endswith("unable to create new content in namespace shop because it is being terminated")

    assert namespaces.refusal(changed(c, "namespaces", SHOP, exists=False), "shop") == 'namespaces "shop" not found'
    assert namespaces.refusal(c, "default") == ""


def test_other_namespaces_go_on() -> None:
    """Only pods of the namespace are deleted."""
    c = terminating()

    assert after(c, namespace_controller.delete_pod, A, SHOP).pods[A].deleting
    assert not is_enabled(c, namespace_controller.delete_pod, PodId("solo-a"), SHOP)


@pytest.mark.parametrize(("version", "waits"), [("1.35", True), ("1.33", True), ("1.32", False)])
def test_pods_go_first(version: str, waits: bool) -> None:
    """From 1.33 on the rest waits until no pod is left (OrderedNamespaceDeletion)."""
    assert is_enabled(terminating(version), namespace_controller.delete_content, SHOP) is not waits


def test_everything_goes_and_then_the_namespace() -> None:
    """Objects of every kind, one by one; the Service takes its endpoints along."""
    kinds = [
        deployment(container=CPU),
        service(),
        disruption_budget(),
        config_map(a="1"),
        autoscaler(),
        quota("pods: 50"),
        replica_set(),
        stateful_set(1),
        daemon_set(),
    ]
    c = running_cluster(*map(in_shop, kinds), **DELETED)
    c = after(c, namespace_controller.delete_namespace, SHOP)
    for p in list(c.pods):
        c = without(c, "pods", p)
    gone = []
    while is_enabled(c, namespace_controller.delete_content, SHOP):
        before = list(namespaces.contents(c, SHOP))
        c = after(c, namespace_controller.delete_content, SHOP)
        gone += [content.kind for content in before if content not in list(namespaces.contents(c, SHOP))]

    assert set(gone) == {
        "Deployment",
        "ReplicaSet",
        "StatefulSet",
        "DaemonSet",
        "ControllerRevision",
        "HorizontalPodAutoscaler",
        "Service",
        "PodDisruptionBudget",
        "ConfigMap",
        "ResourceQuota",
    }
    assert list(c.services[ServiceId("shop/web")].endpoints) == []
    assert not after(c, namespace_controller.finalize, SHOP).namespaces[SHOP].exists


def test_a_namespace_stays_while_something_is_left() -> None:
    """And *why* names the pods that it waits for."""
    c = terminating()

    assert not is_enabled(c, namespace_controller.finalize, SHOP)
    assert f"Namespace/shop stays Terminating, and waits for Pod/{A}" in explain(c, "")
    assert not is_enabled(c, namespace_controller.delete_namespace, SHOP)


def test_kubectl_apply_waits_for_a_namespace_that_takes_nothing() -> None:
    """A second apply is stuck."""
    options = {**DELETED, "actions": {"delete-namespace": 1, "apply": 1}}
    c = running_cluster(in_shop(deployment()), second=(in_shop(service()),), **options)
    c = after(c, kubectl.apply)

    assert is_enabled(c, kubectl.apply_document)
    assert not is_enabled(after(c, namespace_controller.delete_namespace, SHOP), kubectl.apply_document)


def test_a_namespace_that_nobody_deletes_costs_nothing() -> None:
    """It has no place in the state."""
    assert dict(running_cluster(in_shop(deployment())).namespaces) == {}


def test_a_lost_node_keeps_a_namespace() -> None:
    """Its pod stays Terminating, and so does the namespace; without faults it goes."""
    verdicts = []
    for faults in ({}, {"crash-node": 1}):
        system = small_system(
            in_shop(deployment()), workers=1, faults=faults, properties=["namespace-deletion"], **DELETED
        )
        found = check_system(system, sliced=False).properties
        verdicts.append({each.kind: each.verdict for each in found})

    assert verdicts[0] == {"leads_to": Verdict.PROVED, "step": Verdict.PROVED}
    assert verdicts[1]["leads_to"] is Verdict.REFUTED
