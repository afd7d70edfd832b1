"""Events: what components report of what they did, read from the steps that led to an instant.

The model does not store them. A run that begins with everything deployed knows of none from before.
Source: the recorders in pkg/scheduler, pkg/kubelet/events/event.go and pkg/controller/{replicaset,deployment,
statefulset,daemon,job,tainteviction,nodelifecycle}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import frozen

from clusterproof.models.kubernetes import apiserver, initialization, node_objects, scheduler
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant, PastStep, timestamp
from clusterproof.models.kubernetes.api_objects.jobs import MESSAGES
from clusterproof.models.kubernetes.api_objects.metadata import API_VERSIONS, plain_name, typed
from clusterproof.models.kubernetes.decisions.scheduler import explain
from clusterproof.models.kubernetes.job_state import JobEnd
from clusterproof.models.kubernetes.names import JobId, NodeId, OwnerId, PodId
from clusterproof.models.kubernetes.state import Cluster


@frozen(kw_only=True)
class Event:
    """What was reported, of which object, by whom. host: the node of a kubelet."""

    kind: str
    name: str
    namespace: str
    reason: str
    message: str
    component: str
    host: str = ""
    warning: bool = False


def events(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every event since the start of the run, those alike as one, the one seen last at the end.

    What is reported while the API server is away is lost.
    """
    seen: dict[Event, list[int | None]] = {}
    for step in instant.past:
        recorder = RECORDERS.get(step.action)
        if recorder is not None and apiserver.is_serving(step.after):
            for event in recorder(step):
                times = seen.pop(event, [])
                seen[event] = [*times, step.at_seconds]
    for number, (event, times) in enumerate(seen.items(), start=1):
        yield _event(event, times, number)


def _event(event: Event, times: list[int | None], number: int) -> dict[str, Any]:
    first, last = (None if at is None else timestamp(at) for at in (times[0], times[-1]))
    return typed(
        "Event",
        metadata=given(
            name=f"{event.name}.{number:016x}", namespace=event.namespace or "default", creationTimestamp=first
        ),
        involvedObject=given(
            apiVersion=API_VERSIONS[event.kind],
            kind=event.kind,
            name=event.name,
            namespace=event.namespace,
        ),
        type="Warning" if event.warning else "Normal",
        reason=event.reason,
        message=event.message,
        source=given(component=event.component, host=event.host),
        firstTimestamp=first,
        lastTimestamp=last,
        count=len(times),
    )


# ---------------------------------------------------------------- who reports what


def _scheduled(step: PastStep) -> Iterator[Event]:
    p = PodId(step.arguments[0])
    message = f"Successfully assigned {_full_name(step.after, p)} to {step.after.pods[p].node}"
    yield _of_pod(step.after, p, "Scheduled", message, "default-scheduler")


def _failed_scheduling(step: PastStep) -> Iterator[Event]:
    """The reasons of all nodes, counted. Source: pkg/scheduler/framework/types.go (FitError)"""
    c, p = step.before, PodId(step.arguments[0])
    reasons = explain(scheduler.placed(c, p, c.pods[p]), scheduler.snapshot(c, p))
    counted = sorted(f"{count} {reason}" for reason, count in Counter(reasons.values()).items())
    message = f"0/{len(node_objects.existing_nodes(c))} nodes are available: {', '.join(counted)}."
    yield _of_pod(c, p, "FailedScheduling", message, "default-scheduler", warning=True)


def _created(kind: str) -> Callable[[PastStep], Iterator[Event]]:
    """A controller of this kind of objects has created a pod."""

    def recorder(step: PastStep) -> Iterator[Event]:
        for p, pod in step.after.pods.items():
            if p not in step.before.pods:
                yield _of_owner(step, kind, pod.owner, "SuccessfulCreate", _pod_message(kind, "create", p, step))

    return recorder


def _deleted(kind: str) -> Callable[[PastStep], Iterator[Event]]:
    """A controller of this kind of objects has deleted a pod."""

    def recorder(step: PastStep) -> Iterator[Event]:
        for p, pod in step.before.pods.items():
            if p not in step.after.pods or step.after.pods[p].deleting != pod.deleting:
                yield _of_owner(step, kind, pod.owner, "SuccessfulDelete", _pod_message(kind, "delete", p, step))

    return recorder


