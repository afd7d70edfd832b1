"""From manifests and a topology to a scope and an initial state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain

import attrs
from attrs import Factory, define, frozen

from clusterproof import Map, SetOf, Table, Timer
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.admission_state import Namespace
from clusterproof.models.kubernetes.build_admission import (
    build_quotas,
    build_webhooks,
    first_configurations,
    first_quotas,
    pods_of_namespaces,
)
from clusterproof.models.kubernetes.build_autoscalers import Target, build_autoscalers, first_states, largest_sizes
from clusterproof.models.kubernetes.build_deployments import first_finalizers, first_ownership, first_progress
from clusterproof.models.kubernetes.build_jobs import TIMES, build_cron_jobs, build_jobs, job_pool_size
from clusterproof.models.kubernetes.build_sets import SAME_NAME, Sets, build_sets, ordinals_of, pods_per_node
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.decisions.node_lifecycle import node_monitor_grace_seconds, zone_key
from clusterproof.models.kubernetes.decisions.preemption import NEVER
from clusterproof.models.kubernetes.decisions.probes import PROBE_KINDS
from clusterproof.models.kubernetes.documents import document_count, documents_of, name_of
from clusterproof.models.kubernetes.initialization import is_sidecar, stages
from clusterproof.models.kubernetes.leases import first_leases
from clusterproof.models.kubernetes.limit_ranges import ranges_of, with_limit_ranges
from clusterproof.models.kubernetes.limits import (
    Owner,
    pool_size,
    refuse_many_objects,
    refuse_many_pods,
)
from clusterproof.models.kubernetes.manifests.admission import default_toleration_seconds
from clusterproof.models.kubernetes.manifests.updates import refuse_changed_selectors
from clusterproof.models.kubernetes.names import (
    BudgetId,
    ConfigMapId,
    CronJobId,
    CustomObjectId,
    DaemonSetId,
    DeploymentId,
    JobId,
    NodeId,
    OwnerId,
    PodId,
    ProcessId,
    ReplicaSetId,
    ServiceId,
    StatefulSetId,
    ZoneId,
)
from clusterproof.models.kubernetes.neighbours import neighbours_of
from clusterproof.models.kubernetes.pod_templates import admitted, pool_of, revisions_of
from clusterproof.models.kubernetes.prober import probes_of
from clusterproof.models.kubernetes.scope import (
    ClusterScope,
    CronJobScope,
    CustomObjectScope,
    JobScope,
    ReplicaSetScope,
    SchedulerChoice,
)
from clusterproof.models.kubernetes.selected_pods import PodKind, covered, pods_of_services
from clusterproof.models.kubernetes.state import (
    Cluster,
    ConfigMap,
    ControllerProcess,
    CustomObject,
    Disk,
    DrainState,
    Kubectl,
    Machine,
    Node,
    PodDisruptionBudget,
    Proxy,
    RemovableNode,
    Service,
    StaticPod,
    WorkItem,
)
from clusterproof.models.kubernetes.static_pods import static_pods_of


@frozen(kw_only=True)
class UserActions:
    """What the user may do during the check: sizes to scale to, what to roll out (how often) and to drain.

    undo_revisions: the revisions to roll back to by their number. cascades: how Deployments are deleted.
    targets: the objects that other actions are limited to, by the action's name (`cordon`, `delete_pod`...).
    demands: what the CPU demand of a workload, by kind and name, may become, in millicores.
    ignore_daemonsets: whether drains are given --ignore-daemonsets.
    only_if_down: actions on nodes that the user takes only once the machine is down.
    """

    scales: Mapping[DeploymentId, tuple[int, ...]] = Factory(dict)
    rollouts: Mapping[DeploymentId, int] = Factory(dict)
    undo_revisions: Mapping[DeploymentId, tuple[int, ...]] = Factory(dict)
    cascades: Mapping[DeploymentId, tuple[PropagationPolicy, ...]] = Factory(dict)
    stateful_set_scales: Mapping[StatefulSetId, tuple[int, ...]] = Factory(dict)
    stateful_set_rollouts: Mapping[StatefulSetId, int] = Factory(dict)
    daemon_set_rollouts: Mapping[DaemonSetId, int] = Factory(dict)
    drains: tuple[NodeId, ...] = ()
    demands: Mapping[tuple[str, str], tuple[int, ...]] = Factory(dict)
    ignore_daemonsets: bool = True
    targets: Mapping[str, tuple[str, ...]] = Factory(dict)
    only_if_down: frozenset[tuple[str, NodeId]] = frozenset()


@frozen(kw_only=True)
class CustomParts:
    """What controllers of one's own bring into a scope.

    known: manifests that no kubectl applies and a controller may. most_creates: as in the scope.
    """

    custom_objects: Mapping[CustomObjectId, CustomObjectScope] = Factory(dict)
    known: Sequence[objects.Manifests] = ()
    most_creates: int | None = None


_NO_CUSTOM_PARTS = CustomParts()


@define
class _Workloads:
    """What the workloads of the manifests come to, while the scope is put together."""

    deployments: dict[DeploymentId, list[objects.Deployment]] = Factory(dict)
    templates: dict[DeploymentId, list[str]] = Factory(dict)
    replica_sets: dict[ReplicaSetId, ReplicaSetScope] = Factory(dict)
    replica_set_of: dict[tuple[DeploymentId, str], ReplicaSetId] = Factory(dict)
    pods_of_deployment: dict[DeploymentId, tuple[PodId, ...]] = Factory(dict)
    bare_pods: dict[PodId, objects.Pod] = Factory(dict)
    sets: Sets = Factory(Sets)
    jobs: dict[JobId, JobScope] = Factory(dict)
    cron_jobs: dict[CronJobId, CronJobScope] = Factory(dict)

    def pods(self) -> tuple[PodId, ...]:
        """The pods of all but the Jobs."""
        pools = (*self.pods_of_deployment.values(), *(r.pods for r in self.replica_sets.values()))
        return _unique(chain(chain.from_iterable(pools), self.bare_pods, self.sets.pods))


def build_scope(
    applied: Sequence[objects.Manifests],
    topology: objects.Topology,
    actions: UserActions,
    custom: CustomParts = _NO_CUSTOM_PARTS,
    scheduler: SchedulerChoice = "any-feasible-node",
) -> ClusterScope:
    """The scope of a check. Raises ManifestError for more than can be checked.

    applied: what kubectl applies, one after the other; the first is there at the beginning. scheduler: as in the scope.
    """
    ranges = ranges_of([*applied, *custom.known])
    everything = [with_limit_ranges(manifests, ranges) for manifests in (*applied, *custom.known)]
    refuse_many_objects(everything)
    nodes = {NodeId(spec.name): spec for spec in topology.nodes}
    autoscalers = build_autoscalers(everything, actions.demands, _user_sizes(actions))
    workloads = _workloads(everything, actions, nodes, largest_sizes(autoscalers.values()))
    kinds = _kinds_of_pods(workloads, custom)
    services, budgets = _services_and_budgets(everything)
    control_planes = tuple(n for n, spec in nodes.items() if spec.role == "control-plane") or tuple(nodes)[:1]
    pods_of_budget = {b: covered(budget, kinds) for b, budget in budgets.items()}
    return ClusterScope(
        nodes=nodes,
        control_planes=control_planes,
        probes={kind: _unique(p for p, _, t in kinds if probes_of(t.spec, kind)) for kind in PROBE_KINDS},
        init_pods=_unique(p for p, _, t in kinds if stages(t.spec)),
        sidecar_pods=_unique(p for p, _, t in kinds if any(map(is_sidecar, t.spec.init_containers))),
        zone_of={n: ZoneId(zone_key(spec.labels).replace("\0", "") or "the only zone") for n, spec in nodes.items()},
        deployments={d: tuple(found) for d, found in workloads.deployments.items()},
        templates={d: tuple(found) for d, found in workloads.templates.items()},
        replica_sets=workloads.replica_sets,
        replica_set_of=workloads.replica_set_of,
        stateful_sets=workloads.sets.stateful_sets,
        daemon_sets=workloads.sets.daemon_sets,
        controller_revisions=workloads.sets.controller_revisions,
        jobs=workloads.jobs,
        cron_jobs=workloads.cron_jobs,
        bare_pods=workloads.bare_pods,
        services=services,
        budgets=budgets,
        autoscalers=autoscalers,
        quotas=build_quotas(everything, kinds),
        limit_ranges=ranges,
        webhooks=build_webhooks(everything, services),
        pods_of_namespace=pods_of_namespaces(actions.targets.get("delete_namespace", ()), kinds),
        config_maps=_config_maps(everything, workloads, custom.custom_objects),
        pods_of_deployment=workloads.pods_of_deployment,
        pods_of_service=pods_of_services(services, kinds, len(nodes)),
        pods_of_budget={b: _unique(pods) for b, pods in pods_of_budget.items()},
        budgets_of_pod={p: tuple(b for b in budgets if p in pods_of_budget[b]) for p, _, _ in kinds},
        scheduler=scheduler,
        neighbours=neighbours_of(kinds, list(nodes.values()), scheduler),
        preempting_pods=_preempting(kinds),
        documents=documents_of(applied),
        batches=tuple(accumulate(document_count(manifests) for manifests in applied)),
        processes=_processes(nodes, control_planes),
        scales=actions.scales,
        undo_revisions=actions.undo_revisions,
        cascades=actions.cascades,
        rollouts=tuple(actions.rollouts),
        drains=actions.drains,
        ignore_daemonsets=actions.ignore_daemonsets,
        targets=actions.targets,
        only_if_down=actions.only_if_down,
        custom_objects=custom.custom_objects,
        most_creates=custom.most_creates,
        port_mappings=topology.port_mappings,
        kubernetes_version=topology.kubernetes_version,
        grace_seconds=node_monitor_grace_seconds(topology.kubernetes_version),
    )


def _services_and_budgets(
    everything: Sequence[objects.Manifests],
) -> tuple[dict[ServiceId, objects.Service], dict[BudgetId, objects.PodDisruptionBudget]]:
    services = {ServiceId(name_of(s)): s for m in everything for s in m.services}
    budgets = {BudgetId(name_of(b)): b for m in everything for b in m.pod_disruption_budgets}
    return services, budgets


def empty_cluster(scope: ClusterScope) -> Cluster:
    """The cluster before anything is applied."""
    pods = _unique(p for kinds in (*scope.pods_of_deployment.values(), tuple(scope.bare_pods)) for p in kinds)
    pods = _unique((*pods, *(p for r in scope.replica_sets.values() for p in r.pods)))
    pods = _unique((*pods, *(p for r in scope.controller_revisions.values() for p in r.pods)))
    pods = _unique((*pods, *(p for o in scope.custom_objects.values() for p in o.pods), *scope.job_of))
    autoscalers, autoscaler_memories, cpu_demands = first_states(scope.autoscalers)
    return Cluster(
        scope=scope,
        deployments=Table(scope.deployments),
        rollout_progress=first_progress(scope),
        deployment_finalizers=first_finalizers(scope),
        owned_replica_sets=first_ownership(scope),
        replica_sets=Table(scope.replica_sets),
        pods=Table(pods),
        services=Map((s, Service(endpoints=Table(scope.pods_of_service[s]))) for s in scope.services),
        budgets=Map((b, PodDisruptionBudget()) for b in scope.budgets),
        config_maps=Map((m, ConfigMap(version=0 if _is_applied(scope, m) else 1)) for m in scope.config_maps),
        nodes=Map((n, Node()) for n in scope.nodes),
        removable_nodes=Map((n, RemovableNode()) for n in scope.removable_nodes),
        zones=Map((z, Timer()) for z in dict.fromkeys(scope.zone_of.values())),
        machines=Map((n, Machine()) for n in scope.nodes),
        static_pods=Map((s, StaticPod()) for s in scope.static_pods),
        disks=Map(dict.fromkeys(scope.control_planes if scope.disks_may_be_lost else (), Disk.WRITTEN)),
        leases=Map(first_leases(scope)),
        containers=Table(pods),
        proxies=Map(
            (n, Proxy(rules=Map((s, SetOf(scope.pods_of_service[s])) for s in scope.services))) for n in scope.nodes
        ),
        drains=Map((n, DrainState.NONE) for n in scope.nodes),
        kubectl=Kubectl(),
        custom_objects=Map((o, CustomObject(status=Map(s.first_status))) for o, s in scope.custom_objects.items()),
        controller_processes=Map(
            dict.fromkeys((o.controller for o in scope.custom_objects.values()), ControllerProcess())
        ),
        work_items=Map((o, WorkItem(memory=Map(s.first_memory))) for o, s in scope.custom_objects.items()),
        creates=Map(dict.fromkeys(scope.custom_objects if scope.most_creates is not None else (), 0)),
        stateful_sets=Table(scope.stateful_sets),
        daemon_sets=Table(scope.daemon_sets),
        controller_revisions=Table(scope.controller_revisions),
        autoscalers=autoscalers,
        autoscaler_memories=autoscaler_memories,
        cpu_demands=cpu_demands,
        quotas=first_quotas(scope.quotas),
        webhook_configurations=first_configurations(scope.webhooks),
        namespaces=Map((n, Namespace()) for n in scope.namespaces),
        jobs=Table(scope.jobs),
        cron_jobs=Table(scope.cron_jobs),
        job_pods=Table(scope.job_of),
    )


def _is_applied(scope: ClusterScope, m: ConfigMapId) -> bool:
    folders = (folder for o in scope.custom_objects.values() for folder in o.folders)
    return any(d.kind == "ConfigMap" and d.name == m for d in chain(scope.documents, *folders))


# ---------------------------------------------------------------- workloads


def _workloads(
    applied: Sequence[objects.Manifests],
    actions: UserActions,
    nodes: Mapping[NodeId, objects.NodeSpec],
    scaled: Mapping[Target, int],
) -> _Workloads:
    """The workloads; scaled: how large autoscalers may make them."""
    refuse_many_pods(_pools(applied, actions, len(nodes), scaled))
    found = _Workloads()
    found.sets = build_sets(
        applied,
        nodes,
        actions.stateful_set_scales,
        scaled,
        actions.stateful_set_rollouts,
        actions.daemon_set_rollouts,
    )
    for manifests in applied:
        for deployment in manifests.deployments:
            found.deployments.setdefault(DeploymentId(name_of(deployment)), []).append(deployment)
        for replica_set in manifests.replica_sets:
            _add_bare_replica_set(found, replica_set, scaled)
        for pod in manifests.pods:
            spec = default_toleration_seconds(pod.spec)
            found.bare_pods.setdefault(PodId(name_of(pod)), attrs.evolve(pod, spec=spec))
    for d, versions in found.deployments.items():
        refuse_changed_selectors(versions)
        _add_deployment(found, d, versions, actions, scaled)
    found.jobs = build_jobs(applied, found.pods())
    found.cron_jobs, created = build_cron_jobs(applied, found.pods())
    found.jobs |= created
    return found


def _user_sizes(actions: UserActions) -> dict[Target, tuple[int, ...]]:
    """What the user may scale each workload to."""
    sizes: dict[Target, tuple[int, ...]] = {("Deployment", d): sizes for d, sizes in actions.scales.items()}
    return sizes | {("StatefulSet", s): sizes for s, sizes in actions.stateful_set_scales.items()}


def _pools(
    applied: Sequence[objects.Manifests], actions: UserActions, nodes: int, scaled: Mapping[Target, int]
) -> Iterable[tuple[Owner, int]]:
    """Every owner of pods with the size of its pool; of several versions of an object the largest."""
    largest: dict[tuple[str, str], tuple[Owner, int]] = {}
    for manifests in applied:
        for pod in manifests.pods:
            largest["Pod", name_of(pod)] = pod, 1
        for replica_set in manifests.replica_sets:
            key = "ReplicaSet", name_of(replica_set)
            largest[key] = replica_set, pool_size(max(replica_set.replicas, scaled.get(key, 0)))
        for deployment in manifests.deployments:
            key = "Deployment", name_of(deployment)
            size = pool_size(
                max(deployment.replicas, *actions.scales.get(DeploymentId(key[1]), ()), scaled.get(key, 0))
            )
            largest[key] = max(largest.get(key, (deployment, 0)), (deployment, size), key=lambda pool: pool[1])
        for stateful_set in manifests.stateful_sets:
            key = "StatefulSet", name_of(stateful_set)
            ordinals = ordinals_of(
                [stateful_set], (*actions.stateful_set_scales.get(StatefulSetId(key[1]), ()), scaled.get(key, 0))
            )
            pool = stateful_set, SAME_NAME * len(ordinals)
            largest[key] = max(largest.get(key, pool), pool, key=lambda pool: pool[1])
        for daemon_set in manifests.daemon_sets:
            key = "DaemonSet", name_of(daemon_set)
            names = daemon_set, pods_per_node(daemon_set) * nodes
            largest[key] = max(largest.get(key, names), names, key=lambda pool: pool[1])
        for job in manifests.jobs:
            key, job_pods = ("Job", name_of(job)), (job, job_pool_size(job))
            largest[key] = max(largest.get(key, job_pods), job_pods, key=lambda pool: pool[1])
        for cron_job in manifests.cron_jobs:
            largest["CronJob", name_of(cron_job)] = cron_job, TIMES * job_pool_size(cron_job.job)
    return largest.values()


def _add_bare_replica_set(found: _Workloads, replica_set: objects.ReplicaSet, scaled: Mapping[Target, int]) -> None:
    r = ReplicaSetId(name_of(replica_set))
    found.replica_sets[r] = ReplicaSetScope(
        deployment=None,
        template=admitted(replica_set.template),
        selector=replica_set.selector,
        namespace=replica_set.metadata.namespace,
        pods=pool_of(r, max(replica_set.replicas, scaled.get(("ReplicaSet", r), 0))),
        replicas=replica_set.replicas,
        min_ready_seconds=replica_set.min_ready_seconds,
    )


def _add_deployment(
    found: _Workloads,
    d: DeploymentId,
    versions: list[objects.Deployment],
    actions: UserActions,
    scaled: Mapping[Target, int],
) -> None:
    templates, numbers = revisions_of((version.template for version in versions), actions.rollouts.get(d, 0))
    most = max([*(v.replicas for v in versions), *actions.scales.get(d, ()), scaled.get(("Deployment", d), 0)])
    pool = pool_of(d, most)
    found.pods_of_deployment[d] = pool
    found.templates[d] = [f"revision {number + 1}" for number in numbers]
    for number, template in enumerate(templates):
        r = ReplicaSetId(f"{d}-{number + 1}")
        found.replica_set_of[d, f"revision {number + 1}"] = r
        found.replica_sets[r] = ReplicaSetScope(
            deployment=d,
            template=admitted(template),
            selector=versions[0].selector,
            namespace=versions[0].metadata.namespace,
            pods=pool,
            min_ready_seconds=versions[-1].min_ready_seconds,
        )


# ---------------------------------------------------------------- who selects whom


def _kinds_of_pods(workloads: _Workloads, custom: CustomParts) -> list[PodKind]:
    """Every pod that may exist with every template it may have: (pod, namespace, template)."""
    kinds = [(p, r.namespace, r.template) for r in workloads.replica_sets.values() for p in r.pods]
    kinds += [(p, r.namespace, t) for r in workloads.sets.controller_revisions.values() for p, t in r.templates.items()]
    kinds += [(p, job.namespace, job.template) for job in workloads.jobs.values() for p in job.pods]
    for o in custom.custom_objects.values():
        kinds += [(p, o.namespace, o.template) for p in o.pods if o.template is not None]
    for p, bare in workloads.bare_pods.items():
        template = objects.PodTemplate(labels=bare.metadata.labels, spec=bare.spec)
        kinds.append((p, bare.metadata.namespace, template))
    return kinds


def _preempting(kinds: list[PodKind]) -> tuple[PodId, ...]:
    """The pods that matter more than some other, and may take its place."""
    least = min((t.spec.priority for _, _, t in kinds), default=0)
    return _unique(p for p, _, t in kinds if t.spec.priority > least and t.spec.preemption_policy != NEVER)


def _config_maps(
    applied: Sequence[objects.Manifests],
    workloads: _Workloads,
    custom_objects: Mapping[CustomObjectId, CustomObjectScope],
) -> dict[ConfigMapId, tuple[objects.ConfigMap, ...]]:
    """The versions of each ConfigMap; one that is only referred to is taken to exist, empty."""
    found: dict[ConfigMapId, list[objects.ConfigMap]] = {}
    for manifests in applied:
        for config_map in manifests.config_maps:
            versions = found.setdefault(ConfigMapId(name_of(config_map)), [])
            if not versions or versions[-1].data != config_map.data:
                versions.append(config_map)
    scope = ClusterScope(
        nodes={},
        control_planes=(),
        zone_of={},
        replica_sets=workloads.replica_sets,
        controller_revisions=workloads.sets.controller_revisions,
        jobs=workloads.jobs,
        bare_pods=workloads.bare_pods,
        custom_objects=custom_objects,
    )
    owners: list[tuple[PodId, OwnerId | None]] = [(p, None) for p in workloads.bare_pods]
    owners += [(p, r) for r, rs in workloads.replica_sets.items() for p in rs.pods[:1]]
    owners += [(p, r) for r, revision in workloads.sets.controller_revisions.items() for p in revision.pods[:1]]
    owners += [(p, j) for j, job in workloads.jobs.items() for p in job.pods[:1]]
    owners += [(p, o) for o, custom in custom_objects.items() for p in custom.pods[:1]]
    for p, owner in owners:
        for m in scope.config_maps_of(p, owner):
            found.setdefault(m, [_assumed(m)])
    return {m: tuple(versions) for m, versions in found.items()}


def _assumed(m: ConfigMapId) -> objects.ConfigMap:
    return objects.ConfigMap(metadata=objects.ObjectMeta(name=m), source=objects.Source(file="", line=0))


def _processes(nodes: Iterable[NodeId], control_planes: Sequence[NodeId]) -> dict[ProcessId, tuple[str, str]]:
    """What may be killed; a process of the control plane is called by its node only where there are several nodes."""
    found: dict[ProcessId, tuple[str, str]] = {}
    for s, fixed in static_pods_of(control_planes).items():
        name = f"{fixed.component} on {fixed.node}" if len(control_planes) > 1 else fixed.component
        found[ProcessId(name)] = ("static pod", s)
    for n in nodes:
        found[ProcessId(f"kubelet on {n}")] = ("kubelet", n)
        found[ProcessId(f"containerd on {n}")] = ("container runtime", n)
        found[ProcessId(f"kube-proxy on {n}")] = ("proxy", n)
    return found


def _unique(pods: Iterable[PodId]) -> tuple[PodId, ...]:
    return tuple(dict.fromkeys(pods))
