"""What the Deployment controller decides about its ReplicaSets: which is new, how far each is scaled, which go.

Every function reads what the controller's cache says of the ReplicaSets (spec and status, possibly stale), never pods.
Numbers of pods are resolved already; see `percent`. Scalings are in the order in which the controller writes them.
Source: pkg/controller/deployment/{rolling,recreate,sync}.go, pkg/controller/deployment/util/deployment_util.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
from attrs import frozen

from clusterproof.models.kubernetes.objects import PodTemplate

POD_TEMPLATE_HASH = "pod-template-hash"
UNLIMITED = 2**31 - 1
"""revisionHistoryLimit and progressDeadlineSeconds of MaxInt32 mean: no limit."""


@frozen(kw_only=True)
class ReplicaSetView:
    """A ReplicaSet as the Deployment controller sees it.

    created: orders creation times. template: the pod template without its pod-template-hash label, or anything equal
    exactly when that is equal. desired and maximum: the annotations desired-replicas and max-replicas, None if absent.
    observed: status.observedGeneration has caught up with metadata.generation.
    """

    name: str
    spec_replicas: int = 0
    status_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    revision: int = 0
    created: int = 0
    template: object = None
    desired: int | None = None
    maximum: int | None = None
    observed: bool = True
    deleting: bool = False


@frozen
class Scaling:
    """Set one ReplicaSet's spec.replicas."""

    name: str
    replicas: int


# Which ReplicaSet is new, which are old


def equal_ignore_hash(former: PodTemplate, latter: PodTemplate) -> bool:
    """Whether two pod templates are equal apart from the pod-template-hash label.

    Source: deployment_util.go, EqualIgnoreHash
    """
    return _without_hash(former) == _without_hash(latter)


def _without_hash(template: PodTemplate) -> PodTemplate:
    labels = {key: value for key, value in template.labels.items() if key != POD_TEMPLATE_HASH}
    return attrs.evolve(template, labels=labels)


def find_new_replica_set(replica_sets: Iterable[ReplicaSetView], template: object) -> ReplicaSetView | None:
    """The oldest ReplicaSet that has the Deployment's template, or None if one must be created.

    Source: deployment_util.go, FindNewReplicaSet (deterministic choice if several match)
    """
    matching = [rs for rs in replica_sets if rs.template == template]
    return min(matching, key=_by_creation_timestamp, default=None)


def find_old_replica_sets(replica_sets: Sequence[ReplicaSetView], template: object) -> tuple[ReplicaSetView, ...]:
    """All ReplicaSets but the new one, in the order given.

    Source: deployment_util.go, FindOldReplicaSets
    """
    new = find_new_replica_set(replica_sets, template)
    return tuple(rs for rs in replica_sets if rs is not new)


def filter_active_replica_sets(replica_sets: Iterable[ReplicaSetView]) -> tuple[ReplicaSetView, ...]:
    """Those whose spec asks for pods. Source: pkg/controller/controller_utils.go, FilterActiveReplicaSets."""
    return tuple(rs for rs in replica_sets if rs.spec_replicas > 0)


def find_active_or_latest(new: ReplicaSetView | None, old: Sequence[ReplicaSetView]) -> ReplicaSetView | None:
    """The only active ReplicaSet; with none active the new one, else the newest; None when several are active.

    Source: deployment_util.go, FindActiveOrLatest
    """
    everything = [*old, new] if new is not None else list(old)
    active = filter_active_replica_sets(everything)
    if len(active) == 1:
        return active[0]
    if active or not everything:
        return None
    return new if new is not None else max(old, key=_by_creation_timestamp)


def next_revision(old: Iterable[ReplicaSetView]) -> int:
    """The revision that the new ReplicaSet gets or keeps. Source: sync.go getNewReplicaSet, MaxRevision."""
    return max((rs.revision for rs in old), default=0) + 1


