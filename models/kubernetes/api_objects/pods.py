"""Pods as the API server has them: what their kubelet has reported, not what really runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes import apiserver, initialization
from clusterproof.models.kubernetes.api_objects.addresses import node_ip, pod_ip
from clusterproof.models.kubernetes.api_objects.container_statuses import (
    FAILED,
    InitProgress,
    SidecarView,
    container_statuses,
)
from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant, PastStep
from clusterproof.models.kubernetes.api_objects.jobs import COMPLETION_INDEX, TRACKING_FINALIZER, generated_labels
from clusterproof.models.kubernetes.api_objects.metadata import (
    condition,
    controller_reference,
    deletion,
    metadata,
    typed,
)
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_spec
from clusterproof.models.kubernetes.names import (
    ControllerRevisionId,
    CustomObjectId,
    JobId,
    OwnerId,
    PodId,
    ReplicaSetId,
)
from clusterproof.models.kubernetes.objects import Labels, PodSpec
from clusterproof.models.kubernetes.state import Cluster, ContainerState, Pod, PodPhase
from clusterproof.models.kubernetes.template_hashes import hash_label

MARKED_BY_NODE_LIFECYCLE = "node-lifecycle.mark_pod_not_ready"
_NOT_READY = {PodPhase.SUCCEEDED: "PodCompleted", PodPhase.FAILED: "PodFailed"}


def pods(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every pod but the static ones."""
    for p, pod in instant.cluster.pods.items():
        yield _pod(instant, p, pod)


def _pod(instant: Instant, p: PodId, pod: Pod) -> dict[str, Any]:
    c = instant.cluster
    template = c.scope.template(p, pod.owner)
    spec = template.spec
    return typed(
        "Pod",
        metadata=metadata(
            instant,
            "Pod",
            p,
            c.scope.namespace(p, pod.owner),
            lambda c: p in c.pods,
            labels={**template.labels, **_owner_labels(c, p, pod.owner)},
            annotations=_annotations(c, p, pod.owner),
            owner=_owner_reference(c, pod.owner),
            finalizers=[TRACKING_FINALIZER] if apiserver.is_held(c, p) else None,
            **deletion(instant, lambda c: p in c.pods and c.pods[p].deleting, spec.termination_grace_period_seconds),
        ),
        spec=pod_spec(spec, pod.node),
        status=_status(instant, p, pod, spec),
    )


def _annotations(c: Cluster, p: PodId, owner: OwnerId | None) -> dict[str, str]:
    found = c.scope.bare_pods[p].metadata if owner is None else c.scope.template(p, owner)
    return {**found.annotations, **_index(c, p)}


def _index(c: Cluster, p: PodId) -> dict[str, str]:
    """The completion index of a Job's pod, as its label and its annotation have it."""
    index = c.scope.jobs[c.scope.job_of[p]].index_of.get(p) if p in c.scope.job_of else None
    return {} if index is None else {COMPLETION_INDEX: str(index)}


def _owner_labels(c: Cluster, p: PodId, owner: OwnerId | None) -> Labels:
    if owner is not None and (j := JobId(owner)) in c.scope.jobs:
        return {**generated_labels(c, j), **_index(c, p)}
    return hash_label(c.scope, owner)


def _owner_reference(c: Cluster, owner: OwnerId | None) -> dict[str, Any] | None:
    if owner is None:
        return None
    replica_set = c.scope.replica_sets.get(ReplicaSetId(owner))
    if replica_set is not None:
        return controller_reference("ReplicaSet", replica_set.namespace, owner)
    revision = c.scope.controller_revisions.get(ControllerRevisionId(owner))
    if revision is not None:
        return controller_reference(revision.kind, revision.namespace, revision.owner)
    job = c.scope.jobs.get(JobId(owner))
    if job is not None:
        return controller_reference("Job", job.namespace, owner)
    custom = c.scope.custom_objects[CustomObjectId(owner)]
    return controller_reference(custom.kind, custom.namespace, owner, custom.api_version)


def _status(instant: Instant, p: PodId, pod: Pod, spec: PodSpec) -> dict[str, Any]:
    c = instant.cluster
    status: dict[str, Any] = {"phase": pod.phase.value, "conditions": _conditions(instant, p, pod)}
    if pod.node is None:
        return given(**status, nominatedNodeName=pod.nominated)
    status["hostIP"] = node_ip(c, pod.node)
    if pod.phase is not PodPhase.PENDING:
        address = pod_ip(c, p, pod.node, host_network=spec.host_network)
        status |= {"podIP": address, "podIPs": [{"ip": address}]}
    ended = instant.last(lambda step: _ends(step, p)) if pod.restarts else None
    ready = containers_are_ready(instant, p, pod)
    waits, progress = waits_for(c, p, pod), init_progress(c, p, pod, spec)
    started = p not in c.containers or c.containers[p].started
    sidecars = _sidecars(c, p, pod)
    if sidecars is not None and not sidecars.ready:
        ready = ready or c.containers[p].state is ContainerState.RUNNING
    return given(
        **status,
        **container_statuses(
            spec, pod.phase, ready, pod.restarts, waits, ended, progress, started=started, sidecars=sidecars
        ),
    )


