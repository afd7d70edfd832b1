"""The kubelet, one per machine: it runs what is bound to its node, restarts it, and reports.

Without an apiserver it goes on with what it knows; restarted meanwhile it knows only its static pods until it syncs.
Source: pkg/kubelet/kubelet.go (SyncPod, SyncTerminatingPod), pkg/kubelet/kuberuntime/kuberuntime_manager.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, cover, require, weak
from clusterproof.models.kubernetes import apiserver, container_runtime, initialization, node_objects, prober
from clusterproof.models.kubernetes.decisions import pod_lifecycle as decisions
from clusterproof.models.kubernetes.decisions.pod_lifecycle import ContainerView
from clusterproof.models.kubernetes.decisions.pod_status import status_of_lost_container
from clusterproof.models.kubernetes.names import InitPodId, NodeId, PodId, ProbedPodId, SidecarPodId, SlowPodId
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import (
    Cluster,
    ConditionStatus,
    Container,
    ContainerState,
    DrainState,
    Pod,
    PodPhase,
)


def kubelet_runs(c: Cluster, n: NodeId) -> bool:
    """The kubelet's process runs on a machine that is up."""
    return c.machines[n].kubelet and c.machines[n].up


kubelet = Component("kubelet", each=NodeId, runs_when=kubelet_runs, fair=weak)


def spec_of(c: Cluster, p: PodId, pod: Pod) -> PodSpec:
    """The specification of a pod."""
    return c.scope.template(p, pod.owner).spec


# ---------------------------------------------------------------- configuration


def configuration_now(c: Cluster, p: PodId, pod: Pod) -> tuple[int, ...]:
    """The versions of its ConfigMaps that a container would read now.

    Not enabled while one is missing: the container waits with CreateContainerConfigError.
    """
    versions = tuple(c.config_maps[m].version for m in c.scope.config_maps_of(p, pod.owner))
    require(all(version > 0 for version in versions))
    return versions


# ---------------------------------------------------------------- containers


@kubelet.action(writes=("containers",))
def start_container(c: Cluster, n: NodeId, p: PodId) -> None:
    """A pod bound to this node has no container: start one. Source: SyncPod, computePodActions."""
    pod = require(c.pods.get(p))
    require(pod.node == n and not pod.deleting and p not in c.containers)
    require(pod.phase in (PodPhase.PENDING, PodPhase.RUNNING) and c.machines[n].runtime and c.machines[n].synced)
    require(apiserver.is_reachable_from(c, n))
    again = pod.phase is PodPhase.RUNNING
    require(not (again and _may_not_run_again(c, p, pod)))
    lost = status_of_lost_container(was_running=again, restarts=pod.restarts)
    container_runtime.create(c, n, p, restarts=lost.restarts)
    _start(c, p, pod)


def _may_not_run_again(c: Cluster, p: PodId, pod: Pod) -> bool:
    """Whether a pod whose containers went with their machine is over: with restartPolicy Never."""
    return p in c.scope.ending_pods and spec_of(c, p, pod).restart_policy == "Never"


def _start(c: Cluster, p: PodId, pod: Pod) -> None:
    """Start what comes next: an init container, or once all have succeeded the containers."""
    configuration = configuration_now(c, p, pod)
    spec, container = spec_of(c, p, pod), c.containers[p]
    if initialization.is_over(container, spec):
        container_runtime.start(c, p, configuration=configuration)
        prober.begin(container, spec, may_fail=c.scope.probes_may_fail)
    else:
        seconds = initialization.startup_seconds(container, spec)
        container_runtime.start_init_container(container, startup_seconds=seconds)


@kubelet.action(writes=("containers",))
def finish_init_container(c: Cluster, n: NodeId, p: InitPodId) -> None:
    """An init container succeeds, or a sidecar has started, and the kubelet starts the next one, or the containers.

    Source: computeInitContainerActions
    """
    container = _container_here(c, n, p)
    require(container.state is ContainerState.INITIALIZING and not container.heard)
    require(c.machines[n].runtime and c.machines[n].synced)
    pod = require(c.pods.get(p))
    spec = spec_of(c, p, pod)
    require(initialization.starts_next(container, spec))
    if initialization.startup_seconds(container, spec):
        require(prober.awaited_answer_is_there(container))
        container.probe = Timer()
    container.initialized += 1
    container.init_failures = 0
    _start(c, p, pod)


