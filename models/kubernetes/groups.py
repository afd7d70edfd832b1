"""Workloads that cannot feel each other: a cluster falls into groups of objects that can be checked one by one.

What happens to one group is then the same with and without the others. Objects feel each other through selectors
(budgets, autoscalers), through the scheduler (affinity, spreading, ports of the host) and through the room on
the nodes. Room is the one thing that everybody shares. So each workload has a share of it, on every node, and where the
shares of all fit, and each workload is shown to keep to its own, no pod finds a node full because of another group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import ceil
from typing import Any

import attrs
from attrs import Factory, frozen

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.build import UserActions, build_scope
from clusterproof.models.kubernetes.decisions.scheduler import PlacedPod, feels
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import pod_requests
from clusterproof.models.kubernetes.decisions.scheduling.node_unschedulable import UNSCHEDULABLE_TAINT
from clusterproof.models.kubernetes.decisions.tolerations import tolerates_taint
from clusterproof.models.kubernetes.documents import Named, name_of
from clusterproof.models.kubernetes.names import OwnerId, PodId
from clusterproof.models.kubernetes.scope import ClusterScope, SchedulerChoice

ObjectName = str
"""The kind of an object and its name as in the scope: `Deployment/web`."""

KINDS: Mapping[str, str] = {
    "deployments": "Deployment",
    "replica_sets": "ReplicaSet",
    "stateful_sets": "StatefulSet",
    "daemon_sets": "DaemonSet",
    "jobs": "Job",
    "cron_jobs": "CronJob",
    "pods": "Pod",
    "pod_disruption_budgets": "PodDisruptionBudget",
    "autoscalers": "HorizontalPodAutoscaler",
    "services": "Service",
    "config_maps": "ConfigMap",
}
"""The fields of manifests whose objects may be told apart; with any other object in them nothing is."""

WITHOUT_EFFECT = ("others", "not_modelled", "namespaces", "limit_ranges", "priority_classes")
"""The fields that no group feels."""

SERVICE = "Service/"
"""How the names of Services begin."""

SHARES = (1.0, 0.75, 2 / 3, 0.5)
"""Shares to try: what part of a workload's pods may be on one node at a time. All of them need not be shown."""


@frozen(kw_only=True)
class Share:
    """How many of these pods may be on one node at a time."""

    pods: frozenset[PodId]
    most: int


@frozen(kw_only=True)
class Group:
    """Objects to check together.

    shares: per workload the share that it has to keep to, empty where it cannot but keep to it. only_services: it is
    there for what is said of its Services, for nobody feels these; its workloads have groups of their own.
    """

    objects: frozenset[ObjectName]
    shares: Mapping[ObjectName, Share] = Factory(dict)
    only_services: bool = False


@frozen(kw_only=True)
class _Workload:
    """The owner of some pods, and what they may look like. on_one_node: how many of them can be on one node at most."""

    name: ObjectName
    pods: tuple[PodId, ...]
    on_one_node: int
    templates: tuple[PlacedPod, ...]
    config_maps: frozenset[ObjectName]

    def share(self, part: float) -> int:
        """How many pods may be on one node at a time, of a part of them."""
        return ceil(self.on_one_node * part)

    def requests(self) -> Counter[str]:
        """What one pod asks for at most, with itself counted under `pods`."""
        most: Counter[str] = Counter(pods=1)
        for template in self.templates:
            most |= Counter(pod_requests(template.spec))
        return most


def independent_groups(
    applied: Sequence[objects.Manifests],
    topology: objects.Topology,
    actions: UserActions,
    scheduler: SchedulerChoice = "any-feasible-node",
) -> tuple[Group, ...]:
    """The groups of objects that cannot feel each other, in the order of the manifests; one where nothing is known.

    By their scores all pods feel all others: each makes its node less empty. So there is one group where scores decide.
    Raises ManifestError for more than can be checked.
    """
    if scheduler == "highest-score":
        return (Group(objects=names_in(applied)),)
    scope = build_scope(applied, topology, actions)
    workloads = _workloads(scope)
    shares = _shares(workloads, topology.nodes)
    if shares is None or not _can_be_told_apart(applied, scope) or _drains_join(scope) or scope.namespaces:
        return (Group(objects=names_in(applied)),)
    together = _Sets(each.name for each in workloads)
    selecting = _selecting(scope, workloads)
    for name, selected in selecting.items():
        if not name.startswith(SERVICE):
            together.join(selected)
    for one, other in combinations(workloads, 2):
        if any(feels(a, b) or feels(b, a) for a in one.templates for b in other.templates):
            together.join((one.name, other.name))
    return _groups(applied, selecting, workloads, together, shares)


