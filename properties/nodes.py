"""Nodes: binding, capacity, cordons, drains, evictions.

Source: https://kubernetes.io/docs/concepts/architecture/nodes/, https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, Whenever, always, claim, leads_to, step
from clusterproof.models.kubernetes import node_objects
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import pod_requests
from clusterproof.models.kubernetes.decisions.scheduling.node_unschedulable import UNSCHEDULABLE_TAINT
from clusterproof.models.kubernetes.decisions.tolerations import tolerates_taint
from clusterproof.models.kubernetes.names import NodeId, PodId
from clusterproof.models.kubernetes.state import Cluster, DrainState, PodPhase


@step
def no_double_binding(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """A pod is bound at most once: spec.nodeName never changes (C01)."""
    old, new = before.pods.get(p), after.pods.get(p)
    if old is not None and new is not None and old.node is not None:
        yield claim(new.node == old.node, "spec.nodeName never changes once it is set", p)


@always
def node_capacity(c: Cluster, n: NodeId) -> Claims:
    """The requests of the pods bound to a node fit into what it can allocate (C02)."""
    room = c.scope.nodes[n].allocatable
    here = []
    used: dict[str, int] = {"pods": 0}
    for p, pod in c.pods.items():
        if pod.node == n and pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED):
            here.append(p)
            used["pods"] += 1
            for resource, amount in pod_requests(c.scope.template(p, pod.owner).spec).items():
                used[resource] = used.get(resource, 0) + amount
    over = [resource for resource, amount in used.items() if amount > room.get(resource, amount)]
    yield claim(not over, "requests fit into allocatable", n, *here)


@step
def no_new_pod_on_an_unschedulable_node(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """Nothing is bound to a node that is cordoned (C04), but pods that tolerate it, as those of DaemonSets do."""
    old, new = before.pods.get(p), after.pods.get(p)
    if old is not None and new is not None and old.node is None and new.node is not None:
        tolerations = before.scope.template(p, new.owner).spec.tolerations
        if any(tolerates_taint(each, UNSCHEDULABLE_TAINT) for each in tolerations):
            return
        cordoned = before.nodes[new.node].unschedulable
        yield claim(not cordoned, "no pod is bound to a cordoned node", p, new.node)


@leads_to(needs=("drain",))
def drain_terminates(c: Cluster, n: NodeId) -> Whenever:
    """A drain that was begun ends: no pod is left on the node but those of DaemonSets (F16). A refusal is no end."""
    begun = c.drains[n] in (DrainState.DRAINING, DrainState.REFUSED)
    return Whenever(given=begun, then=c.drains[n] is DrainState.DONE)


@step(needs=("drain",))
def evictions_respect_the_budget(before: Cluster, after: Cluster, by: StepInfo, p: PodId) -> Claims:
    """An eviction of a healthy pod is charged to its budget, which had one to spare (C05).

    Judged on the status that the eviction read.
    """
    if (by.component, by.action) != ("kubectl", "evict"):
        return
    old, new = before.pods.get(p), after.pods.get(p)
    if old is None or not old.ready or old.phase is not PodPhase.RUNNING:
        return
    evicted = new is None or new.deleting != old.deleting or new.evicting != old.evicting
    for b in before.scope.budgets_of_pod.get(p, ()):
        budget = before.budgets[b]
        if evicted and budget.exists:
            spare = budget.disruptions_allowed > 0 and budget.current_healthy > budget.desired_healthy
            charged = after.budgets[b].disruptions_allowed == budget.disruptions_allowed - 1
            yield claim(spare and charged, "an eviction of a healthy pod is charged to a budget that allows it", p, b)


@step(timed_only=True)
def no_mass_eviction_after_outage(before: Cluster, after: Cluster, by: StepInfo, p: PodId) -> Claims:
    """Pods of nodes that were well all the time are not evicted because the control plane was away (D04).

    What the user takes out of service is not well any more.
    """
    pod = before.pods.get(p)
    if pod is None:
        return
    says = "a pod on a node that was never disturbed is not evicted"
    # What others do is no eviction, wherever the pod is: of a step that cannot be one, little is read.
    if by.component != "taint-eviction" or pod.deleting or ((new := after.pods.get(p)) and not new.deleting):
        yield claim(True, says, p)
    elif pod.node is not None:
        unwell = before.machines[pod.node].disturbed or node_objects.is_out_of_service(before, pod.node)
        yield claim(unwell, says, p, pod.node)
