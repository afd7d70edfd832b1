"""The small systems that defects are planted in."""

from __future__ import annotations

from functools import cache
from typing import Any

from kubernetes_systems import (
    CPU,
    FOREGROUND,
    ORPHAN,
    OTHERS_ONLY,
    SURGE,
    WORKER,
    WORKER2,
    autoscaler,
    config_map,
    daemon_set,
    deployment,
    disruption_budget,
    pod,
    quota,
    replica_set,
    service,
    small_system,
    stateful_set,
    webhook,
)

from clusterproof import System
from clusterproof.models.kubernetes.cluster import FaultBudget

NO_WAIT = (
    "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 0}]"
)


@cache
def full_node() -> System[Any]:
    """Return a node with room for one pod, and two pods to come, of which one matters more."""
    return small_system(pod(), pod("priority: 10", name="vital"), pods=1, start="apply")


@cache
def outage() -> System[Any]:
    """Return a Deployment behind a Service whose control plane is stopped and started."""
    return small_system(deployment(), service(), faults={"stop-control-plane": 1})


@cache
def outage_with_crash() -> System[Any]:
    """Return the same with a container that crashes, and a budget."""
    faults = {"stop-control-plane": 1, "crash-container": 1}
    return small_system(deployment(), service(), disruption_budget(), faults=faults)


@cache
def outage_with_scale() -> System[Any]:
    """Return a Deployment that is scaled up while its control plane is stopped and started."""
    return small_system(deployment(), faults={"stop-control-plane": 1}, scales=(2,), actions={"scale": 1})


@cache
def outage_with_apply() -> System[Any]:
    """Return a ConfigMap that is applied again, and perhaps just when the control plane goes."""
    first, second = config_map(color="red"), config_map(color="blue")
    return small_system(deployment(), first, second=(second,), faults={"stop-control-plane": 1}, actions={"apply": 1})


@cache
def outage_with_impatient_pod() -> System[Any]:
    """Return a bare pod that tolerates no unreachable node, and a control plane that is stopped and started."""
    return small_system(pod(spec=NO_WAIT), faults={"stop-control-plane": 1})


@cache
def one_of_three_stopped() -> System[Any]:
    """Return a bare pod that tolerates no unreachable node, and one of three control-plane nodes that is stopped."""
    return small_system(pod(spec=NO_WAIT), control_planes=3, faults={"stop-control-plane": 1})


@cache
def one_of_three_lost() -> System[Any]:
    """Return a Deployment whose pod somebody deletes, and one of three control-plane nodes that is gone for good."""
    gone = FaultBudget(budget=1, heals=False)
    return small_system(deployment(), control_planes=3, faults={"stop-control-plane": gone}, actions={"delete-pod": 1})


@cache
def outage_with_lost_node() -> System[Any]:
    """Return a worker that is lost while the control plane may be away."""
    return small_system(deployment(), workers=2, faults={"stop-control-plane": 1, "crash-node": 1})


@cache
def pod_deleted() -> System[Any]:
    """Return a Deployment behind a Service whose pod somebody deletes."""
    return small_system(deployment(), service(), actions={"delete-pod": 1})


@cache
def rollout() -> System[Any]:
    """Return a rolling update of one replica, one above and none below what is wanted."""
    return small_system(deployment(), rollouts=1, actions={"rollout": 1})


@cache
def slow_rollout() -> System[Any]:
    """Return a rolling update of two replicas, each of which is available in time, but not both together."""
    documents = deployment(2, min_ready_seconds=10, more="progressDeadlineSeconds: 15")
    return small_system(documents, rollouts=1, actions={"rollout": 1})


@cache
def stuck_rollout() -> System[Any]:
    """Return a rolling update whose new pod finds no room beside the old one."""
    return small_system(deployment(more="progressDeadlineSeconds: 60"), pods=1, rollouts=1, actions={"rollout": 1})


@cache
def crash_with_scale() -> System[Any]:
    """Return a Deployment that is scaled while a crash changes its status, so that writes conflict."""
    return small_system(deployment(), faults={"crash-container": 1}, scales=(2,), actions={"scale": 1})


@cache
def lost_node() -> System[Any]:
    """Return a Deployment on two workers, one of which is lost."""
    return small_system(deployment(), workers=2, faults={"crash-node": 1})


@cache
def deleted_node() -> System[Any]:
    """Return a StatefulSet on two workers, one of which is lost; the user looks, and deletes its Node."""
    return _given_up("delete_node", only_if_down=True)


@cache
def node_out_of_service() -> System[Any]:
    """Return the same where the user does not look, and takes a node out of service."""
    return _given_up("taint_out_of_service", only_if_down=False)


def _given_up(action: str, *, only_if_down: bool) -> System[Any]:
    workers = WORKER, WORKER2
    return small_system(
        stateful_set(1),
        workers=2,
        faults={"crash-node": 1},
        targets={action: workers},
        actions={action.replace("_", "-"): 1},
        only_if_down=[(action, n) for n in workers if only_if_down],
    )