def _pod_message(kind: str, verb: str, p: PodId, step: PastStep) -> str:
    """Source: pkg/controller/controller_utils.go; statefulset/stateful_pod_control.go (recordPodEvent)"""
    if kind == "StatefulSet":
        return f"{verb} Pod {plain_name(p)} in StatefulSet {plain_name(step.arguments[0])} successful"
    return f"{verb.capitalize()}d pod: {plain_name(p)}"


def _job_pod_deleted(step: PastStep) -> Iterator[Event]:
    """Source: deleteJobPods; a finalizer that is removed is no event"""
    p = PodId(step.arguments[0])
    if p not in step.after.pods or step.after.pods[p].deleting:
        message = _pod_message("Job", "delete", p, step)
        yield _of_job(step.before, step.before.scope.job_of[p], "SuccessfulDelete", message)


def _job_ended(step: PastStep) -> Iterator[Event]:
    """Source: recordJobEvents, syncJob (Suspended, Resumed)"""
    j = JobId(step.arguments[0])
    before, job = step.before.jobs[j], step.after.jobs[j]
    if job.finished:
        done = job.target is JobEnd.COMPLETE
        reason, message = ("Completed", "Job completed") if done else (job.reason, MESSAGES.get(job.reason, ""))
        yield _of_job(step.after, j, reason, message, warning=not done)
    if job.suspended != before.suspended:
        word = "Suspended" if job.suspended else "Resumed"
        yield _of_job(step.after, j, word, f"Job {word.lower()}")


def _of_job(c: Cluster, j: JobId, reason: str, message: str, *, warning: bool = False) -> Event:
    return Event(
        kind="Job",
        name=plain_name(j),
        namespace=c.scope.jobs[j].namespace,
        reason=reason,
        message=message,
        component="job-controller",
        warning=warning,
    )


def _of_owner(step: PastStep, kind: str, owner: OwnerId | None, reason: str, message: str) -> Event:
    return Event(
        kind=kind,
        name=plain_name(step.arguments[0]),
        namespace="" if owner is None else step.after.scope.owner(owner).namespace,
        reason=reason,
        message=message,
        component=f"{kind.lower()}-controller",
    )


def _scaled(step: PastStep) -> Iterator[Event]:
    """Source: pkg/controller/deployment/sync.go (scaleReplicaSet)"""
    for r, replica_set in step.after.replica_sets.items():
        before = step.before.replica_sets[r].replicas if r in step.before.replica_sets else 0
        if before != replica_set.replicas:
            way = "up" if replica_set.replicas > before else "down"
            yield Event(
                kind="Deployment",
                name=plain_name(step.arguments[0]),
                namespace=step.after.scope.replica_sets[r].namespace,
                reason="ScalingReplicaSet",
                message=f"Scaled {way} replica set {plain_name(r)} from {before} to {replica_set.replicas}",
                component="deployment-controller",
            )


def _started(step: PastStep) -> Iterator[Event]:
    n, p = step.arguments[0], PodId(step.arguments[1])
    c = step.after
    if p in c.pods:
        spec = c.scope.template(p, c.pods[p].owner).spec
        for each in initialization.started_last(c.containers[p], spec):
            yield _of_pod(c, p, "Started", f"Started container {each.name}", "kubelet", host=n)


def _sidecars_started(step: PastStep) -> Iterator[Event]:
    n, p = step.arguments[0], PodId(step.arguments[1])
    spec = step.after.scope.template(p, step.after.pods[p].owner).spec
    for each in filter(initialization.is_sidecar, spec.init_containers):
        yield _of_pod(step.after, p, "Started", f"Started container {each.name}", "kubelet", host=n)


def _killing(step: PastStep) -> Iterator[Event]:
    yield from _of_containers(step.before, step, "Killing", "Stopping container {}")


def _unhealthy(step: PastStep) -> Iterator[Event]:
    """Source: pkg/kubelet/kuberuntime/kuberuntime_manager.go (SyncPod)"""
    probe = "liveness" if step.before.containers[PodId(step.arguments[1])].started else "startup"
    message = f"Container {{}} failed {probe} probe, will be restarted"
    yield from _of_containers(step.before, step, "Killing", message)


