"""The kubelet's prober: what it asks the containers of a pod, and what it makes of the answers.

A probe that is answered as before changes nothing and is no step: its timer runs only while an answer is awaited that
counts. The application falls silent by the fault fail-probe; a restarted one answers.
Source: pkg/kubelet/prober/{worker,prober_manager}.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof import Timer
from clusterproof.models.kubernetes.decisions import probes as decisions
from clusterproof.models.kubernetes.decisions.pod_actions import RuntimeContainer, compute_pod_actions
from clusterproof.models.kubernetes.decisions.probes import ProbedContainer, ProbeKind
from clusterproof.models.kubernetes.initialization import is_sidecar, long_running
from clusterproof.models.kubernetes.manifests.ports import listening_port, probe_port
from clusterproof.models.kubernetes.names import NodeId, PodId
from clusterproof.models.kubernetes.objects import PodSpec, Probe
from clusterproof.models.kubernetes.state import Cluster, Container, ContainerState, Pod


def probes_of(spec: PodSpec, kind: ProbeKind) -> list[Probe]:
    """The probes of one kind of all containers of a pod; the startup probes of sidecars have had their turn before."""
    containers = spec.containers if kind == "startup" else long_running(spec)
    probes: list[Probe | None] = [getattr(container, f"{kind}_probe") for container in containers]
    return [probe for probe in probes if probe is not None]


def await_sidecars(container: Container, spec: PodSpec) -> None:
    """Sidecars have been started again: the pod is ready when their startup and readiness probes have succeeded."""
    sidecars = [each for each in spec.init_containers if is_sidecar(each)]
    startup = [each.startup_probe for each in sidecars if each.startup_probe is not None]
    readiness = [each.readiness_probe for each in sidecars if each.readiness_probe is not None]
    seconds = max(map(decisions.first_success_seconds, (startup, readiness)))
    _await(container, max(seconds, container.probe.seconds or 0))


def passes_readiness(c: Cluster, p: PodId, pod: Pod, configuration: Sequence[int]) -> bool:
    """Whether the readiness probes of a container that read this configuration succeed: it listens where they ask."""
    names = c.scope.config_maps_of(p, pod.owner)
    contents = [c.scope.config_maps[m][version - 1] for m, version in zip(names, configuration, strict=True)]
    for container in long_running(c.scope.template(p, pod.owner).spec):
        probe = container.readiness_probe
        if probe is not None:
            asked, listens = probe_port(container, probe), listening_port(container, contents)
            if asked is not None and listens is not None and asked != listens:
                return False
    return True


def begin(container: Container, spec: PodSpec, *, may_fail: bool) -> None:
    """Containers have started: their startup probes ask first, or else the others. may_fail: as in the scope."""
    startup = probes_of(spec, "startup")
    if startup:
        container.started = container.ready = False
        _await(container, decisions.first_success_seconds(startup))
    else:
        count_as_started(container, spec, may_fail=may_fail)


def count_as_started(container: Container, spec: PodSpec, *, may_fail: bool) -> None:
    """From now on the liveness and readiness probes of containers ask; without a readiness probe they are ready.

    What has passed of their delays while the startup probe asked is not waited for again.
    """
    readiness = probes_of(spec, "readiness")
    passed = decisions.first_success_seconds(probes_of(spec, "startup"))
    container.started = True
    without_sidecars = any(map(is_sidecar, spec.init_containers)) and container.sidecars_exited
    container.ready = not readiness and not without_sidecars
    _await(container, max(decisions.first_success_seconds(readiness) - passed, 0))
    delay = max((probe.initial_delay_seconds for probe in probes_of(spec, "liveness")), default=0) - passed
    container.delay = Timer(delay) if may_fail and delay > 0 else Timer()


def _await(container: Container, seconds: int) -> None:
    container.probe = Timer(seconds) if seconds else Timer()


def awaited_answer_is_there(container: Container) -> bool:
    """Whether the time is over after which the startup or readiness probe counts."""
    return not container.probe.armed or container.probe.due()


def asks(container: Container, kind: ProbeKind) -> bool:
    """Whether a probe of this kind is being asked of these containers."""
    seen = ProbedContainer(
        running=container.state is ContainerState.RUNNING,
        started=container.started,
        on_hold=container.killing and kind != "readiness",
    )
    return decisions.do_probe(kind, seen, pod_deleting=container.heard).asks


def fall_silent(container: Container, spec: PodSpec, kind: ProbeKind) -> None:
    """The containers stop answering a probe: it has failed when it went unanswered often enough in a row."""
    probes = probes_of(spec, kind)
    container.silent = tuple(sorted({*container.silent, kind}))
    if kind == "liveness":
        delayed = container.delay.armed and not container.delay.due()
        container.liveness = Timer(decisions.first_failure_seconds(probes, delayed=delayed))
    elif kind == "startup":
        container.probe = Timer(decisions.first_failure_seconds(probes, delayed=True))
    elif container.ready:
        container.probe = Timer(decisions.first_failure_seconds(probes))


def answer_again(container: Container, spec: PodSpec, kind: ProbeKind) -> None:
    """The containers answer a probe again: that counts after enough answers, and not before the probe's delay."""
    container.silent = tuple(each for each in container.silent if each != kind)
    if kind == "liveness":
        container.liveness = Timer()
    elif kind == "readiness" and container.ready:
        container.probe = Timer()
    elif kind == "startup" or awaited_answer_is_there(container):
        container.probe = Timer(max(map(decisions.seconds_until_success, probes_of(spec, kind))))


def forget(c: Cluster, n: NodeId) -> None:
    """The kubelet of a machine ends, and with it what its prober has counted: the next one counts anew."""
    for p in dict.fromkeys(p for pods in c.scope.probes.values() for p in pods):
        pod, container = c.pods.get(p), c.containers.get(p)
        if pod is None or container is None or container.node != n or container.heard:
            continue
        if container.killing:
            container.killing = False
            container.stopping = Timer()
        for kind in container.silent:
            fall_silent(container, c.scope.template(p, pod.owner).spec, kind)


def is_unhealthy(container: Container) -> bool:
    """Whether a liveness or startup probe has failed for good."""
    failed = "liveness" in container.silent and container.liveness.due()
    return failed or ("startup" in container.silent and container.probe.due())


def must_be_killed(container: Container, spec: PodSpec) -> bool:
    """Whether a sync of the pod kills its containers because of a probe. Source: computePodActions"""
    seen = RuntimeContainer(state=container.state.value, started=container.started, unhealthy=is_unhealthy(container))
    return bool(compute_pod_actions(spec.restart_policy, [seen], sandbox_usable=True).containers_to_kill)
