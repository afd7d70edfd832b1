"""kubectl and the person who uses it: apply, scale, rollout, delete, cordon, uncordon, drain.

What is done to StatefulSets and DaemonSets is in kubectl_sets.py, what one document comes to in kubectl_apply.py.

What a person decides is never promised and has a budget; what kubectl then does to carry it out is promised.
Source: staging/src/k8s.io/kubectl/pkg
"""

from __future__ import annotations

from typing import NewType

from clusterproof import Component, Timer, cover, require, weak
from clusterproof.models.kubernetes import apiserver, deployment_controller, node_objects, quotas
from clusterproof.models.kubernetes.decisions import deployment as deployment_decisions
from clusterproof.models.kubernetes.decisions import eviction as eviction_decisions
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.decisions.deployment import Rollback
from clusterproof.models.kubernetes.decisions.eviction import BudgetView, Outcome
from clusterproof.models.kubernetes.kubectl_apply import change_spec, may_be_sent, send
from clusterproof.models.kubernetes.names import BudgetId, DeploymentId, NodeId, PodId, pod_name
from clusterproof.models.kubernetes.state import Cluster, DrainState, Pod, PodPhase

Replicas = NewType("Replicas", int)
Revision = NewType("Revision", int)
"""A revision that somebody rolls back to by its number."""

DISRUPTED_SECONDS = 120
"""How long a granted eviction counts against the budget when its pod does not go (disruption.DeletionTimeout)."""


def may(c: Cluster, action: str, name: str) -> bool:
    """Whether the scope lets the user do this to this object."""
    return name in c.scope.targets.get(action, (name,))


user = Component("user", runs_when=apiserver.is_serving, urgent=False)
kubectl = Component("kubectl", runs_when=apiserver.is_serving, fair=weak)


# ---------------------------------------------------------------- apply


@user.action(writes=("kubectl.to_apply",))
def apply(c: Cluster) -> None:
    """`kubectl apply -f` with the next manifests."""
    require(c.kubectl.applied == c.kubectl.to_apply and c.kubectl.applied < len(c.scope.documents))
    c.kubectl.to_apply = c.scope.next_batch(c.kubectl.applied)


@kubectl.action(
    writes=(
        "kubectl.applied",
        "deployments",
        "rollout_progress.deadline",
        "stateful_sets",
        "daemon_sets",
        "jobs",
        "cron_jobs",
        "services",
        "budgets",
        "autoscalers",
        "quotas",
        "webhook_configurations",
        "config_maps",
        "custom_objects",
        "pods",
        "replica_sets",
        *apiserver.COMMIT,
    )
)
def apply_document(c: Cluster) -> None:
    """Send the next document: POST a new object, PATCH one that exists with a three-way merge.

    One that admission refuses is sent again until it is let in; none is sent before each quota's status is known.
    """
    require(c.kubectl.applied < c.kubectl.to_apply and quotas.every_status_is_known(c))
    document = c.scope.documents[c.kubectl.applied]
    require(may_be_sent(c, document))
    c.kubectl.applied = c.kubectl.applied + 1
    send(c, document)


# ---------------------------------------------------------------- scale


@user.action(writes=("kubectl",))
def scale(c: Cluster, d: DeploymentId, replicas: Replicas) -> None:
    """`kubectl scale deployment`: kubectl reads the object, and its resourceVersion."""
    deployment = require(c.deployments.get(d))
    require(replicas in c.scope.scales.get(d, ()))
    require(c.kubectl.scaling is None and deployment.replicas != replicas)
    c.kubectl.scaling = d
    c.kubectl.scale_to = replicas
    c.kubectl.scale_read = deployment.resource_version


@kubectl.action(
    writes=(
        "kubectl",
        "deployments.replicas",
        "deployments.observed",
        "deployments.resource_version",
        *apiserver.COMMIT,
    )
)
def update_scale(c: Cluster) -> None:
    """PUT the scale with the resourceVersion that was read: compare and swap."""
    d = require(c.kubectl.scaling)
    deployment = c.deployments[d]
    require(deployment.resource_version == c.kubectl.scale_read)
    deployment.replicas = c.kubectl.scale_to
    deployment.observed = False
    apiserver.update(c, deployment, read=c.kubectl.scale_read)
    forget_scaling(c)


