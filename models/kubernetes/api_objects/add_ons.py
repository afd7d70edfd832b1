"""The add-ons of a kind cluster with a metrics server: pods of kube-system that no check needs.

They have no slots: where they run is fixed, and that they were restarted is read from what happened to their machines
on the way to an instant. Source: sigs.k8s.io/kind/pkg/cluster/internal/create/actions/installcni, kubeadm's add-ons,
https://github.com/kubernetes-sigs/metrics-server
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from clusterproof.models.kubernetes import etcd, node_objects
from clusterproof.models.kubernetes.api_objects.addresses import node_ip
from clusterproof.models.kubernetes.api_objects.container_statuses import container_statuses
from clusterproof.models.kubernetes.api_objects.instant import Instant, PastStep
from clusterproof.models.kubernetes.api_objects.metadata import metadata, typed
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_spec
from clusterproof.models.kubernetes.names import DaemonSetId, DeploymentId, NodeId
from clusterproof.models.kubernetes.objects import Container, PodSpec
from clusterproof.models.kubernetes.scope import ClusterScope
from clusterproof.models.kubernetes.state import Cluster, PodPhase

NAMESPACE = "kube-system"
COREDNS, KINDNET, KUBE_PROXY, METRICS_SERVER = "coredns", "kindnet", "kube-proxy", "metrics-server"


@frozen(kw_only=True)
class AddOn:
    """A pod of an add-on: its name, the workload that it belongs to, and its node."""

    name: str
    workload: str
    node: NodeId


def add_on_pods(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every pod of an add-on on a node that is there, as its kubelet has reported it last."""
    if etcd.has_begun_anew(instant.cluster):
        return  # their Deployments and DaemonSets are lost, too
    for each in _add_ons(instant.cluster.scope):
        if node_objects.exists(instant.cluster, each.node):
            yield _pod(instant, each)


def _add_ons(scope: ClusterScope) -> Iterator[AddOn]:
    """CoreDNS came before there was any worker; what the manifests bring themselves is not made up a second time."""
    nodes = tuple(scope.nodes)
    workers = [n for n in nodes if n not in scope.control_planes]
    first = scope.control_planes[0]
    placed = {
        COREDNS: {f"{COREDNS}-a": first, f"{COREDNS}-b": first},
        KINDNET: {f"{KINDNET}-{n}-a": n for n in nodes},
        KUBE_PROXY: {f"{KUBE_PROXY}-{n}-a": n for n in nodes},
        METRICS_SERVER: {f"{METRICS_SERVER}-a": workers[0] if workers else first},
    }
    for workload, pods in placed.items():
        own = f"{NAMESPACE}/{workload}"
        if DeploymentId(own) not in scope.deployments and DaemonSetId(own) not in scope.daemon_sets:
            yield from (AddOn(name=name, workload=workload, node=n) for name, n in pods.items())


def _pod(instant: Instant, each: AddOn) -> dict[str, Any]:
    c = instant.cluster
    on_host = each.workload in (KINDNET, KUBE_PROXY)
    spec = PodSpec(containers=(Container(name=each.workload),), node_name=each.node, host_network=on_host)
    address = node_ip(c, each.node)
    starts = list(instant.steps(lambda step: _is_started_by(each, step)))
    failed = c.machines[each.node].up and not _runs(c, each)
    return typed(
        "Pod",
        metadata=metadata(instant, "Pod", each.name, NAMESPACE, lambda _: True, labels={"k8s-app": each.workload}),
        spec=pod_spec(spec),
        status={
            "phase": PodPhase.RUNNING.value,
            "hostIP": address,
            **container_statuses(
                spec,
                PodPhase.RUNNING,
                not failed,
                len(starts),
                "Error" if failed else "",
                instant.last(lambda step: _is_ended_by(each, step)),
            ),
        },
    )


def _runs(c: Cluster, each: AddOn) -> bool:
    """Whether its container runs on its machine."""
    machine = c.machines[each.node]
    return machine.up and (machine.proxy or each.workload != KUBE_PROXY)


def _is_started_by(each: AddOn, step: PastStep) -> bool:
    return _runs(step.after, each) and not _runs(step.before, each)


def _is_ended_by(each: AddOn, step: PastStep) -> bool:
    return _runs(step.before, each) and not _runs(step.after, each)
