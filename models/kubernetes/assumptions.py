"""What a verdict about a cluster takes for granted, one line each, printed with it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from attrs import frozen

from clusterproof.models.kubernetes.admission_assumptions import admission_assumptions
from clusterproof.models.kubernetes.admission_objects import ResourceQuota
from clusterproof.models.kubernetes.alike_nodes import alike_nodes
from clusterproof.models.kubernetes.autoscaling_assumptions import autoscaling_assumptions
from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler
from clusterproof.models.kubernetes.build_jobs import TIMES
from clusterproof.models.kubernetes.initial_placements import why_in_any_placement
from clusterproof.models.kubernetes.initialization import is_sidecar, long_running
from clusterproof.models.kubernetes.manifests.ports import listening_port, probe_port
from clusterproof.models.kubernetes.objects import Manifests, ObjectMeta, PodDisruptionBudget, PodSpec, Service, Source
from clusterproof.models.kubernetes.scope import ClusterScope

_NOWHERE = Source(file="", line=0)


@frozen
class Assumption:
    """What every check takes for granted, and which properties could be wrong where it does not hold."""

    says: str
    affects: str


ALWAYS = (
    Assumption(
        "scheduler: any feasible node may be taken (scoring only prefers)",
        "none is proved wrongly, for a score picks one of these nodes; what is refuted may need an unlikely node",
    ),
    Assumption(
        "controllers: informer caches are fresh (each sync reads what is stored)",
        "all that speak of what a controller does: `rollout-keeps-its-floor` and `-ceiling`, `replicas-converge` (a "
        "stale cache delays a step, or repeats it where expectations do not keep it back)",
    ),
    Assumption(
        "containers of one pod start, exit and become ready together; one exits at once on SIGTERM, after its preStop",
        "`running-workloads-survive-control-plane-loss`, `endpoints-eventually-right`: a pod of which only some "
        "containers run is not seen",
    ),
    Assumption(
        "images are there; probes fail by the fault fail-probe only, a readiness probe also where nothing listens",
        "`replicas-converge`, `drain-terminates`: a pod that is never ready for another reason is not seen",
    ),
    Assumption(
        "cluster add-ons (DNS, CNI, metrics) run and need no capacity",
        "`replicas-converge`, `node-capacity`, `entry-point-reachable`",
    ),
)
"""Printed with every verdict about a cluster; docs/fidelity.md has them in a table."""

HIGHEST_SCORE = Assumption(
    "scheduler: one of the nodes with the highest score is taken (default profile; every image on every node; nodes "
    "of {room}, with no other pods on them)",
    "all properties: where nodes have another size, or run other pods, other nodes may score highest",
)
"""Printed in place of the first one where scores decide; room: the size of the nodes."""


def assumptions(scope: ClusterScope, applied: Sequence[Manifests], start: str, deployed: int = 1) -> tuple[str, ...]:
    """The assumptions of a check, the general ones first, then what these manifests add.

    deployed: how many of the manifests are applied before the check begins.
    """
    any_node, *first, last = (each.says for each in ALWAYS)
    scores_decide = scope.scheduler == "highest-score"
    scheduler = HIGHEST_SCORE.says.format(room=_room(scope)) if scores_decide else any_node
    lines: list[str] = [scheduler, *first, *_control_planes(scope), last]
    if start == "deployed":
        lines.append("initial states: every quiescent state of the fault-free run from apply, other steps in one order")
        lines += [
            f"initial states: {len(nodes)} workers ({nodes[0]}, ...) are alike; of placements that exchange them, one"
            for nodes in alike_nodes(scope)
        ]
    if start == "sampled":
        lines.append("initial states: some quiescent states of the fault-free run from apply, drawn at random")
    if start != "apply" and (why := why_in_any_placement(scope, deployed)):
        lines.append(f"initial states: also placements that no score leads to, for {why}")
    if scope.ending_pods:
        lines.append("containers of Jobs and of pods that run to completion end at any time, and fail only by a fault")
        if start != "apply":
            lines.append(
                "Jobs and pods that run to completion are applied when the check begins, the others long before"
            )
    others = [o for manifests in applied for o in manifests.others]
    lines += [f"not modelled: {o.kind}/{o.metadata.name} ({o.source})" for o in others]
    lines += [line for manifests in applied for line in manifests.not_modelled]
    lines += autoscaling_assumptions(scope, applied)
    lines += admission_assumptions(scope, applied)
    lines += _read_but_without_effect(applied)
    lines += [] if scores_decide else _preferences(applied)
    lines += _probes_where_nothing_listens(scope, applied)
    lines += _changed_later(applied)
    assumed = [m for m, versions in scope.config_maps.items() if not versions[0].source.file]
    lines += [f"ConfigMap/{m} is not in the manifests: taken to exist" for m in assumed]
    return tuple(lines)


def _room(scope: ClusterScope) -> str:
    """The size of the nodes, by which scores differ."""
    sizes = {(spec.allocatable.get("cpu", 0), spec.allocatable.get("memory", 0)) for spec in scope.nodes.values()}
    if len(sizes) > 1:
        return "the sizes given"
    ((cpu, memory),) = sizes
    return f"{cpu / 1000:g} cores and {memory / 2**30:g} GiB"


def _control_planes(scope: ClusterScope) -> tuple[str, ...]:
    """Who leads, and what stands between several control-plane nodes."""
    if not scope.is_highly_available:
        return ("a restarted kube-controller-manager or kube-scheduler leads at once",)
    first = scope.control_planes[0]
    lost = (
        "etcd: a member without its disk fails until it is replaced; kubeadm's first one would begin a store of its own"
    )
    return (
        *((lost,) if scope.disks_may_be_lost else ()),
        f"{len(scope.control_planes)} control-plane nodes: their load balancer is up, and no link between them is cut",
        f"leader election: processes on {first} lead at first; who waits for a Lease has watched it since it was taken",
    )


def _read_but_without_effect(applied: Sequence[Manifests]) -> list[str]:
    """Fields that the loader reads and that nothing in the model depends on, where a manifest sets them."""
    lines: list[str] = []
    for manifests in applied:
        named = [("Deployment", d.metadata, d.source) for d in manifests.deployments]
        named += [("StatefulSet", s.metadata, s.source) for s in manifests.stateful_sets]
        named += [("DaemonSet", d.metadata, d.source) for d in manifests.daemon_sets]
        named += [("Job", j.metadata, j.source) for j in manifests.jobs]
        lines += [
            f"{kind}/{metadata.name} ({source}): its finalizers have no effect"
            for kind, metadata, source in named
            if metadata.finalizers
        ]
        for name, _, spec in _pods_of(manifests):
            if spec.init_containers:
                lines.append(f"{name}: {_initialization(spec)}")
        lines += _policies_of_jobs(manifests)
        lines += [
            f"CronJob/{each.metadata.name} ({each.source}): its schedule is followed for {TIMES} times, from the "
            "beginning of a year, when it is applied"
            for each in manifests.cron_jobs
        ]
        lines += [
            f"Service/{service.metadata.name} ({service.source}): its internalTrafficPolicy has no effect, for "
            "connections to its node port are looked at"
            for service in manifests.services
            if service.internal_traffic_policy != "Cluster" and service.type in ("NodePort", "LoadBalancer")
        ]
    return lines


def _preferences(applied: Sequence[Manifests]) -> list[str]:
    """Pods that would rather go to one node than to another, where any feasible node may be taken."""
    return [
        f"{name}: its preferences among nodes have no effect; scheduler: highest-score in the scope follows them"
        for manifests in applied
        for name, _, spec in _pods_of(manifests)
        if spec.preferred_node_affinity
        or spec.preferred_pod_affinity
        or spec.preferred_pod_anti_affinity
        or any(each.when_unsatisfiable == "ScheduleAnyway" for each in spec.topology_spread_constraints)
    ]


def _pods_of(manifests: Manifests) -> list[tuple[str, str, PodSpec]]:
    """The pods that the manifests ask for: (owner with its place in the files, namespace, spec)."""
    owners: list[tuple[str, ObjectMeta, PodSpec, Source]] = []
    owners += [("Deployment", d.metadata, d.template.spec, d.source) for d in manifests.deployments]
    owners += [("ReplicaSet", r.metadata, r.template.spec, r.source) for r in manifests.replica_sets]
    owners += [("StatefulSet", s.metadata, s.template.spec, s.source) for s in manifests.stateful_sets]
    owners += [("DaemonSet", d.metadata, d.template.spec, d.source) for d in manifests.daemon_sets]
    owners += [("Job", j.metadata, j.template.spec, j.source) for j in manifests.jobs]
    owners += [("CronJob", k.metadata, k.job.template.spec, k.source) for k in manifests.cron_jobs]
    owners += [("Pod", p.metadata, p.spec, p.source) for p in manifests.pods]
    return [(f"{kind}/{m.name} ({source})", m.namespace, spec) for kind, m, spec, source in owners]


def _initialization(spec: PodSpec) -> str:
    """What is taken for granted about init containers, and about sidecars among them."""
    says = []
    if not all(map(is_sidecar, spec.init_containers)):
        says.append("init containers take no time, and fail by the fault fail-init-container only")
    if any(map(is_sidecar, spec.init_containers)):
        says.append("sidecars exit, and are started again, all together")
    return "; ".join(says)


def _probes_where_nothing_listens(scope: ClusterScope, applied: Sequence[Manifests]) -> list[str]:
    """Startup and liveness probes that would fail in a cluster: the containers listen elsewhere, perhaps only later."""
    lines: dict[str, None] = {}
    for manifests in applied:
        for name, namespace, spec in _pods_of(manifests):
            for probe in _asked_in_vain(scope, namespace, spec):
                says = f"its {probe} succeeds, also where a changed or wrong port leaves nothing to listen"
                lines[f"{name}: {says}"] = None
    return list(lines)


def _asked_in_vain(scope: ClusterScope, namespace: str, spec: PodSpec) -> list[str]:
    """The probes of a pod that ask a port where, with some version of a ConfigMap, its container does not listen."""
    versions = [v for m in scope.config_maps.values() for v in m if v.metadata.namespace == namespace]
    found = []
    for container in long_running(spec):
        listens = {listening_port(container, [version]) for version in versions} | {listening_port(container, [])}
        for name, probe in (("startupProbe", container.startup_probe), ("livenessProbe", container.liveness_probe)):
            asked = None if probe is None else probe_port(container, probe)
            if asked is not None and listens - {asked, None}:
                found.append(name)
    return found


def _policies_of_jobs(manifests: Manifests) -> list[str]:
    """What a Job's podFailurePolicy asks, and nobody knows beforehand."""
    return [
        f"Job/{job.metadata.name} ({job.source}): a container that fails has any exit code that podFailurePolicy tells "
        "apart; a deleted pod has the condition DisruptionTarget or not, and no pod any other condition"
        for job in (*manifests.jobs, *(cron_job.job for cron_job in manifests.cron_jobs))
        if job.pod_failure_policy
    ]


def _changed_later(applied: Sequence[Manifests]) -> list[str]:
    """Services and budgets that a later manifest changes: the model knows one version of each."""
    lines: list[str] = []
    seen: dict[tuple[str, str, str], object] = {}
    for manifests in applied:
        found: list[
            tuple[str, ObjectMeta, Service | PodDisruptionBudget | HorizontalPodAutoscaler | ResourceQuota]
        ] = []
        found += [("Service", s.metadata, attrs.evolve(s, source=_NOWHERE)) for s in manifests.services]
        for a in manifests.autoscalers:
            found.append(("HorizontalPodAutoscaler", a.metadata, attrs.evolve(a, source=_NOWHERE)))
        for q in manifests.resource_quotas:
            found.append(("ResourceQuota", q.metadata, attrs.evolve(q, source=_NOWHERE)))
        for b in manifests.pod_disruption_budgets:
            found.append(("PodDisruptionBudget", b.metadata, attrs.evolve(b, source=_NOWHERE)))
        for kind, metadata, value in found:
            before = seen.setdefault((kind, metadata.namespace, metadata.name), value)
            if before != value:
                lines.append(
                    f"{kind}/{metadata.name} changes in a later manifest: that version counts from the beginning"
                )
    return lines