@kubelet.action(writes=("containers",))
def restart_container(c: Cluster, n: NodeId, p: PodId) -> None:
    """A container exited, and its restartPolicy says again: the first time at once, then with growing back-off.

    The kubelet needs no apiserver for a pod it knows. Source: ShouldContainerBeRestarted, doBackOff.
    """
    container = _container_here(c, n, p)
    require(container.state is ContainerState.EXITED and not container.heard)
    pod = require(c.pods.get(p))
    require(c.machines[n].runtime and c.machines[n].synced)
    require(not container.back_off.armed or container.back_off.due())
    spec = spec_of(c, p, pod)
    if initialization.is_over(container, spec):
        require(decisions.should_container_be_restarted("exited", 1, spec.restart_policy, pod_deleting=False))
        require(p not in c.scope.sidecar_pods or not container.sidecars_exited)
        if configuration_now(c, p, pod) != container.configuration:
            cover("a restart picks up another ConfigMap")
        container_runtime.count_restart(container)
    else:
        require(initialization.is_restarted(container, spec))
        container.init_failures = min(container.init_failures + 1, container_runtime.MOST_RESTARTS)
    _start(c, p, pod)


@kubelet.action(
    writes=(
        "containers.sidecars_exited",
        "containers.sidecar_crashes",
        "containers.sidecar_back_off",
        "containers.probe",
    )
)
def restart_sidecars(c: Cluster, n: NodeId, p: SidecarPodId) -> None:
    """Sidecars that exited are started again, whatever the restartPolicy, unless the work of the pod is done.

    The pod becomes ready when they are. Source: computePodActions, computeInitContainerActions
    """
    container = _container_here(c, n, p)
    require(container.sidecars_exited and not container.heard and c.machines[n].runtime and c.machines[n].synced)
    require(not container.sidecar_back_off.armed or container.sidecar_back_off.due())
    spec = spec_of(c, p, require(c.pods.get(p)))
    require(initialization.restarts_sidecars(container, spec))
    container_runtime.restart_sidecars(container)
    if container.started:
        prober.await_sidecars(container, spec)


@kubelet.action(writes=("containers.forgotten", "containers.back_off", "containers.steady"))
def forget_back_off(c: Cluster, n: NodeId, p: PodId) -> None:
    """A container has run for ten minutes since its last restart: the next one is at once again.

    Source: client-go's flowcontrol.Backoff (hasExpired)
    """
    container = _container_here(c, n, p)
    require(container.steady.due(cause=container.state is ContainerState.RUNNING))
    container_runtime.forget_crashes(container)


# ---------------------------------------------------------------- probes


@kubelet.action(writes=("containers.started", "containers.ready", "containers.probe", "containers.delay"))
def pass_startup_probe(c: Cluster, n: NodeId, p: SlowPodId) -> None:
    """The startup probe succeeds, and the other probes begin. Source: pkg/kubelet/prober."""
    container = _container_here(c, n, p)
    require(prober.asks(container, "startup") and "startup" not in container.silent and c.machines[n].synced)
    require(prober.awaited_answer_is_there(container))
    spec = spec_of(c, p, require(c.pods.get(p)))
    prober.count_as_started(container, spec, may_fail=c.scope.probes_may_fail)


@kubelet.action(writes=("containers.ready", "containers.probe"))
def become_ready(c: Cluster, n: NodeId, p: PodId) -> None:
    """The readiness probe succeeds. Source: pkg/kubelet/prober."""
    container = _container_here(c, n, p)
    require(prober.asks(container, "readiness") and not container.ready and "readiness" not in container.silent)
    require(c.machines[n].synced)
    require(prober.awaited_answer_is_there(container))
    require(p not in c.scope.sidecar_pods or not container.sidecars_exited)
    require(prober.passes_readiness(c, p, require(c.pods.get(p)), container.configuration))
    container.ready = True
    container.probe = Timer()


@kubelet.action(writes=("containers.ready", "containers.probe"))
def become_unready(c: Cluster, n: NodeId, p: ProbedPodId) -> None:
    """The readiness probe has failed often enough in a row. Source: pkg/kubelet/prober."""
    container = _container_here(c, n, p)
    require(prober.asks(container, "readiness") and container.ready and "readiness" in container.silent)
    require(container.probe.due() and c.machines[n].synced)
    container.ready = False
    container.probe = Timer()


