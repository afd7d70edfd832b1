"""StatefulSets and DaemonSets of a scope: their revisions, and the pods that they may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import attrs
from attrs import Factory, frozen

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.decisions.daemonset import (
    add_or_update_daemon_pod_tolerations,
    node_should_run_daemon_pod,
    replace_daemon_set_pod_node_name_node_affinity,
)
from clusterproof.models.kubernetes.decisions.daemonset_update import allows_surge
from clusterproof.models.kubernetes.names import (
    ControllerRevisionId,
    DaemonSetId,
    NodeId,
    Ordinal,
    PodId,
    StatefulSetId,
)
from clusterproof.models.kubernetes.pod_templates import admitted, lettered, revisions_of
from clusterproof.models.kubernetes.scope import (
    ControllerRevisionScope,
    DaemonSetScope,
    StatefulSetScope,
    qualified,
)

SAME_NAME = 2
"""How many pods of one name a StatefulSet may have at a time: one that is there, and one that is remembered."""

_Set = TypeVar("_Set", objects.StatefulSet, objects.DaemonSet)


@frozen(kw_only=True)
class Sets:
    """The StatefulSets and DaemonSets of a scope."""

    stateful_sets: Mapping[StatefulSetId, StatefulSetScope] = Factory(dict)
    daemon_sets: Mapping[DaemonSetId, DaemonSetScope] = Factory(dict)
    controller_revisions: Mapping[ControllerRevisionId, ControllerRevisionScope] = Factory(dict)

    @property
    def pods(self) -> tuple[PodId, ...]:
        """All pods that they may have."""
        return tuple(p for revision in self.controller_revisions.values() for p in revision.pods)


def build_sets(
    applied: Sequence[objects.Manifests],
    nodes: Mapping[NodeId, objects.NodeSpec],
    sizes: Mapping[StatefulSetId, tuple[int, ...]],
    scaled: Mapping[tuple[str, str], int],
    rollouts: Mapping[StatefulSetId, int],
    daemon_rollouts: Mapping[DaemonSetId, int],
) -> Sets:
    """The StatefulSets and DaemonSets of manifests that are applied one after the other.

    sizes: what a StatefulSet may be scaled to; rollouts: how often its template may be changed by the user. scaled: how
    large an autoscaler may make a workload, by kind and name.
    """
    stateful_sets: dict[StatefulSetId, StatefulSetScope] = {}
    daemon_sets: dict[DaemonSetId, DaemonSetScope] = {}
    revisions: dict[ControllerRevisionId, ControllerRevisionScope] = {}
    for name, versions in _versions(each for m in applied for each in m.stateful_sets).items():
        s = StatefulSetId(name)
        pods = _pods_of_ordinals(s, versions, (*sizes.get(s, ()), scaled.get(("StatefulSet", s), 0)))
        templates, numbers = revisions_of((v.template for v in versions), rollouts.get(s, 0))
        ids = [ControllerRevisionId(f"StatefulSet/{s}@{number + 1}") for number in range(len(templates))]
        for r, template in zip(ids, templates, strict=True):
            revisions[r] = _stateful_revision(s, versions, template, pods)
        stateful_sets[s] = StatefulSetScope(
            manifests=tuple(versions),
            revisions=tuple(ids[number] for number in numbers),
            pods=pods,
            sizes=tuple(sorted(sizes.get(s, ()))),
            rollout=bool(rollouts.get(s, 0)),
        )
    for name, daemon_versions in _versions(each for m in applied for each in m.daemon_sets).items():
        d = DaemonSetId(name)
        pods_of_node = _pods_of_nodes(d, daemon_versions, nodes)
        templates, numbers = revisions_of((v.template for v in daemon_versions), daemon_rollouts.get(d, 0))
        ids = [ControllerRevisionId(f"DaemonSet/{d}@{number + 1}") for number in range(len(templates))]
        for r, template in zip(ids, templates, strict=True):
            revisions[r] = _daemon_revision(d, daemon_versions, template, pods_of_node)
        daemon_sets[d] = DaemonSetScope(
            manifests=tuple(daemon_versions),
            revisions=tuple(ids[number] for number in numbers),
            pods=pods_of_node,
            rollout=bool(daemon_rollouts.get(d, 0)),
        )
    return Sets(stateful_sets=stateful_sets, daemon_sets=daemon_sets, controller_revisions=revisions)


def _versions(found: Iterable[_Set]) -> dict[str, list[_Set]]:
    """By name the manifests of a set, in the order in which they may be applied."""
    versions: dict[str, list[_Set]] = {}
    for each in found:
        versions.setdefault(qualified(each.metadata.namespace, each.metadata.name), []).append(each)
    return versions


# ---------------------------------------------------------------- StatefulSets


def ordinals_of(versions: Iterable[objects.StatefulSet], sizes: Iterable[int]) -> tuple[Ordinal, ...]:
    """The ordinals that a StatefulSet may have, whatever of this is applied or scaled to."""
    largest = max(sizes, default=0)
    found = {n for v in versions for n in range(v.start, v.start + max(v.replicas, largest))}
    return tuple(map(Ordinal, sorted(found)))


def _pods_of_ordinals(
    s: StatefulSetId, versions: Sequence[objects.StatefulSet], sizes: Iterable[int]
) -> dict[Ordinal, tuple[PodId, ...]]:
    again = [""] + [f"#{number}" for number in range(2, SAME_NAME + 1)]
    return {n: tuple(PodId(f"{s}-{n}{suffix}") for suffix in again) for n in ordinals_of(versions, sizes)}


def _stateful_revision(
    s: StatefulSetId,
    versions: Sequence[objects.StatefulSet],
    template: objects.PodTemplate,
    pods: Mapping[Ordinal, tuple[PodId, ...]],
) -> ControllerRevisionScope:
    """Source: stateful_set_utils.go, initIdentity (pod-name) and newStatefulSetPod (pod-index)."""
    made: dict[PodId, objects.PodTemplate] = {}
    for ordinal, pool in pods.items():
        name = f"{versions[0].metadata.name}-{ordinal}"
        identity = {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(ordinal)}
        made |= dict.fromkeys(pool, admitted(attrs.evolve(template, labels={**template.labels, **identity})))
    return ControllerRevisionScope(
        kind="StatefulSet",
        owner=s,
        written=template,
        template=admitted(template),
        templates=made,
        namespace=versions[0].metadata.namespace,
        min_ready_seconds=versions[-1].min_ready_seconds,
    )


# ---------------------------------------------------------------- DaemonSets


def pods_per_node(daemon_set: objects.DaemonSet) -> int:
    """How many names a DaemonSet has for its pods on one node: twice as many as there may be at a time."""
    return 4 if allows_surge(daemon_set.max_surge) else 2


def _daemon_template(template: objects.PodTemplate) -> objects.PodTemplate:
    return admitted(attrs.evolve(template, spec=add_or_update_daemon_pod_tolerations(template.spec)))


def _pods_of_nodes(
    d: DaemonSetId, versions: Sequence[objects.DaemonSet], nodes: Mapping[NodeId, objects.NodeSpec]
) -> dict[NodeId, tuple[PodId, ...]]:
    """The pods per node, on those nodes that some version may run on."""
    specs = [_daemon_template(v.template).spec for v in versions]
    names = max(map(pods_per_node, versions))
    return {
        n: lettered(f"{d}-{n}", names)
        for n, node in nodes.items()
        if any(node_should_run_daemon_pod(spec, node, node.taints)[0] for spec in specs)
    }


def _daemon_revision(
    d: DaemonSetId,
    versions: Sequence[objects.DaemonSet],
    template: objects.PodTemplate,
    pods: Mapping[NodeId, tuple[PodId, ...]],
) -> ControllerRevisionScope:
    tolerant = _daemon_template(template)
    made: dict[PodId, objects.PodTemplate] = {}
    for n, pool in pods.items():
        pinned = replace_daemon_set_pod_node_name_node_affinity(tolerant.spec, n)
        made |= dict.fromkeys(pool, attrs.evolve(tolerant, spec=pinned))
    return ControllerRevisionScope(
        kind="DaemonSet",
        owner=d,
        written=template,
        template=tolerant,
        templates=made,
        namespace=versions[0].metadata.namespace,
        min_ready_seconds=versions[-1].min_ready_seconds,
    )
