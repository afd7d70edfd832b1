"""What goes on without the control plane: running containers and programmed rules stay; nothing is written.

Source: https://kubernetes.io/docs/tasks/debug/debug-cluster/#cluster-failure-modes
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, Whenever, claim, leads_to, step
from clusterproof.models.kubernetes import apiserver, etcd, node_objects
from clusterproof.models.kubernetes.names import (
    AutoscalerId,
    BudgetId,
    ConfigMapId,
    ControllerRevisionId,
    DaemonSetId,
    DeploymentId,
    NodeId,
    PodId,
    QuotaId,
    ReplicaSetId,
    ServiceId,
    StatefulSetId,
)
from clusterproof.models.kubernetes.state import Cluster, ContainerState, PodPhase
from clusterproof.models.kubernetes.static_pods import APISERVER, ETCD

SURVIVE = "running-workloads-survive-control-plane-loss"
NO_WRITE = "no-write-while-control-plane-down"


def lacks_a_part(c: Cluster) -> bool:
    """Whether an apiserver or a member of etcd is down; with one of each, nothing answers then."""
    parts = (s for s, fixed in c.scope.static_pods.items() if fixed.component in (ETCD, APISERVER))
    return not all(c.static_pods[s].running for s in parts)


def _runs(c: Cluster, p: PodId) -> bool:
    container = c.containers.get(p)
    return container is not None and container.state is ContainerState.RUNNING


@step(name=SURVIVE)
def containers_keep_running(before: Cluster, after: Cluster, by: StepInfo, p: PodId) -> Claims:
    """While the control plane is down a container stops only by a fault, a failed probe, or to go for good.

    What runs to completion may also have done its work.

    With several control-plane nodes that is asked as soon as one of them lacks something, whether others answer or not.
    """
    if not lacks_a_part(before) or not _runs(before, p):
        return
    if p in after.scope.ending_pods and (k := after.containers.get(p)) and k.state is ContainerState.COMPLETED:
        return
    says = "without a control plane a running container stops only by a fault or when its kubelet knows it is to go"
    yield claim(by.fault or _runs(after, p) or (by.component == "kubelet" and _is_to_stop(before, p)), says, p)


def _is_to_stop(c: Cluster, p: PodId) -> bool:
    """Whether the kubelet has heard that the pod is to go, or a failed probe kills the container.

    That is in order to start it again; the property below says that it does.
    """
    container = c.containers[p]
    return container.heard or bool({"liveness", "startup"}.intersection(container.silent))


@leads_to(name=SURVIVE)
def exited_containers_come_back(c: Cluster, p: PodId) -> Whenever:
    """A container that exited runs again, or its pod is deleted or done, or its node or kubelet is lost."""
    pod = c.pods.get(p)
    container = c.containers.get(p)
    if pod is None or container is None or container.node is None:
        return Whenever(given=False, then=True)
    restarts = c.scope.template(p, pod.owner).spec.restart_policy != "Never"
    exited = container.state is ContainerState.EXITED
    gone = pod.deleting or pod.phase in (PodPhase.SUCCEEDED, PodPhase.FAILED)
    machine = c.machines[container.node]
    lost = not machine.up or not machine.kubelet or not machine.synced
    return Whenever(given=restarts and exited, then=not exited or gone or lost)


@step(name=SURVIVE)
def proxies_keep_their_rules(before: Cluster, after: Cluster, n: NodeId, s: ServiceId) -> Claims:
    """While the control plane is down a proxy programs nothing it had not received before."""
    if lacks_a_part(before):
        new = [p for p in after.proxies[n].rules[s] if p not in before.proxies[n].rules[s]]
        yield claim(
            not new or apiserver.is_serving(before), "without a control plane a proxy programs no new endpoint", n, *new
        )


# ---------------------------------------------------------------- nothing is written

_SAYS = "nothing in the store changes while apiserver or etcd is down"


def may_not_write(before: Cluster, after: Cluster) -> bool:
    """Whether nothing may be written, for the control plane lacks a part; a store that begins anew is no write."""
    return lacks_a_part(before) and not etcd.begins_anew(before, after)


def _pod(c: Cluster, p: PodId) -> object:
    pod = c.pods.get(p)
    if pod is None:
        return None
    return (pod.owner, pod.deleting, pod.node, pod.unschedulable, pod.phase, pod.ready, pod.restarts)


@step(name=NO_WRITE)
def no_pod_is_written(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """No Pod object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(_pod(before, p) == _pod(after, p) or apiserver.is_serving(before), _SAYS, p)