@kubelet.action(writes=("containers",))
def kill_unhealthy_container(c: Cluster, n: NodeId, p: ProbedPodId) -> None:
    """The liveness or startup probe has failed often enough in a row: run the preStop hook, if there is one, and kill.

    What follows is up to the restartPolicy. Source: computePodActions, killContainer
    """
    container = _container_here(c, n, p)
    require(container.state is ContainerState.RUNNING and not container.heard)
    require(c.machines[n].runtime and c.machines[n].synced)
    spec = spec_of(c, p, require(c.pods.get(p)))
    hook_seconds = container_runtime.termination(spec).sigterm_seconds
    if container.killing:
        require(container.stopping.due())
    else:
        require(prober.must_be_killed(container, spec))
    if hook_seconds and not container.killing:
        container.killing = True
        container.stopping = Timer(hook_seconds)
        container.liveness = Timer()
    else:
        container_runtime.exit_container(c, p)


def _container_here(c: Cluster, n: NodeId, p: PodId) -> Container:
    container = require(c.containers.get(p))
    require(container.node == n)
    return container


# ---------------------------------------------------------------- termination


@kubelet.action(
    writes=(
        "containers.heard",
        "containers.killing",
        "containers.stopping",
        "containers.liveness",
        "containers.steady",
    )
)
def hear_deletion(c: Cluster, n: NodeId, p: PodId) -> None:
    """The kubelet sees that a pod is to go, or is gone, and begins to stop it: preStop, then SIGTERM."""
    container = _container_here(c, n, p)
    require(not container.heard and c.machines[n].synced and apiserver.is_reachable_from(c, n))
    pod = c.pods.get(p)
    require(pod is None or pod.deleting)
    container.heard = True
    container.killing = False
    container.liveness = container.steady = Timer()
    if pod is not None and container.state is ContainerState.RUNNING:
        seconds = container_runtime.termination_of_application(c, p, spec_of(c, p, pod)).sigterm_seconds
        container.stopping = Timer(seconds) if seconds else Timer()


@kubelet.action(writes=("containers",))
def stop_container(c: Cluster, n: NodeId, p: PodId) -> None:
    """The container of a pod that is to go exits on SIGTERM, or by SIGKILL, and is removed; no apiserver is needed.

    Sidecars go after it, once their preStop hooks are over. A kubelet that was restarted has to list its pods before it
    goes on with it. Source: killContainer
    """
    container = _container_here(c, n, p)
    require(container.heard and c.machines[n].runtime and c.machines[n].synced)
    require(not container.stopping.armed or container.stopping.due())
    require(not _has_news(c, p, container))
    if container_runtime.stops_sidecars_last(c, p) and container.state is ContainerState.RUNNING and p in c.pods:
        seconds_left = container_runtime.seconds_left_of_sidecars(c, p, spec_of(c, p, c.pods[p]))
        if seconds_left:
            container_runtime.stop_application(container, seconds_left=seconds_left)
            return
    container_runtime.remove(c, p)


def _has_news(c: Cluster, p: PodId, container: Container) -> bool:
    """Whether containers have completed, and the pod's status does not say so yet."""
    if p not in c.scope.ending_pods or container.state is not ContainerState.COMPLETED or p not in c.pods:
        return False
    return not decisions.is_pod_terminal(c.pods[p].phase.value)


@kubelet.action(writes=("pods", *apiserver.COMMIT))
def finish_deletion(c: Cluster, n: NodeId, p: PodId) -> None:
    """Everything of a pod is gone from the machine: DELETE its object with grace period 0."""
    pod = require(c.pods.get(p))
    require(pod.node == n and pod.deleting and p not in c.containers)
    require(c.machines[n].synced and apiserver.is_reachable_from(c, n))
    if p in c.scope.ending_pods:
        require(decisions.is_pod_terminal(pod.phase.value) and not apiserver.is_held(c, p))
    apiserver.remove_pod(c, p)


# ---------------------------------------------------------------- reporting


@kubelet.action(
    writes=(
        "pods.phase",
        "pods.ready",
        "pods.restarts",
        "pods.until_available",
        "pods.resource_version",
        *apiserver.COMMIT,
    )
)
def report_status(c: Cluster, n: NodeId, p: PodId) -> None:
    """PATCH the pod's status when it is not what the machine says. Source: pkg/kubelet/status/status_manager.go."""
    pod = require(c.pods.get(p))
    require(pod.node == n and c.machines[n].synced and apiserver.is_reachable_from(c, n))
    container = c.containers.get(p)
    phase = pod.phase if container is None else _phase(c, p, pod, container)
    if p in c.scope.ending_pods:
        phase = _phase_of_ending_pod(c, p, pod, container)
    ready = container is not None and container.ready
    restarts = pod.restarts if container is None else max(pod.restarts, container.crashes)
    require((phase, ready, restarts) != (pod.phase, pod.ready, pod.restarts))
    if ready and not pod.ready:
        seconds = c.scope.min_ready_seconds(pod.owner)
        pod.until_available = Timer(seconds) if seconds else Timer()
    if not ready:
        pod.until_available = Timer()
    pod.phase, pod.ready, pod.restarts = phase, ready, restarts
    apiserver.update(c, pod)