def _of_containers(c: Cluster, step: PastStep, reason: str, message: str) -> Iterator[Event]:
    """The containers that run in a state: during the init phase that whose turn it is, and the sidecars before it."""
    n, p = step.arguments[0], PodId(step.arguments[1])
    if p in c.pods:
        spec, container = c.scope.template(p, c.pods[p].owner).spec, c.containers[p]
        for each in initialization.running(container, spec):
            yield _of_pod(c, p, reason, message.format(each.name), "kubelet", host=n)


def _marked_for_deletion(step: PastStep) -> Iterator[Event]:
    p = PodId(step.arguments[0])
    message = f"Marking for deletion Pod {_full_name(step.before, p)}"
    yield _of_pod(step.before, p, "TaintManagerEviction", message, "taint-eviction-controller")


def _deletion_cancelled(step: PastStep) -> Iterator[Event]:
    p = PodId(step.arguments[0])
    message = f"Cancelling deletion of Pod {_full_name(step.before, p)}"
    yield _of_pod(step.before, p, "TaintManagerEviction", message, "taint-eviction-controller")


def _node_not_ready(step: PastStep) -> Iterator[Event]:
    yield _of_node(NodeId(step.arguments[0]), "NodeNotReady", "node-controller")


def _node_ready(step: PastStep) -> Iterator[Event]:
    yield _of_node(NodeId(step.arguments[0]), "NodeReady", "kubelet")


def _node_removed(step: PastStep) -> Iterator[Event]:
    """Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (monitorNodeHealth)"""
    n = NodeId(step.arguments[0])
    yield _of_node(n, "RemovingNode", "node-controller", f"Removing Node {n} from Controller")


def _node_registered(step: PastStep) -> Iterator[Event]:
    n = NodeId(step.arguments[0])
    yield _of_node(n, "RegisteredNode", "node-controller", f"Registered Node {n} in Controller")


def _of_node(n: NodeId, reason: str, component: str, event: str = "") -> Event:
    message = f"Node {n} event: {event}" if event else f"Node {n} status is now: {reason}"
    return Event(kind="Node", name=n, namespace="", reason=reason, message=message, component=component)


def _of_pod(
    c: Cluster, p: PodId, reason: str, message: str, component: str, *, host: str = "", warning: bool = False
) -> Event:
    return Event(
        kind="Pod",
        name=plain_name(p),
        namespace=c.scope.namespace(p, c.pods[p].owner),
        reason=reason,
        message=message,
        component=component,
        host=host,
        warning=warning,
    )


def _full_name(c: Cluster, p: PodId) -> str:
    return f"{c.scope.namespace(p, c.pods[p].owner)}/{plain_name(p)}"


RECORDERS: Mapping[str, Callable[[PastStep], Iterator[Event]]] = {
    "scheduler.bind": _scheduled,
    "scheduler.report_unschedulable": _failed_scheduling,
    "replicaset-controller.create_pod": _created("ReplicaSet"),
    "replicaset-controller.delete_pod": _deleted("ReplicaSet"),
    "statefulset-controller.create_pod": _created("StatefulSet"),
    "statefulset-controller.delete_pod": _deleted("StatefulSet"),
    "daemonset-controller.create_pod": _created("DaemonSet"),
    "daemonset-controller.delete_pod": _deleted("DaemonSet"),
    "daemonset-controller.create_new_pod": _created("DaemonSet"),
    "daemonset-controller.delete_old_pod": _deleted("DaemonSet"),
    "job-controller.create_pod": _created("Job"),
    "job-controller.delete_pod": _job_pod_deleted,
    "job-controller.update_status": _job_ended,
    "deployment-controller.create_new_replica_set": _scaled,
    "deployment-controller.scale_replica_set": _scaled,
    "kubelet.start_container": _started,
    "kubelet.restart_container": _started,
    "kubelet.finish_init_container": _started,
    "kubelet.restart_sidecars": _sidecars_started,
    "kubelet.kill_unhealthy_container": _unhealthy,
    "kubelet.hear_deletion": _killing,
    "kubelet.report_node_ready": _node_ready,
    "kubelet.register_node": _node_registered,
    "user.delete_node": _node_removed,
    "node-lifecycle.mark_unreachable": _node_not_ready,
    "taint-eviction.delete": _marked_for_deletion,
    "taint-eviction.cancel": _deletion_cancelled,
}
"""`component.action` -> the events that it reports."""