@kubectl.action(writes=("kubectl.scale_read",))
def retry_scale(c: Cluster) -> None:
    """409 Conflict: somebody wrote in between. kubectl reads again. Source: pkg/scale/scale.go (ScaleCondition)."""
    d = require(c.kubectl.scaling)
    deployment = c.deployments[d]
    require(deployment.resource_version != c.kubectl.scale_read)
    cover("409 Conflict")
    c.kubectl.scale_read = deployment.resource_version


def forget_scaling(c: Cluster) -> None:
    """A `kubectl scale` is over."""
    c.kubectl.scaling = None
    c.kubectl.scale_to = 0
    c.kubectl.scale_read = None


# ---------------------------------------------------------------- rollout and delete


CHANGED_SPEC = (
    "deployments.replicas",
    "deployments.template",
    "deployments.observed",
    "deployments.resource_version",
    *apiserver.COMMIT,
)


@user.action(writes=CHANGED_SPEC)
def rollout(c: Cluster, d: DeploymentId) -> None:
    """`kubectl rollout restart` (or `set image`): the pod template changes to the next one in scope."""
    require(d in c.scope.rollouts)
    deployment = require(c.deployments.get(d))
    templates = list(dict.fromkeys(c.scope.templates[d]))
    position = templates.index(deployment.template) + 1
    require(position < len(templates))
    change_spec(c, d, replicas=deployment.replicas, template=templates[position])


@user.action(writes=CHANGED_SPEC)
def rollout_undo(c: Cluster, d: DeploymentId) -> None:
    """`kubectl rollout undo`: back to the template of the ReplicaSet with the last revision but one."""
    require(may(c, "rollout_undo", d))
    _roll_back(c, d, 0)


@user.action(writes=CHANGED_SPEC)
def rollout_undo_to_revision(c: Cluster, d: DeploymentId, revision: Revision) -> None:
    """`kubectl rollout undo --to-revision`: refused where no ReplicaSet has that revision any more."""
    require(revision in c.scope.undo_revisions.get(d, ()))
    _roll_back(c, d, revision)


def _roll_back(c: Cluster, d: DeploymentId, to_revision: int) -> None:
    """Source: polymorphichelpers/rollback.go"""
    deployment = require(c.deployments.get(d))
    found = require(rollback(c, d, to_revision).replica_set)
    target = next(t for t in c.scope.templates[d] if c.scope.replica_set_of[d, t] == found.name)
    change_spec(c, d, replicas=deployment.replicas, template=target)


def rollback(c: Cluster, d: DeploymentId, to_revision: int) -> Rollback:
    """What `kubectl rollout undo` would come to now; to_revision: 0 for the last but one."""
    return deployment_decisions.rollback(
        d,
        deployment_controller.numbered(c, d),
        deployment_controller.new_replica_set_of(c, d),
        paused=deployment_controller.manifest_of(c, d).paused,
        to_revision=to_revision,
    )


@user.action(writes=("pods", *apiserver.COMMIT))
def delete_pod(c: Cluster, p: PodId) -> None:
    """`kubectl delete pod`: no budget is asked."""
    require(may(c, "delete_pod", pod_name(p)))
    apiserver.delete_pod(c, p)


@user.action(writes=("deployments", "rollout_progress", "deployment_finalizers", *apiserver.COMMIT))
def delete_deployment(c: Cluster, d: DeploymentId, cascade: PropagationPolicy) -> None:
    """`kubectl delete deployment`, in the background, or with --cascade=foreground or --cascade=orphan."""
    require(may(c, "delete_deployment", d) and cascade in c.scope.cascades_of(d))
    deployment = require(c.deployments.get(d))
    require(not deployment.deleting)
    if cascade is PropagationPolicy.BACKGROUND:
        apiserver.remove_deployment(c, d)
        return
    deployment.deleting = True
    if cascade is PropagationPolicy.ORPHAN:
        c.deployment_finalizers[d].orphan = True
    apiserver.update(c, deployment)


# ---------------------------------------------------------------- cordon and drain


@user.action(writes=("nodes.unschedulable", "nodes.resource_version", *apiserver.COMMIT))
def cordon(c: Cluster, n: NodeId) -> None:
    """`kubectl cordon`."""
    require(may(c, "cordon", n) and node_objects.exists(c, n) and not c.nodes[n].unschedulable)
    c.nodes[n].unschedulable = True
    apiserver.update(c, c.nodes[n])


