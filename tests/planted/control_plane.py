"""What must go on, and what must stop, without the control plane."""

from __future__ import annotations

from planting import Defect

from clusterproof import require
from clusterproof.models.kubernetes import (
    apiserver,
    container_runtime,
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
from planted import systems


def kill_without_apiserver(c: Cluster, n: NodeId, p: PodId) -> None:
    """A kubelet that cannot reach the apiserver stops what it runs."""
    container = require(c.containers.get(p))
    require(container.node == n and container.state is ContainerState.RUNNING and not apiserver.is_serving(c))
    container_runtime.exit_container(c, p)


def flush_without_apiserver(c: Cluster, n: NodeId, s: ServiceId) -> None:
    """A node takes no answer for an answer without endpoints, and flushes its rules."""
    rules = c.proxies[n].rules[s]
    require(not apiserver.is_serving(c) and len(list(rules)) > 0)
    for p in list(rules):
        rules.discard(p)


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
        red=frozenset({"containers_keep_running", "entry_point_reachable", "no_request_to_dead_endpoint"}),
    ),
    Defect(
        name="a kubelet never restarts a container that exited",
        system=systems.outage_with_crash,
        never=[kubelet.restart_container],
        red=frozenset({"deployments_converge", "exited_containers_come_back"}),
    ),
    Defect(
        name="a proxy programs without an apiserver",
        system=systems.outage_with_crash,
        runs_when={kube_proxy.kube_proxy: proxy_process_runs},
        red=frozenset({"proxies_keep_their_rules"}),
    ),
    Defect(
        name="a node flushes its rules without an apiserver",
        system=systems.outage,
        also={kubelet.kubelet: flush_without_apiserver},
        red=frozenset({"entry_point_reachable"}),
    ),
    Defect(
        name="the ReplicaSet controller writes without an apiserver",
        system=systems.outage_with_scale,
        runs_when={replicaset_controller.controller: always},
        red=frozenset({"no_pod_is_written", "no_replica_set_is_written"}),
    ),
    Defect(
        name="the Deployment controller writes without an apiserver",
        system=systems.outage_with_scale,
        runs_when={deployment_controller.controller: always},
        red=frozenset({"no_deployment_is_written", "no_replica_set_is_written"}),
    ),
    Defect(
        name="the EndpointSlice controller writes without an apiserver",
        system=systems.outage_with_crash,
        runs_when={endpointslice_controller.controller: always},
        red=frozenset({"no_service_is_written"}),
    ),
    Defect(
        name="the disruption controller writes without an apiserver",
        system=systems.outage_with_crash,
        runs_when={disruption_controller.controller: always},
        red=frozenset({"no_budget_is_written"}),
    ),
    Defect(
        name="kubectl writes without an apiserver",
        system=systems.outage_with_apply,
        runs_when={kubectl.kubectl: always},
        red=frozenset({"no_config_map_is_written"}),
    ),
    Defect(
        name="the node lifecycle controller writes without an apiserver",
        system=systems.outage_with_lost_node,
        runs_when={node_lifecycle.controller: always},
        red=frozenset({"no_node_is_written", "no_pod_is_written"}),
    ),
)