def restricted(manifests: objects.Manifests, group: Iterable[ObjectName]) -> objects.Manifests:
    """What manifests say of the objects of a group, and all that no group feels."""
    kept: dict[str, Any] = {}
    for field, kind in KINDS.items():
        kept[field] = tuple(each for each in getattr(manifests, field) if _name(kind, each) in group)
    return attrs.evolve(manifests, **kept)


def restricted_actions(actions: UserActions, manifests: Sequence[objects.Manifests]) -> UserActions:
    """What the user may do with the objects of these manifests."""

    def among(field: str, limited: Mapping[Any, Any]) -> dict[Any, Any]:
        there = {name_of(each) for each_manifests in manifests for each in getattr(each_manifests, field)}
        return {name: value for name, value in limited.items() if name in there}

    return attrs.evolve(
        actions,
        scales=among("deployments", actions.scales),
        rollouts=among("deployments", actions.rollouts),
        undo_revisions=among("deployments", actions.undo_revisions),
        cascades=among("deployments", actions.cascades),
        stateful_set_scales=among("stateful_sets", actions.stateful_set_scales),
        stateful_set_rollouts=among("stateful_sets", actions.stateful_set_rollouts),
        daemon_set_rollouts=among("daemon_sets", actions.daemon_set_rollouts),
        demands={of: levels for of, levels in actions.demands.items() if "/".join(of) in names_in(manifests)},
    )


def names_in(applied: Sequence[objects.Manifests]) -> frozenset[ObjectName]:
    """The names of all objects in manifests."""
    fields = [(kind, getattr(manifests, field)) for manifests in applied for field, kind in KINDS.items()]
    return frozenset(_name(kind, each) for kind, found in fields for each in found)


# ---------------------------------------------------------------- workloads


def _workloads(scope: ClusterScope) -> list[_Workload]:
    found: dict[ObjectName, tuple[tuple[PodId, ...], int, list[tuple[PodId, OwnerId | None]]]] = {}
    for d, pods in scope.pods_of_deployment.items():
        found[f"Deployment/{d}"] = pods, len(pods), [(pods[0], r) for r in scope.replica_sets_of(d) if pods]
    for r, replica_set in scope.replica_sets.items():
        if replica_set.deployment is None and replica_set.pods:
            found[f"ReplicaSet/{r}"] = replica_set.pods, len(replica_set.pods), [(replica_set.pods[0], r)]
    for revision, of in scope.controller_revisions.items():
        name = f"{of.kind}/{of.owner}"
        pods, most, made = found.get(name, ((), 0, []))
        most = max(most, _on_one_node(scope, of.kind, of.owner) or len(of.pods))
        found[name] = tuple(dict.fromkeys((*pods, *of.pods))), most, [*made, *((p, revision) for p in of.pods)]
    for j, job in scope.jobs.items():
        name = str(j) if job.cron_job is None else f"CronJob/{job.cron_job}"
        pods, most, made = found.get(name, ((), 0, []))
        found[name] = (*pods, *job.pods), most + len(job.pods), [*made, *((p, j) for p in job.pods[:1])]
    for p in scope.bare_pods:
        found[f"Pod/{p}"] = (p,), 1, [(p, None)]
    return [_workload(scope, name, *each) for name, each in found.items()]


def _on_one_node(scope: ClusterScope, kind: str, owner: str) -> int:
    """How many pods of a DaemonSet a node may have; 0 for other kinds."""
    per_node = (
        len(pods)
        for d, of in scope.daemon_sets.items()
        if (kind, owner) == ("DaemonSet", d)
        for pods in of.pods.values()
    )
    return max(per_node, default=0)


def _workload(
    scope: ClusterScope,
    name: ObjectName,
    pods: tuple[PodId, ...],
    on_one_node: int,
    made: Sequence[tuple[PodId, OwnerId | None]],
) -> _Workload:
    """made: pods with the owners whose templates they may be made from, each template at least once."""
    templates: dict[int, PlacedPod] = {}
    for p, owner in made:
        template = scope.template(p, owner)
        templates[id(template)] = PlacedPod(
            namespace=scope.namespace(p, owner), labels=template.labels, spec=template.spec
        )
    config_maps = frozenset(f"ConfigMap/{m}" for p, owner in made for m in scope.config_maps_of(p, owner))
    return _Workload(
        name=name, pods=pods, on_one_node=on_one_node, templates=tuple(templates.values()), config_maps=config_maps
    )