@cache
def outage_with_node_out_of_service() -> System[Any]:
    """Return a pod whose node the user takes out of service, while the control plane may be away."""
    targets = {"taint_out_of_service": (WORKER,)}
    return small_system(pod(), faults={"stop-control-plane": 1}, targets=targets, actions={"taint-out-of-service": 1})


@cache
def every_disk_lost() -> System[Any]:
    """Return a Deployment whose pod somebody deletes, and three members of etcd that may all lose their disks."""
    return small_system(deployment(), control_planes=3, faults={"lose-disk": 3}, actions={"delete-pod": 1})


@cache
def one_disk_lost() -> System[Any]:
    """Return a pod, and three members of etcd of which one loses its disk and may be replaced."""
    return small_system(pod(), control_planes=3, faults={"lose-disk": 1}, actions={"replace-member": 1})


@cache
def bare_replica_set() -> System[Any]:
    """Return a ReplicaSet without Deployment whose pod somebody deletes."""
    return small_system(replica_set(), actions={"delete-pod": 1})


@cache
def full_nodes() -> System[Any]:
    """Return two replicas on two workers with room for one pod each, and somebody who deletes a pod."""
    return small_system(deployment(2), workers=2, pods=1, actions={"delete-pod": 1})


@cache
def cordoned_node() -> System[Any]:
    """Return two workers, one of which somebody cordons, and a pod that somebody deletes."""
    return small_system(deployment(), workers=2, actions={"cordon": 1, "delete-pod": 1})


@cache
def drained_node() -> System[Any]:
    """Return a node that is drained of a pod whose budget spares it."""
    return small_system(deployment(), disruption_budget(), workers=2, drains=[WORKER], actions={"drain": 1})


@cache
def drained_of_a_stubborn_pod() -> System[Any]:
    """Return a node that is drained of a pod that may ignore SIGTERM."""
    faults, actions = {"ignore-sigterm": 1}, {"drain": 1}
    return small_system(deployment(), workers=2, drains=[WORKER], faults=faults, actions=actions)


@cache
def deployment_deleted() -> System[Any]:
    """Return a Deployment that somebody deletes in the foreground."""
    return small_system(deployment(), cascades=(FOREGROUND,), actions={"delete-deployment": 1})


@cache
def deployment_orphaned() -> System[Any]:
    """Return a Deployment that somebody deletes without what it owns."""
    return small_system(deployment(), cascades=(ORPHAN,), actions={"delete-deployment": 1})


@cache
def stateful_pod_deleted() -> System[Any]:
    """Return a StatefulSet of two whose pod somebody deletes."""
    return small_system(stateful_set(), actions={"delete-pod": 1})


@cache
def stateful_set_scaled_up() -> System[Any]:
    """Return a StatefulSet that grows from one pod to three."""
    return small_system(stateful_set(1), scales=(3,), actions={"scale-stateful-set": 1})


@cache
def stateful_set_scaled_down() -> System[Any]:
    """Return a StatefulSet that shrinks from three pods to one."""
    return small_system(stateful_set(3), scales=(1,), actions={"scale-stateful-set": 1})


@cache
def stateful_rollout() -> System[Any]:
    """Return a rolling update of a StatefulSet of two."""
    return small_system(stateful_set(), rollouts=1, actions={"rollout-stateful-set": 1})


@cache
def stateful_rollout_undone() -> System[Any]:
    """Return a rolling update of a StatefulSet of one that is taken back."""
    actions = {"rollout-stateful-set": 1, "rollout-undo-stateful-set": 1}
    return small_system(stateful_set(1), rollouts=1, actions=actions)


@cache
def outage_with_stateful_rollout() -> System[Any]:
    """Return a rolling update of a StatefulSet while its control plane is stopped and started."""
    faults = {"stop-control-plane": 1}
    return small_system(stateful_set(1), faults=faults, rollouts=1, actions={"rollout-stateful-set": 1})


@cache
def stateful_set_partitioned() -> System[Any]:
    """Return a StatefulSet of one on two workers, one of which may be cut off."""
    return small_system(stateful_set(1), workers=2, faults={"partition-node": 1})


@cache
def daemon_pod_deleted() -> System[Any]:
    """Return a DaemonSet on one worker whose pod somebody deletes."""
    return small_system(daemon_set(), actions={"delete-pod": 1})


@cache
def daemon_rollout() -> System[Any]:
    """Return a rolling update of a DaemonSet on two workers."""
    return small_system(daemon_set(), workers=2, rollouts=1, actions={"rollout-daemon-set": 1})


@cache
def daemon_surge() -> System[Any]:
    """Return the same with a surge."""
    return small_system(daemon_set(spec=SURGE), workers=2, rollouts=1, actions={"rollout-daemon-set": 1})