def rollback_revision(replica_sets: Iterable[ReplicaSetView], to_revision: int = 0) -> ReplicaSetView | None:
    """The ReplicaSet whose template `kubectl rollout undo` restores: of that revision, or the last but one for 0.

    None when there is no such revision.
    Source: staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go, deploymentRevision
    """
    ordered = sorted(replica_sets, key=lambda rs: rs.revision)
    if to_revision > 0:
        return next((rs for rs in ordered if rs.revision == to_revision), None)
    return ordered[-2] if len(ordered) > 1 else None


@frozen(kw_only=True)
class Rollback:
    """What `kubectl rollout undo` comes to: the ReplicaSet whose template comes back, None if none does, and why."""

    replica_set: ReplicaSetView | None = None
    says: str
    is_error: bool = False


def rollback(
    name: str, replica_sets: Iterable[ReplicaSetView], current: str, *, paused: bool, to_revision: int = 0
) -> Rollback:
    """What `kubectl rollout undo` does; current: the name of the ReplicaSet that has the Deployment's template.

    Source: rollback.go, DeploymentRollbacker.Rollback
    """
    found = rollback_revision(replica_sets, to_revision)
    if found is None:
        missing = f"unable to find specified revision {to_revision} in history"
        says = missing if to_revision else f'no rollout history found for deployment "{name}"'
        return Rollback(says=says, is_error=True)
    if paused:
        resume = f"resume it first with 'kubectl rollout resume {name}' and try again"
        return Rollback(says=f"cannot rollback a paused deployment; {resume}", is_error=True)
    if found.name == current:
        return Rollback(says=f"skipped rollback (current template already matches revision {to_revision})")
    return Rollback(replica_set=found, says="rolled back")


# Rolling update


def get_replica_count_for_replica_sets(replica_sets: Iterable[ReplicaSetView]) -> int:
    """The pods that the specs ask for. Source: deployment_util.go, GetReplicaCountForReplicaSets."""
    return sum(rs.spec_replicas for rs in replica_sets)


def get_actual_replica_count_for_replica_sets(replica_sets: Iterable[ReplicaSetView]) -> int:
    """The pods that the statuses report. Source: deployment_util.go, GetActualReplicaCountForReplicaSets."""
    return sum(rs.status_replicas for rs in replica_sets)


def get_available_replica_count_for_replica_sets(replica_sets: Iterable[ReplicaSetView]) -> int:
    """The available pods that the statuses report. Source: GetAvailableReplicaCountForReplicaSets."""
    return sum(rs.available_replicas for rs in replica_sets)


def new_rs_new_replicas(
    strategy: str, replicas: int, max_surge: int, all_spec_replicas: int, new_spec_replicas: int
) -> int:
    """How many replicas the new ReplicaSet should have, given what all ReplicaSets together ask for.

    Source: deployment_util.go, NewRSNewReplicas
    """
    if strategy == "Recreate":
        return replicas
    if all_spec_replicas >= replicas + max_surge:
        return new_spec_replicas
    return new_spec_replicas + min(replicas + max_surge - all_spec_replicas, replicas - new_spec_replicas)


def reconcile_new_replica_set(
    strategy: str, replicas: int, max_surge: int, new: ReplicaSetView, old: Iterable[ReplicaSetView]
) -> int:
    """The new ReplicaSet's spec.replicas after this sync; unchanged means that old ones may be scaled down now.

    Source: rolling.go, reconcileNewReplicaSet
    """
    if new.spec_replicas >= replicas:
        return replicas
    total = get_replica_count_for_replica_sets((*old, new))
    return new_rs_new_replicas(strategy, replicas, max_surge, total, new.spec_replicas)