def _shares(workloads: Sequence[_Workload], nodes: Sequence[objects.NodeSpec]) -> dict[ObjectName, Share] | None:
    """The largest shares that fit on every node together: empty where all pods do, None where none of them fit."""
    for part in SHARES:
        used: Counter[str] = Counter()
        for each in workloads:
            used.update({name: amount * each.share(part) for name, amount in each.requests().items()})
        if all(used[name] <= amount for node in nodes for name, amount in node.allocatable.items()):
            if part == 1:
                return {}
            return {each.name: Share(pods=frozenset(each.pods), most=each.share(part)) for each in workloads}
    return None


# ---------------------------------------------------------------- who feels whom


def _can_be_told_apart(applied: Sequence[objects.Manifests], scope: ClusterScope) -> bool:
    """Whether the manifests have nothing but objects whose influence is known.

    Quotas and webhooks are felt by everybody in their reach, unless they can refuse nothing.
    """
    fields = {field.name for field in attrs.fields(objects.Manifests)} - KINDS.keys() - set(WITHOUT_EFFECT)
    fields -= set() if scope.quotas else {"resource_quotas"}
    fields -= set() if scope.webhooks else {"webhook_configurations"}
    return not any(getattr(manifests, field) for manifests in applied for field in fields)


def _drains_join(scope: ClusterScope) -> bool:
    """Whether a drain could make one workload feel another: what kubectl refuses, or never finishes, concerns all."""
    if not scope.drains:
        return False
    if not scope.ignore_daemonsets and scope.daemon_sets:
        return True
    specs = [rs.template.spec for rs in scope.replica_sets.values()] + [pod.spec for pod in scope.bare_pods.values()]
    specs += [of.template.spec for of in scope.controller_revisions.values() if of.kind != "DaemonSet"]
    return any(tolerates_taint(each, UNSCHEDULABLE_TAINT) for spec in specs for each in spec.tolerations)


def _selecting(scope: ClusterScope, workloads: Sequence[_Workload]) -> dict[ObjectName, frozenset[ObjectName]]:
    """The workloads that each Service and each budget may select, and those that an autoscaler scales."""
    pods = {f"{SERVICE}{s}": found for s, found in scope.pods_of_service.items()}
    pods |= {f"PodDisruptionBudget/{b}": found for b, found in scope.pods_of_budget.items()}
    selecting = {
        name: frozenset(each.name for each in workloads if not set(found).isdisjoint(each.pods))
        for name, found in pods.items()
    }
    targets = {f"HorizontalPodAutoscaler/{a}": "/".join(of.target) for a, of in scope.autoscalers.items()}
    there = {each.name for each in workloads}
    return selecting | {a: frozenset({name} & there) for a, name in targets.items()}


class _Sets:
    """Sets of names that grow together."""

    def __init__(self, names: Iterable[ObjectName]) -> None:
        self.of = {name: {name} for name in names}

    def join(self, names: Iterable[ObjectName]) -> None:
        """Make one set of those that hold any of these names."""
        joined: set[ObjectName] = set().union(*(self.of[name] for name in names))
        self.of |= dict.fromkeys(joined, joined)


def _groups(
    applied: Sequence[objects.Manifests],
    selecting: Mapping[ObjectName, frozenset[ObjectName]],
    workloads: Sequence[_Workload],
    together: _Sets,
    shares: Mapping[ObjectName, Share],
) -> tuple[Group, ...]:
    """A group for each set of workloads, with the objects that select them or that they read; the first has the rest.

    ConfigMaps belong to every group that reads them: nothing but kubectl writes them. A Service over workloads of
    several groups has one more group, of all these.
    """
    by_name = {each.name: each for each in workloads}
    kept_together = list({id(names): frozenset(names) for names in together.of.values()}.values())
    spanning = {
        name: frozenset().union(*(names for names in kept_together if names & selected))
        for name, selected in selecting.items()
        if sum(not names.isdisjoint(selected) for names in kept_together) > 1
    }
    found: list[set[ObjectName]] = []
    for number, names in enumerate([*kept_together, *dict.fromkeys(spanning.values())]):
        own = {name for name, selected in selecting.items() if selected & names and name not in spanning}
        if number >= len(kept_together):
            own = {name for name in own if not name.startswith(SERVICE)}
            own |= {name for name, wanted in spanning.items() if wanted == names}
        found.append({*names, *own, *(m for name in names for m in by_name[name].config_maps)})
    if not found:
        return (Group(objects=names_in(applied)),)
    found[0] |= names_in(applied) - set().union(*found)
    return tuple(
        Group(
            objects=frozenset(names),
            shares={name: share for name, share in shares.items() if name in names},
            only_services=number >= len(kept_together),
        )
        for number, names in enumerate(found)
    )


def _name(kind: str, each: Named) -> ObjectName:
    return f"{kind}/{name_of(each)}"
