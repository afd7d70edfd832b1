"""What must go on, and what must stop, without the control plane."""

from __future__ import annotations

from planted import systems
from planting import Defect

from clusterproof import Timer, require
from clusterproof.models.kubernetes import (
    apiserver,
    container_runtime,
    control_plane,
    deployment_controller,
    disruption_controller,
    endpointslice_controller,
    kube_proxy,
    kubectl,
    kubelet,
    node_lifecycle,
    replicaset_controller,
)
from clusterproof.models.kubernetes.names import NodeId, PodId, ServiceId
from clusterproof.models.kubernetes.state import Cluster, ContainerState


def kill_without_apiserver(c: Cluster, n: NodeId, p: PodId) -> None:
    """A kubelet that cannot reach the apiserver stops what it runs."""
    container = require(c.containers.get(p))
    require(container.node == n and container.state is ContainerState.RUNNING and not apiserver.is_serving(c))
    container_runtime.exit_container(c, p)


def flush_without_apiserver(c: Cluster, n: NodeId, s: ServiceId) -> None:
    """A proxy takes no answer for an answer without endpoints."""
    rules = c.proxies[n].rules[s]
    require(not apiserver.is_serving(c) and len(list(rules)) > 0)
    for p in list(rules):
        rules.discard(p)


def controller_manager_runs(c: Cluster) -> bool:
    """The controllers do not mind that nobody answers."""
    return c.static_pods[c.scope.controller_manager].running


def always(_c: Cluster) -> bool:
    """Nothing keeps it from running."""
    return True


def proxy_process_runs(c: Cluster, n: NodeId) -> bool:
    """The proxy programs what is in the store, reachable or not."""
    return c.machines[n].proxy and c.machines[n].up


DEFECTS = (
    Defect(
        name="a kubelet stops its containers when the apiserver is away",
        system=systems.outage,
        also={kubelet.kubelet: kill_without_apiserver},
    ),
    Defect(
        name="a kubelet never restarts a container that exited",
        system=systems.outage_with_crash,
        never=[kubelet.restart_container],
    ),
    Defect(
        name="a proxy programs without an apiserver",
        system=systems.outage_with_crash,
        runs_when={kube_proxy.kube_proxy: proxy_process_runs},
    ),
    Defect(
        name="a proxy drops its rules without an apiserver",
        system=systems.outage,
        also={kube_proxy.kube_proxy: flush_without_apiserver},
        runs_when={kube_proxy.kube_proxy: proxy_process_runs},
    ),
    Defect(
        name="the ReplicaSet controller writes without an apiserver",
        system=systems.outage_with_scale,
        runs_when={replicaset_controller.controller: always},
    ),
    Defect(
        name="the Deployment controller writes without an apiserver",
        system=systems.outage_with_scale,
        runs_when={deployment_controller.controller: always},
    ),
    Defect(
        name="the EndpointSlice controller writes without an apiserver",
        system=systems.outage_with_crash,
        runs_when={endpointslice_controller.controller: always},
    ),
    Defect(
        name="the disruption controller writes without an apiserver",
        system=systems.outage_with_crash,
        runs_when={disruption_controller.controller: always},
    ),
    Defect(
        name="kubectl writes without an apiserver",
        system=systems.outage_with_apply,
        runs_when={kubectl.kubectl: always},
    ),
    Defect(
        name="the node lifecycle controller writes without an apiserver",
        system=systems.outage_with_lost_node,
        runs_when={node_lifecycle.controller: always},
    ),
)
