"""The Kubernetes system: all components, faults and users over one cluster.

The five sections of a model, spread over files: state.py; one file per component for the actions; faults.py;
`clusterproof.properties` for the properties; and the system, here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import attrs
from attrs import Factory, frozen

from clusterproof import Action, Component, Map, System, evolve, unbounded
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes import (
    application,
    control_plane,
    cronjob_controller,
    daemonset_controller,
    deployment_status_controller,
    disruption_controller,
    endpointslice_controller,
    faults,
    garbage_collector,
    hpa_controller,
    job_status_controller,
    kube_proxy,
    kubectl,
    kubelet,
    lost_disks,
    namespace_controller,
    node_lifecycle,
    objects,
    pod_gc,
    preemption,
    quota_controller,
    replicaset_controller,
    statefulset_controller,
    taint_eviction,
    ttl_after_finished,
)
from clusterproof.models.kubernetes.assumptions import assumptions
from clusterproof.models.kubernetes.build import CustomParts, UserActions, build_scope, empty_cluster
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.decisions.probes import ProbeKind
from clusterproof.models.kubernetes.decisions.scoring import why_not_scored
from clusterproof.models.kubernetes.deployed import Deployed, deployed_states, first_deployed_state, sampled_states
from clusterproof.models.kubernetes.documents import deployed_order, document_count, late_documents
from clusterproof.models.kubernetes.initial_placements import why_in_any_placement
from clusterproof.models.kubernetes.names import (
    BareReplicaSetId,
    CronJobId,
    CustomObjectId,
    DeadlineDeploymentId,
    DeploymentId,
    EndingPodId,
    EntryServiceId,
    ForegroundReplicaSetId,
    HistoryDeploymentId,
    InitPodId,
    JobId,
    JobPodId,
    MemberId,
    NodeId,
    Ordinal,
    OrphanedReplicaSetId,
    OrphaningDeploymentId,
    PodId,
    PreemptingPodId,
    ProbedPodId,
    ProcessId,
    RemovableNodeId,
    SidecarPodId,
    SlowPodId,
)
from clusterproof.models.kubernetes.narration import NARRATION
from clusterproof.models.kubernetes.scope import ClusterScope, SchedulerChoice
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.system import Timing

Budget = Any

COMPONENTS: tuple[Component, ...] = (
    kubectl.kubectl,
    control_plane.kubelet_static,
    control_plane.leaders,
    deployment_status_controller.controller,
    replicaset_controller.controller,
    statefulset_controller.controller,
    daemonset_controller.controller,
    cronjob_controller.controller,
    cronjob_controller.schedule,
    job_status_controller.controller,
    ttl_after_finished.controller,
    hpa_controller.controller,
    quota_controller.controller,
    namespace_controller.controller,
    preemption.scheduler,
    kubelet.kubelet,
    kubelet.clock_driven,
    endpointslice_controller.controller,
    kube_proxy.kube_proxy,
    disruption_controller.controller,
    node_lifecycle.controller,
    taint_eviction.controller,
    garbage_collector.controller,
    faults.application_repair,
    pod_gc.controller,
    application.application,
    faults.service_manager,
    faults.control_plane_repair,
    faults.reboot,
    faults.link_repair,
    kubectl.user,
    hpa_controller.clients,
    faults.faults,
)

FAULTS: Mapping[str, Action[...]] = {action.name.replace("_", "-"): action for action in faults.faults.actions}
"""Fault by the name users write."""

HEALS: Mapping[str, Action[...]] = {
    "stop-control-plane": faults.start_control_plane,
    "reboot-node": faults.start_node,
    "partition-node": faults.mend_link,
    "fail-probe": faults.answer_probe,
}
"""What repairs a fault; `heals: false` takes it out of the scope."""

DEFAULT_FAULTS: Mapping[str, int] = {"stop-control-plane": 1, "crash-container": 1}

FOLLOWED_BY: Mapping[str, tuple[Action[...], ...]] = {
    "apply": (kubectl.apply_document,),
    "scale": (kubectl.update_scale, kubectl.retry_scale),
    "drain": (kubectl.evict, kubectl.delete_evicted, kubectl.finish_drain),
    "delete-node": (pod_gc.quarantine, pod_gc.end_quarantine, pod_gc.delete_orphaned_pod),
    "taint-out-of-service": (pod_gc.delete_pod_out_of_service,),
}
"""What others go on with after the user has begun something; where nobody begins, there is nothing to go on with."""

FOLLOWED_BY_FAULT: Mapping[str, tuple[Action[...], ...]] = {
    "fail-probe": (kubelet.become_unready, kubelet.kill_unhealthy_container),
    "lose-disk": (lost_disks.start_empty_store,),
}
"""What a component does only after a fault; where it never strikes, there is nothing to do."""

USER_ACTIONS: Mapping[str, Action[...]] = {
    action.name.replace("_", "-"): action for action in (*lost_disks.user.actions, *hpa_controller.clients.actions)
}


@frozen(kw_only=True)
class FaultBudget:
    """How often a fault may strike, and whether what repairs it is in scope."""

    budget: Budget = 1
    heals: bool = True


@frozen(kw_only=True)
class Scope:
    """What to check a cluster under.

    faults: name -> budget, over the defaults. actions: user action -> budget. start: deployed (every placement),
    sampled (some placements, which proves nothing) or apply. deployed: how many of the manifests have been applied
    before the check begins, one after the other, each until all was quiet. scheduler: any-feasible-node, which covers
    all scores, or highest-score, with every choice among equals.
    """

    faults: Mapping[str, FaultBudget] = Factory(dict)
    actions: Mapping[str, Budget] = Factory(dict)
    user_actions: UserActions = Factory(UserActions)
    start: Literal["deployed", "sampled", "apply"] = "deployed"
    deployed: int = 1
    timing: Timing = "timed"
    default_faults: bool = True
    scheduler: SchedulerChoice = "any-feasible-node"

    def fault_budgets(self) -> dict[str, FaultBudget]:
        """The budget of every fault: the defaults, with what was said."""
        found = {name: FaultBudget(budget=0) for name in FAULTS}
        if self.default_faults:
            found |= {name: FaultBudget(budget=budget) for name, budget in DEFAULT_FAULTS.items()}
        return {**found, **self.faults}

    def back_off_grows(self) -> bool:
        """Whether faults may make a container exit more than once."""
        budgets = [self.fault_budgets()[name].budget for name in ("crash-container", "fail-probe")]
        return unbounded in budgets or sum(budgets) > 1


def cluster_system(
    applied: Sequence[objects.Manifests],
    topology: objects.Topology,
    scope: Scope,
    *,
    properties: Sequence[Any] = (),
    first_only: bool = False,
    keep_going: Callable[[int], bool] = lambda _: True,
    remember: Callable[[Compiled], object] = lambda _: None,
    name: str = "cluster",
    custom: CustomParts | None = None,
    components: Sequence[Component] = (),
    budgets: Mapping[Action[...], Budget] | None = None,
) -> tuple[System[Cluster], Deployed | None]:
    """The system to check, and how its initial states were found (None when it starts from apply).

    first_only: with start deployed, one placement is enough; nothing is proved from there.
    custom, components, budgets: what controllers of one's own add to the cluster.
    Raises ManifestError for more than can be checked, and ValueError for a cluster whose scores are not known.
    """
    custom, further = custom or CustomParts(), budgets or {}
    constants = attrs.evolve(
        build_scope(applied, topology, scope.user_actions, custom, scope.scheduler),
        back_off_grows=scope.back_off_grows(),
        probes_may_fail=scope.fault_budgets()["fail-probe"].budget != 0,
        disks_may_be_lost=scope.fault_budgets()["lose-disk"].budget != 0,
    )
    if scope.scheduler == "highest-score" and (why := why_not_scored(len(constants.nodes), constants.minor_version)):
        raise ValueError(f"scheduler: {why}; write any-feasible-node")
    if scope.start != "apply":
        documents = deployed_order(constants.documents, constants.batches, applied)
        constants = attrs.evolve(constants, documents=documents, webhooks_come_last=True)
    start = empty_cluster(constants)
    common: dict[str, Any] = {
        "components": (*COMPONENTS, *components),
        "domains": _domains(constants, start),
        "timing": scope.timing,
        "assumptions": assumptions(constants, applied, scope.start, scope.deployed),
        "sliced": True,
        "narration": NARRATION,
        "name": name,
    }
    found: Deployed | None = None
    initial: Sequence[Cluster] = [start]
    if scope.start == "apply" and applied:
        initial = [_asked_to_apply(start, document_count(applied[0]))]
    if scope.start != "apply":
        every = deployed_states if scope.start == "deployed" else sampled_states
        find = first_deployed_state if first_only else every
        nothing = dict.fromkeys((*FAULTS.values(), *USER_ACTIONS.values(), *further), 0)
        initial = [evolve(c, scope=_until_deployed(constants, scope.deployed)) for c in initial]
        late = 0
        for manifests in applied[: scope.deployed]:
            ready = [_asked_to_apply(c, late) for c in initial]
            late = 0 if first_only else len(late_documents(manifests))
            ready = [_asked_to_apply(c, document_count(manifests) - late) for c in ready]
            fault_free = System(ready, budgets=nothing, **common)
            found = find(fault_free, keep_going=keep_going, remember=remember)
            initial = found.states or ready
        initial = [_asked_to_apply(_judged(evolve(c, scope=constants), initial), late) for c in initial]
    under_way = any(c.kubectl.applied < c.kubectl.to_apply for c in initial)
    budgets = {**_budgets(scope, apply_is_under_way=under_way), **further}
    return System(initial, budgets=budgets, properties=properties, **common), found


def _domains(constants: ClusterScope, start: Cluster) -> dict[Any, Sequence[Any]]:
    """The values that the parameters of actions and properties may have, where the state does not say them."""
    sizes = {size for sizes in constants.scales.values() for size in sizes}
    sizes |= {size for s in constants.stateful_sets.values() for size in s.sizes}
    orphans = constants.replica_sets_deleted(PropagationPolicy.ORPHAN)
    return {
        PodId: start.pods.ids,
        NodeId: tuple(constants.nodes),
        DeploymentId: tuple(constants.deployments),
        DeadlineDeploymentId: constants.deployments_with_deadline,
        HistoryDeploymentId: constants.deployments_with_short_history,
        JobId: tuple(constants.jobs),
        CronJobId: tuple(constants.cron_jobs),
        JobPodId: tuple(constants.job_of),
        EndingPodId: tuple(p for p in start.pods.ids if p in constants.ending_pods),
        Ordinal: tuple(sorted({n for s in constants.stateful_sets.values() for n in s.pods})),
        ProcessId: tuple(constants.processes),
        RemovableNodeId: constants.removable_nodes,
        MemberId: tuple(start.disks),
        InitPodId: constants.init_pods,
        SidecarPodId: constants.sidecar_pods,
        PreemptingPodId: constants.preempting_pods,
        ProbedPodId: tuple(dict.fromkeys(p for pods in constants.probes.values() for p in pods)),
        SlowPodId: constants.probes.get("startup", ()),
        ProbeKind: tuple(kind for kind, pods in constants.probes.items() if pods),
        CustomObjectId: tuple(constants.custom_objects),
        kubectl.Replicas: tuple(sorted(sizes)),
        kubectl.Revision: tuple(sorted({n for numbers in constants.undo_revisions.values() for n in numbers})),
        hpa_controller.Millicores: tuple(sorted({m for a in constants.autoscalers.values() for m in a.demands})),
        BareReplicaSetId: (*(r for r, rs in constants.replica_sets.items() if rs.deployment is None), *orphans),
        OrphanedReplicaSetId: orphans,
        OrphaningDeploymentId: constants.deployments_deleted(PropagationPolicy.ORPHAN),
        ForegroundReplicaSetId: constants.replica_sets_deleted(PropagationPolicy.FOREGROUND),
        PropagationPolicy: tuple(dict.fromkeys(how for d in constants.deployments for how in constants.cascades_of(d))),
        EntryServiceId: tuple(s for s in constants.services if kube_proxy.entry_nodes(start, s)),
    }


def _until_deployed(constants: ClusterScope, deployed: int) -> ClusterScope:
    """The scope while the deployed states are looked for: the scheduler may have to take any node for all to be found.

    deployed: how many manifests are applied one after the other.
    """
    return (
        attrs.evolve(constants, scheduler="any-feasible-node")
        if why_in_any_placement(constants, deployed)
        else constants
    )


def _asked_to_apply(c: Cluster, documents: int) -> Cluster:
    """The cluster with `kubectl apply -f` of so many more documents under way."""
    return evolve(c, kubectl=evolve(c.kubectl, to_apply=c.kubectl.to_apply + documents))


def _judged(c: Cluster, deployed: Sequence[Cluster]) -> Cluster:
    """A deployed state in which a mapped Service that is reachable in no deployed state counts as judged."""
    services = {}
    for s, service in c.services.items():
        mapped = bool(kube_proxy.entry_nodes(c, s))
        never = mapped and not any(other.services[s].has_been_reachable for other in deployed)
        services[s] = evolve(service, has_been_reachable=True) if never else service
    return evolve(c, services=Map(services))


def _budgets(scope: Scope, *, apply_is_under_way: bool) -> dict[Action[...], Budget]:
    budgets: dict[Action[...], Budget] = {}
    faults_in_scope = scope.fault_budgets()
    for name, fault in faults_in_scope.items():
        budgets[FAULTS[name]] = fault.budget
        if fault.budget == 0:
            budgets |= dict.fromkeys(FOLLOWED_BY_FAULT.get(name, ()), 0)
        if name in HEALS and (fault.budget == 0 or not fault.heals):
            budgets[HEALS[name]] = 0
    if not scope.back_off_grows():
        budgets[kubelet.forget_back_off] = 0
    if not scope.actions.get("delete-node") and faults_in_scope["lose-disk"].budget == 0:
        budgets[kubelet.register_node] = 0
    for name, action in USER_ACTIONS.items():
        budgets[action] = scope.actions.get(name, 0)
    for name, followed_by in FOLLOWED_BY.items():
        if not scope.actions.get(name) and not (name == "apply" and apply_is_under_way):
            budgets |= dict.fromkeys(followed_by, 0)
    return budgets


__all__ = ["COMPONENTS", "FAULTS", "HEALS", "FaultBudget", "Scope", "cluster_system", "unbounded"]