def _phase(c: Cluster, p: PodId, pod: Pod, container: Container) -> PodPhase:
    """The phase of a pod whose containers are here; one that has run before stays Running while it starts over."""
    spec = spec_of(c, p, pod)
    if initialization.is_over(container, spec) or pod.phase is PodPhase.RUNNING:
        return PodPhase.RUNNING
    return initialization.phase(container, spec)


def _phase_of_ending_pod(c: Cluster, p: PodId, pod: Pod, container: Container | None) -> PodPhase:
    """The phase of a pod that runs to completion. Once over it stays so; what is deleted ends, and what was lost too.

    Source: getPhase; pkg/kubelet/status/status_manager.go (TerminatePod)
    """
    policy = spec_of(c, p, pod).restart_policy
    if decisions.is_pod_terminal(pod.phase.value):
        return pod.phase
    if container is None:
        lost = pod.phase is PodPhase.RUNNING and policy == "Never"
        return PodPhase(decisions.ensure_pod_phase_is_terminal(pod.phase.value)) if pod.deleting or lost else pod.phase
    if not initialization.is_over(container, spec_of(c, p, pod)):
        return _phase(c, p, pod, container)
    view = ContainerView(state=decisions.ContainerState.RUNNING)
    if container.state is not ContainerState.RUNNING:
        exit_code = 0 if container.state is ContainerState.COMPLETED else 1
        view = ContainerView(state=decisions.ContainerState.TERMINATED, exit_code=exit_code)
    return PodPhase(decisions.get_phase(policy, (view,)))


# ---------------------------------------------------------------- the node itself


@kubelet.action(writes=("machines.synced",))
def sync(c: Cluster, n: NodeId) -> None:
    """A kubelet that was restarted has listed its pods: from now on it acts on them."""
    require(not c.machines[n].synced and apiserver.is_reachable_from(c, n))
    require(node_objects.exists(c, n))
    c.machines[n].synced = True


@kubelet.action(writes=("removable_nodes", "nodes.resource_version", "drains", *apiserver.COMMIT))
def register_node(c: Cluster, n: NodeId) -> None:
    """A kubelet that was restarted finds its Node gone, and creates it anew, Ready and without taints.

    One that runs on never does so again. A drain of the old Node ends here: it asked for the pods that were there then,
    and not for those that come now. Source: pkg/kubelet/kubelet_node_status.go (registerWithAPIServer)
    """
    require(not node_objects.exists(c, n))
    require(not c.machines[n].synced and apiserver.is_reachable_from(c, n))
    c.removable_nodes[n].exists = True
    c.drains[n] = DrainState.DONE if c.drains[n] is DrainState.DRAINING else DrainState.NONE
    apiserver.update(c, c.nodes[n])


@kubelet.action(writes=("nodes.grace",))
def renew_lease(c: Cluster, n: NodeId) -> None:
    """The heartbeat is back: the controller's timer for this node stops. Source: kube-node-lease."""
    node = c.nodes[n]
    require(node.grace.armed and apiserver.is_reachable_from(c, n))
    node.grace = Timer()


@kubelet.action(writes=("nodes.ready", "nodes.grace", "nodes.resource_version", *apiserver.COMMIT))
def report_node_ready(c: Cluster, n: NodeId) -> None:
    """The kubelet posts its node's status, which is a heartbeat, too.

    Source: pkg/kubelet/kubelet_node_status.go; the node lifecycle controller's updateNodeHealth.
    """
    node = c.nodes[n]
    require(node.ready is not ConditionStatus.TRUE and apiserver.is_reachable_from(c, n))
    node.ready = ConditionStatus.TRUE
    node.grace = Timer()
    apiserver.update(c, node)


clock_driven = Component("min-ready-seconds", fair=weak)


@clock_driven.action(writes=("pods.until_available",))
def become_available(c: Cluster, p: PodId) -> None:
    """A pod has been ready for minReadySeconds: it counts as available from now on."""
    pod = require(c.pods.get(p))
    require(pod.until_available.due(cause=pod.ready))
    pod.until_available = Timer()
