"""The control plane's static pods, as their mirror pods in kube-system show them.

Source: pkg/kubelet/pod/mirror_client.go, kubeadm's manifests
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes import node_objects
from clusterproof.models.kubernetes.api_objects.addresses import node_ip
from clusterproof.models.kubernetes.api_objects.container_statuses import container_statuses
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata, typed
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_spec
from clusterproof.models.kubernetes.names import StaticPodId
from clusterproof.models.kubernetes.objects import Container, PodSpec
from clusterproof.models.kubernetes.state import PodPhase, StaticPod

NAMESPACE = "kube-system"


def static_pods(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every static pod; a process that has stopped is one whose container has failed.

    Of a machine that is down the API server has what was reported last. Without a Node there is no mirror pod.
    Source: pkg/kubelet/kubelet.go (tryReconcileMirrorPods)
    """
    c = instant.cluster
    for s, process in c.static_pods.items():
        if node_objects.exists(c, c.scope.static_pods[s].node):
            yield _mirror_pod(instant, s, process)


def _mirror_pod(instant: Instant, s: StaticPodId, process: StaticPod) -> dict[str, Any]:
    c = instant.cluster
    fixed = c.scope.static_pods[s]
    component, node = fixed.component, fixed.node
    spec = PodSpec(containers=(Container(name=component),), node_name=node, host_network=True)
    address = node_ip(c, node)
    failed = c.machines[node].up and not process.running
    ended = instant.last(lambda step: step.before.static_pods[s].running and not step.after.static_pods[s].running)
    return typed(
        "Pod",
        metadata=metadata(
            instant,
            "Pod",
            s,
            NAMESPACE,
            lambda _: True,
            labels={"component": component, "tier": "control-plane"},
            annotations={"kubernetes.io/config.source": "file"},
        ),
        spec=pod_spec(spec),
        status={
            "phase": PodPhase.RUNNING.value,
            "hostIP": address,
            "podIP": address,
            "podIPs": [{"ip": address}],
            **container_statuses(
                spec,
                PodPhase.RUNNING,
                not failed,
                process.restarts,
                "Error" if failed else "",
                ended,
            ),
        },
    )