@step(name=NO_WRITE)
def no_replica_set_is_written(before: Cluster, after: Cluster, r: ReplicaSetId) -> Claims:
    """No ReplicaSet object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.replica_sets.get(r) == after.replica_sets.get(r) or apiserver.is_serving(before), _SAYS, r)


@step(name=NO_WRITE)
def no_deployment_is_written(before: Cluster, after: Cluster, d: DeploymentId) -> Claims:
    """No Deployment object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.deployments.get(d) == after.deployments.get(d) or apiserver.is_serving(before), _SAYS, d)


@step(name=NO_WRITE)
def no_stateful_set_is_written(before: Cluster, after: Cluster, s: StatefulSetId) -> Claims:
    """No StatefulSet object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.stateful_sets.get(s) == after.stateful_sets.get(s) or apiserver.is_serving(before), _SAYS, s)


@step(name=NO_WRITE)
def no_daemon_set_is_written(before: Cluster, after: Cluster, d: DaemonSetId) -> Claims:
    """No DaemonSet object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.daemon_sets.get(d) == after.daemon_sets.get(d) or apiserver.is_serving(before), _SAYS, d)


@step(name=NO_WRITE)
def no_controller_revision_is_written(before: Cluster, after: Cluster, r: ControllerRevisionId) -> Claims:
    """No ControllerRevision object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(
            before.controller_revisions.get(r) == after.controller_revisions.get(r) or apiserver.is_serving(before),
            _SAYS,
            r,
        )


@step(name=NO_WRITE)
def no_service_is_written(before: Cluster, after: Cluster, s: ServiceId) -> Claims:
    """No Service and no EndpointSlice changes while the control plane is down."""
    if may_not_write(before, after):
        old, new = before.services[s], after.services[s]
        same = old.exists == new.exists and old.endpoints == new.endpoints
        yield claim(same or apiserver.is_serving(before), _SAYS, s)


@step(name=NO_WRITE)
def no_budget_is_written(before: Cluster, after: Cluster, b: BudgetId) -> Claims:
    """No PodDisruptionBudget object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.budgets[b] == after.budgets[b] or apiserver.is_serving(before), _SAYS, b)


@step(name=NO_WRITE)
def no_autoscaler_is_written(before: Cluster, after: Cluster, a: AutoscalerId) -> Claims:
    """No HorizontalPodAutoscaler object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.autoscalers[a] == after.autoscalers[a] or apiserver.is_serving(before), _SAYS, a)


@step(name=NO_WRITE)
def no_quota_is_written(before: Cluster, after: Cluster, q: QuotaId) -> Claims:
    """No ResourceQuota object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.quotas[q] == after.quotas[q] or apiserver.is_serving(before), _SAYS, q)


@step(name=NO_WRITE)
def no_config_map_is_written(before: Cluster, after: Cluster, m: ConfigMapId) -> Claims:
    """No ConfigMap object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(before.config_maps[m] == after.config_maps[m] or apiserver.is_serving(before), _SAYS, m)


@step(name=NO_WRITE)
def no_node_is_written(before: Cluster, after: Cluster, n: NodeId) -> Claims:
    """No Node object changes while the control plane is down."""
    if may_not_write(before, after):
        yield claim(_node(before, n) == _node(after, n) or apiserver.is_serving(before), _SAYS, n)


def _node(c: Cluster, n: NodeId) -> object:
    if not node_objects.exists(c, n):
        return None
    node = c.nodes[n]
    taints = (node.unreachable_no_schedule, node.unreachable_no_execute, node_objects.is_out_of_service(c, n))
    return (node.ready, node.unschedulable, *taints)