def reconcile_old_replica_sets(
    replicas: int, max_unavailable: int, new: ReplicaSetView, old: Iterable[ReplicaSetView]
) -> tuple[Scaling, ...]:
    """How the old ReplicaSets are scaled down in a sync that did not scale the new one.

    First unhealthy replicas, then available ones that are not needed. Only old ReplicaSets that still ask for pods
    are looked at, and one whose status still reports more available pods than it asks for stops the scale-down: both
    keep pods that were told to go, but are still reported, from being counted on. No such check guards the new one.
    Source: rolling.go, rolloutRolling and reconcileOldReplicaSets
    """
    active = filter_active_replica_sets(old)
    if not active:
        return ()
    minimum = replicas - max_unavailable
    unavailable_new = new.spec_replicas - new.available_replicas
    limit = get_replica_count_for_replica_sets((*active, new)) - minimum - unavailable_new
    if limit <= 0:
        return ()
    cleaned, refused = cleanup_unhealthy_replicas(active, limit)
    if refused:
        return cleaned
    sizes = {scaling.name: scaling.replicas for scaling in cleaned}
    remaining = [attrs.evolve(rs, spec_replicas=sizes.get(rs.name, rs.spec_replicas)) for rs in active]
    available = get_available_replica_count_for_replica_sets((*remaining, new))
    return cleaned + scale_down_old_replica_sets_for_rolling_update(available, minimum, remaining)


def cleanup_unhealthy_replicas(
    old: Iterable[ReplicaSetView], max_cleanup_count: int
) -> tuple[tuple[Scaling, ...], bool]:
    """Take unavailable replicas from the old ReplicaSets, oldest first; and whether it stopped with an error.

    The error is a ReplicaSet that reports more available pods than it asks for ("invalid request to scale down").
    Source: rolling.go, cleanupUnhealthyReplicas
    """
    scalings: list[Scaling] = []
    cleaned = 0
    for rs in sorted(old, key=_by_creation_timestamp):
        if cleaned >= max_cleanup_count:
            break
        if rs.spec_replicas in (0, rs.available_replicas):
            continue
        count = min(max_cleanup_count - cleaned, rs.spec_replicas - rs.available_replicas)
        if count < 0:
            return tuple(scalings), True
        scalings.append(Scaling(rs.name, rs.spec_replicas - count))
        cleaned += count
    return tuple(scalings), False


def scale_down_old_replica_sets_for_rolling_update(
    available: int, min_available: int, old: Iterable[ReplicaSetView]
) -> tuple[Scaling, ...]:
    """Take from the old ReplicaSets, oldest first, as many replicas as are available beyond the minimum.

    Source: rolling.go, scaleDownOldReplicaSetsForRollingUpdate
    """
    spare = available - min_available
    scalings: list[Scaling] = []
    for rs in sorted(old, key=_by_creation_timestamp):
        if spare <= 0:
            break
        if rs.spec_replicas == 0:
            continue
        count = min(rs.spec_replicas, spare)
        scalings.append(Scaling(rs.name, rs.spec_replicas - count))
        spare -= count
    return tuple(scalings)


# Recreate


def old_pods_running(old: Iterable[ReplicaSetView], phases_of_old_pods: Iterable[str]) -> bool:
    """Whether Recreate must wait: an old ReplicaSet reports pods, or an old pod is not Succeeded or Failed.

    phases_of_old_pods: of every pod of the Deployment that the new ReplicaSet does not control, terminating or not.
    Source: recreate.go, oldPodsRunning
    """
    if get_actual_replica_count_for_replica_sets(old) > 0:
        return True
    return any(phase not in ("Succeeded", "Failed") for phase in phases_of_old_pods)


# Clean-up


def cleanup_deployment(old: Iterable[ReplicaSetView], revision_history_limit: int | None) -> tuple[str, ...]:
    """The old ReplicaSets to delete, lowest revision first.

    A ReplicaSet in line that still has pods, or whose status is behind, is passed over without taking another instead.
    Source: sync.go, cleanupDeployment
    """
    if revision_history_limit is None or revision_history_limit == UNLIMITED:
        return ()
    alive = sorted((rs for rs in old if not rs.deleting), key=lambda rs: (rs.revision, *_by_creation_timestamp(rs)))
    surplus = alive[: max(0, len(alive) - revision_history_limit)]
    return tuple(rs.name for rs in surplus if rs.status_replicas == 0 and rs.spec_replicas == 0 and rs.observed)


def _by_creation_timestamp(rs: ReplicaSetView) -> tuple[int, str]:
    """Source: pkg/controller/controller_utils.go, ReplicaSetsByCreationTimestamp."""
    return rs.created, rs.name
