"""What goes wrong, and how it heals: machines, links, processes and containers.

Faults strike at any moment, and so do their repairs; repairs are promised, faults are not.
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof import Component, choose, require, weak
from clusterproof.models.kubernetes import container_runtime, control_plane, kube_proxy, node_heartbeat, prober
from clusterproof.models.kubernetes.decisions.probes import ProbeKind
from clusterproof.models.kubernetes.names import InitPodId, NodeId, PodId, ProbedPodId, ProcessId, StaticPodId
from clusterproof.models.kubernetes.objects import PodSpec
from clusterproof.models.kubernetes.state import Cluster, ContainerState, Disk, Machine
from clusterproof.models.kubernetes.static_pods import ETCD, static_pod

faults = Component("fault", urgent=False)
control_plane_repair = Component("control-plane-repair", fair=weak, urgent=False)
reboot = Component("reboot", fair=weak, urgent=False)
link_repair = Component("link-repair", fair=weak, urgent=False)
application_repair = Component("application-repair", fair=weak, urgent=False)
service_manager = Component("service-manager", fair=weak)


def _lose_power(c: Cluster, n: NodeId) -> None:
    machine = c.machines[n]
    require(machine.up)
    machine.up = machine.kubelet = machine.synced = machine.runtime = machine.proxy = False
    machine.disturbed = True
    container_runtime.lose_machine(c, n)
    kube_proxy.wipe(c, n)
    node_heartbeat.lose(c, n)


def _boot(machine: Machine) -> None:
    """Power on: the service manager starts runtime and kubelet, the kubelet what it has on disk."""
    machine.up = machine.kubelet = machine.runtime = machine.proxy = True


# --- the control plane


def _one_of(nodes: Sequence[NodeId]) -> NodeId:
    """Any of these control-plane nodes; which one is told only where there are several."""
    return nodes[0] if len(nodes) == 1 else choose(nodes, label="node")


@faults.fault(writes=("machines", "containers", "proxies.rules", *control_plane.STOPPING))
def stop_control_plane(c: Cluster) -> None:
    """A control-plane node is stopped, with all that runs on it."""
    n = _one_of(c.scope.control_planes)
    _lose_power(c, n)
    for s, fixed in c.scope.static_pods.items():
        if fixed.node == n and c.static_pods[s].running:
            control_plane.stop_process(c, s)


@control_plane_repair.action(writes=("machines",))
def start_control_plane(c: Cluster) -> None:
    """Somebody starts a control-plane node again."""
    machine = c.machines[_one_of(c.scope.control_planes)]
    require(not machine.up)
    _boot(machine)


# --- workers


@faults.fault(writes=("machines", "containers", "proxies.rules", "nodes.grace"))
def crash_node(c: Cluster, n: NodeId) -> None:
    """A worker is lost, and does not return."""
    require(n not in c.scope.control_planes)
    _lose_power(c, n)
    container_runtime.lose_disk(c, n)
    c.machines[n].lost = True


@faults.fault(writes=("machines", "containers", "proxies.rules", "nodes.grace"))
def reboot_node(c: Cluster, n: NodeId) -> None:
    """A worker goes down, and will be back."""
    require(n not in c.scope.control_planes)
    _lose_power(c, n)


@reboot.action(writes=("machines",))
def start_node(c: Cluster, n: NodeId) -> None:
    """A worker that went down for a reboot is back; of its pods it starts only the static ones by itself."""
    machine = c.machines[n]
    require(n not in c.scope.control_planes and not machine.up and not machine.lost)
    _boot(machine)


@faults.fault(writes=("machines", "nodes.grace"))
def partition_node(c: Cluster, n: NodeId) -> None:
    """The link between a worker and the apiserver is cut; what runs there runs on."""
    require(n not in c.scope.control_planes and c.machines[n].link)
    c.machines[n].link = False
    c.machines[n].disturbed = True
    node_heartbeat.lose(c, n)


@link_repair.action(writes=("machines.link",))
def mend_link(c: Cluster, n: NodeId) -> None:
    """The link works again."""
    require(not c.machines[n].link)
    c.machines[n].link = True


# --- processes and containers


APPLICATION, SIDECARS = "application", "sidecars"


@faults.fault(
    writes=(
        *container_runtime.ENDING,
        "containers.back_off",
        "containers.sidecars_exited",
        "containers.sidecar_back_off",
    )
)
def crash_container(c: Cluster, p: PodId) -> None:
    """The application container of a pod exits, or where it has sidecars these do."""
    container = require(c.containers.get(p))
    require(container.state is ContainerState.RUNNING)
    if p in c.scope.sidecar_pods and choose((APPLICATION, SIDECARS), label="what") == SIDECARS:
        require(not container.sidecars_exited and not container.heard)
        container_runtime.exit_sidecars(container)
    else:
        container_runtime.exit_container(c, p)


@faults.fault(writes=("containers.state", "containers.back_off", "containers.probe"))
def fail_init_container(c: Cluster, p: InitPodId) -> None:
    """The init container whose turn it is in a pod exits with an error, a sidecar before it has started."""
    container = require(c.containers.get(p))
    require(container.state is ContainerState.INITIALIZING)
    container_runtime.exit_init_container(container)


@faults.fault(writes=("containers.ignores_sigterm", "containers.stopping"))
def ignore_sigterm(c: Cluster, p: PodId) -> None:
    """The application of a pod that is to go does not exit on SIGTERM, and runs until SIGKILL."""
    container = require(c.containers.get(p))
    require(container.state is ContainerState.RUNNING and container.heard and not container.ignores_sigterm)
    require(not container.stopping.armed or container.stopping.due())
    pod = c.pods.get(p)
    container_runtime.outlast_sigterm(c, p, None if pod is None else c.scope.template(p, pod.owner).spec)


@faults.fault(writes=("containers.silent", "containers.liveness", "containers.probe"))
def fail_probe(c: Cluster, p: ProbedPodId, kind: ProbeKind) -> None:
    """The application of a pod stops answering its startup, liveness or readiness probes, right after one of them."""
    container = require(c.containers.get(p))
    spec = _spec(c, p)
    require(prober.probes_of(spec, kind) and kind not in container.silent and prober.asks(container, kind))
    prober.fall_silent(container, spec, kind)


@application_repair.action(writes=("containers.silent", "containers.liveness", "containers.probe"))
def answer_probe(c: Cluster, p: ProbedPodId, kind: ProbeKind) -> None:
    """The application answers again, by itself."""
    container = require(c.containers.get(p))
    require(kind in container.silent)
    prober.answer_again(container, _spec(c, p), kind)


def _spec(c: Cluster, p: PodId) -> PodSpec:
    return c.scope.template(p, require(c.pods.get(p)).owner).spec


@faults.fault(
    writes=(
        "machines",
        "containers.silent",
        "containers.liveness",
        "containers.probe",
        "containers.killing",
        "containers.stopping",
        "containers.forgotten",
        "containers.back_off",
        "containers.sidecar_back_off",
        "containers.steady",
        *control_plane.STOPPING,
    )
)
def kill_process(c: Cluster, process: ProcessId) -> None:
    """One process of a component dies, and is started again; containers and programmed rules stay as they are."""
    kind, where = c.scope.processes[process]
    if kind == "static pod":
        s = StaticPodId(where)
        require(c.static_pods[s].running)
        control_plane.stop_process(c, s)
        return
    n = NodeId(where)
    machine = c.machines[n]
    require(machine.up)
    if kind == "kubelet":
        require(machine.kubelet)
        machine.kubelet = machine.synced = False
        machine.disturbed = True
        node_heartbeat.lose(c, n)
        if c.scope.back_off_grows:
            container_runtime.forget_back_offs(c, n)
        if c.scope.probes_may_fail:
            prober.forget(c, n)
    elif kind == "container runtime":
        machine.runtime = False
    else:
        machine.proxy = False


@faults.fault(writes=("disks", *control_plane.STOPPING))
def lose_disk(c: Cluster) -> None:
    """The disk of an etcd member is lost, and the member stops; with one member all objects are lost."""
    n = _one_of(tuple(c.disks))
    require(c.disks[n] is not Disk.EMPTY)
    c.disks[n] = Disk.EMPTY
    if c.static_pods[static_pod(ETCD, n)].running:
        control_plane.stop_process(c, static_pod(ETCD, n))


@service_manager.action(writes=("machines",))
def restart_process(c: Cluster, n: NodeId) -> None:
    """The service manager of a machine starts what has died."""
    machine = c.machines[n]
    require(machine.up)
    machine.kubelet = machine.runtime = machine.proxy = True