@user.action(writes=("nodes.unschedulable", "nodes.resource_version", "drains", *apiserver.COMMIT))
def uncordon(c: Cluster, n: NodeId) -> None:
    """`kubectl uncordon`."""
    require(may(c, "uncordon", n) and c.nodes[n].unschedulable and c.drains[n] is not DrainState.DRAINING)
    c.nodes[n].unschedulable = False
    c.drains[n] = DrainState.NONE
    apiserver.update(c, c.nodes[n])


@user.action(writes=("nodes.unschedulable", "nodes.resource_version", "drains", *apiserver.COMMIT))
def drain(c: Cluster, n: NodeId) -> None:
    """`kubectl drain`: cordon the node, then evict its pods one by one, and wait until they are gone.

    Pods of DaemonSets are left alone with --ignore-daemonsets; without it kubectl refuses to drain a node that has any,
    after it has cordoned it. Source: staging/src/k8s.io/kubectl/pkg/drain/filters.go (daemonSetFilter).
    """
    require(n in c.scope.drains and c.drains[n] is DrainState.NONE and node_objects.exists(c, n))
    refused = not c.scope.ignore_daemonsets and any(is_spared(c, pod) for pod in c.pods.values() if pod.node == n)
    c.drains[n] = DrainState.REFUSED if refused else DrainState.DRAINING
    if not c.nodes[n].unschedulable:
        c.nodes[n].unschedulable = True
        apiserver.update(c, c.nodes[n])


def is_spared(c: Cluster, pod: Pod) -> bool:
    """Whether a drain leaves a pod alone: one of a DaemonSet that has not ended."""
    if not c.scope.daemon_sets or not c.scope.is_daemon_pod(pod.owner):
        return False
    return pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED)


@kubectl.action(writes=("pods", "budgets.disruptions_allowed", "budgets.resource_version", *apiserver.COMMIT))
def evict(c: Cluster, n: NodeId, p: PodId) -> None:
    """POST an eviction: deleted at once where no budget covers the pod, charged to the budget first where one does.

    A refusal changes nothing; kubectl tries again every 5 seconds. Reading the budget and charging it is one step: the
    write is a compare-and-swap on the status that was read. Source: pkg/registry/core/pod/storage/eviction.go.
    """
    require(c.drains[n] is DrainState.DRAINING)
    pod = require(c.pods.get(p))
    require(pod.node == n and not pod.deleting and not pod.evicting and not is_spared(c, pod))
    covering = [b for b in c.scope.budgets_of_pod.get(p, ()) if c.budgets[b].exists]
    views = [_budget_view(c, b) for b in covering]
    decision = eviction_decisions.evict(pod.phase.value, pod.ready, pod.deleting, views)
    if decision.outcome is Outcome.DELETE:
        apiserver.delete_pod(c, p)
    elif decision.outcome is Outcome.DECREMENT_AND_DELETE:
        budget = c.budgets[covering[0]]
        budget.disruptions_allowed = budget.disruptions_allowed - 1
        pod.disrupted = Timer(DISRUPTED_SECONDS)
        pod.evicting = True
        apiserver.update(c, budget)


def _budget_view(c: Cluster, b: BudgetId) -> BudgetView:
    budget = c.budgets[b]
    return BudgetView(
        disruptions_allowed=budget.disruptions_allowed,
        current_healthy=budget.current_healthy,
        desired_healthy=budget.desired_healthy,
        observed=budget.observed,
        unhealthy_pod_eviction_policy=c.scope.budgets[b].unhealthy_pod_eviction_policy,
    )


@kubectl.action(writes=("pods", *apiserver.COMMIT))
def delete_evicted(c: Cluster, p: PodId) -> None:
    """The second half of an eviction that was charged: the apiserver deletes the pod."""
    pod = require(c.pods.get(p))
    require(pod.evicting)
    pod.evicting = False
    if not pod.deleting:
        apiserver.delete_pod(c, p)


@kubectl.action(writes=("drains",))
def finish_drain(c: Cluster, n: NodeId) -> None:
    """No pod is left on the node but those that are ignored: `node drained`."""
    require(c.drains[n] is DrainState.DRAINING)
    staying = (pod for pod in c.pods.values() if pod.phase is not PodPhase.SUCCEEDED)
    require(not any(pod.node == n and not is_spared(c, pod) for pod in staying))
    c.drains[n] = DrainState.DONE