@cache
def outage_with_daemon_rollout() -> System[Any]:
    """Return a rolling update of a DaemonSet while its control plane is stopped and started."""
    faults = {"stop-control-plane": 1}
    return small_system(daemon_set(), faults=faults, rollouts=1, actions={"rollout-daemon-set": 1})


@cache
def drained_node_with_daemon_pod() -> System[Any]:
    """Return a node that is drained, with a pod of a DaemonSet on it."""
    return small_system(daemon_set(), deployment(), workers=2, drains=[WORKER], actions={"drain": 1})


@cache
def cordoned_node_with_daemon_pod() -> System[Any]:
    """Return a worker that somebody cordons, and a daemon pod that somebody deletes."""
    return small_system(daemon_set(), actions={"cordon": 1, "delete-pod": 1})


@cache
def crash_twice() -> System[Any]:
    """Return a Deployment whose container may crash twice."""
    return small_system(deployment(), faults={"crash-container": 2})


@cache
def init_container_fails() -> System[Any]:
    """Return a Deployment whose pod somebody deletes, so that the next one is initialized, which may fail once."""
    spec = "initContainers: [{name: first, image: i}]"
    return small_system(deployment(spec=spec), faults={"fail-init-container": 1}, actions={"delete-pod": 1})


@cache
def slow_sidecar() -> System[Any]:
    """Return a Deployment whose pod somebody deletes, so that the next one waits for its sidecar."""
    probe = "startupProbe: {tcpSocket: {port: 1}, initialDelaySeconds: 8}"
    spec = f"initContainers: [{{name: side, image: i, restartPolicy: Always, {probe}}}]"
    return small_system(deployment(spec=spec), actions={"delete-pod": 1})


@cache
def sidecar_crashes() -> System[Any]:
    """Return a Deployment whose application or whose sidecar crashes."""
    spec = "initContainers: [{name: side, image: i, restartPolicy: Always}]"
    return small_system(deployment(spec=spec), faults={"crash-container": 1})


@cache
def liveness_fails_for_good() -> System[Any]:
    """Return a Deployment whose application stops answering its liveness probe until it is started again."""
    faults = {"fail-probe": FaultBudget(budget=1, heals=False)}
    return small_system(deployment(container="livenessProbe: {tcpSocket: {port: 80}}"), faults=faults)


@cache
def startup_fails() -> System[Any]:
    """Return a Deployment whose container crashes, and then may not come up for good until it is started again."""
    faults = {"crash-container": 1, "fail-probe": FaultBudget(budget=1, heals=False)}
    return small_system(deployment(container="startupProbe: {tcpSocket: {port: 80}}"), faults=faults)


@cache
def readiness_fails_for_good() -> System[Any]:
    """Return a Deployment behind a Service whose application stops answering its readiness probe for good."""
    faults = {"fail-probe": FaultBudget(budget=1, heals=False)}
    return small_system(deployment(container="readinessProbe: {tcpSocket: {port: 80}}"), service(), faults=faults)


DEMAND = ("Deployment", "web")


@cache
def growing_demand() -> System[Any]:
    """Return a Deployment whose autoscaler may not let it grow when the demand does."""
    return small_system(
        deployment(container=CPU), autoscaler(1, 1), demands={DEMAND: (200,)}, actions={"change-demand": 1}
    )


@cache
def autoscaler_overruled() -> System[Any]:
    """Return a Deployment that somebody scales beyond its autoscaler's limit."""
    return small_system(deployment(container=CPU), autoscaler(1, 1), scales=(2,), actions={"scale": 1})


@cache
def outage_with_demand() -> System[Any]:
    """Return a Deployment whose demand grows while its control plane is stopped and started."""
    return small_system(
        deployment(container=CPU),
        autoscaler(1, 2),
        faults={"stop-control-plane": 1},
        demands={DEMAND: (200,)},
        actions={"change-demand": 1},
    )


@cache
def full_quota() -> System[Any]:
    """Return a Deployment that uses up its quota, and somebody who deletes its pod."""
    return small_system(deployment(), quota("pods: 1"), actions={"delete-pod": 1})


@cache
def webhook_pod_deleted() -> System[Any]:
    """Return a webhook that is not asked about its own pods, and somebody who deletes one of them."""
    return small_system(deployment(), service(), webhook(OTHERS_ONLY), actions={"delete-pod": 1})


@cache
def namespace_deleted() -> System[Any]:
    """Return a Deployment whose namespace somebody deletes."""
    document = deployment().replace("metadata: {name: web}", "metadata: {name: web, namespace: shop}", 1)
    return small_system(document, targets={"delete_namespace": ("shop",)}, actions={"delete-namespace": 1})


@cache
def outage_with_quota() -> System[Any]:
    """Return a pod that counts for a quota, and somebody who deletes it, while the control plane is away for a time."""
    faults = {"stop-control-plane": 1}
    return small_system(pod(), quota("pods: 1"), faults=faults, actions={"delete-pod": 1})