def _sidecars(c: Cluster, p: PodId, pod: Pod) -> SidecarView | None:
    """What the kubelet can have told of sidecars that have exited some time; None where they are as the containers."""
    container = c.containers.get(p)
    if container is None or not _reports(c, pod) or not (container.sidecars_exited or container.sidecar_crashes):
        return None
    if not container.sidecars_exited:
        return SidecarView(state={"running": {}}, ready=pod.ready, restarts=container.sidecar_crashes)
    waits: dict[str, Any] = {"waiting": {"reason": "CrashLoopBackOff"}}
    state = waits if container.sidecar_back_off.armed else FAILED
    return SidecarView(state=state, ready=False, restarts=container.sidecar_crashes)


def init_progress(c: Cluster, p: PodId, pod: Pod, spec: PodSpec) -> InitProgress | None:
    """How far the init phase of a pod has come as far as its kubelet can have told; None once it is over."""
    container = c.containers.get(p)
    if not spec.init_containers:
        return None
    if container is None or not _reports(c, pod):
        return InitProgress() if pod.phase is PodPhase.PENDING else None
    state: dict[str, Any] = {"running": {}}
    if initialization.is_over(container, spec):
        if pod.phase is not PodPhase.PENDING:
            return None
        # Its containers have started, and the kubelet has yet to report it.
        return InitProgress(done=container.initialized - 1, state=state) if container.initialized else InitProgress()
    if container.state is not ContainerState.INITIALIZING:
        state = {"waiting": {"reason": "CrashLoopBackOff"}} if container.back_off.armed else FAILED
    return InitProgress(done=container.initialized, state=state, restarts=container.init_failures)


def containers_are_ready(instant: Instant, p: PodId, pod: Pod) -> bool:
    """What the kubelet has reported of the containers; of a lost node the pod is not Ready, and they still are.

    Source: pkg/controller/util/node/controller_utils.go (MarkPodsNotReady)
    """
    changes = [step.action for step in instant.past if _is_ready(step.before, p) != _is_ready(step.after, p)]
    return pod.ready or (bool(changes) and changes[-1] == MARKED_BY_NODE_LIFECYCLE)


def _is_ready(c: Cluster, p: PodId) -> bool:
    return p in c.pods and c.pods[p].ready


def _ends(step: PastStep, p: PodId) -> bool:
    """Whether a step ends the containers of a pod, which are restarted later."""
    before, after = step.before.containers.get(p), step.after.containers.get(p)
    ran = before is not None and before.state is ContainerState.RUNNING
    return ran and (after is None or after.state is ContainerState.EXITED)


def waits_for(c: Cluster, p: PodId, pod: Pod) -> str:
    """Why the containers of a pod do not run, as far as its kubelet can have told; empty while they run.

    Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (CreateContainerConfigError), doBackOff
    """
    missing = any(not c.config_maps[m].version for m in c.scope.config_maps_of(p, pod.owner))
    container = c.containers.get(p)
    if pod.phase is PodPhase.PENDING:
        return "CreateContainerConfigError" if missing else "ContainerCreating"
    if pod.ready or pod.node is None or not _reports(c, pod):
        return ""
    if container is None or container.state is not ContainerState.EXITED:
        return ""
    if missing:
        return "CreateContainerConfigError"
    return "CrashLoopBackOff" if container.back_off.armed else "Error"


def _reports(c: Cluster, pod: Pod) -> bool:
    """Whether what the machine knows of a pod has reached the API server."""
    return pod.node is not None and c.machines[pod.node].kubelet and apiserver.is_reachable_from(c, pod.node)


def _conditions(instant: Instant, p: PodId, pod: Pod) -> list[dict[str, Any]]:
    if pod.node is None:
        more = given(reason="Unschedulable" if pod.unschedulable else None)
        return [condition(instant, "PodScheduled", lambda _: False, **more)] if pod.unschedulable else []
    found = [condition(instant, "PodScheduled", lambda c: p in c.pods and c.pods[p].node is not None)]
    if pod.phase is not PodPhase.PENDING:
        found.append(
            condition(instant, "Initialized", lambda c: p in c.pods and c.pods[p].phase is not PodPhase.PENDING)
        )
    reason = None if pod.ready else _NOT_READY.get(pod.phase, "ContainersNotReady")
    ready, containers = (
        condition(instant, name, lambda c: _is_ready(c, p), reason=reason) for name in ("Ready", "ContainersReady")
    )
    if containers_are_ready(instant, p, pod) and not pod.ready:
        containers = {"type": "ContainersReady", "status": "True"}
    return [*found, containers, ready]
