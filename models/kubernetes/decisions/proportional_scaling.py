"""How a Deployment that is resized in the middle of a rollout, or while paused, spreads the change over ReplicaSets.

Source: pkg/controller/deployment/sync.go (scale), pkg/controller/deployment/util/deployment_util.go
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clusterproof.models.kubernetes.decisions.deployment import (
    ReplicaSetView,
    Scaling,
    filter_active_replica_sets,
    find_active_or_latest,
    get_replica_count_for_replica_sets,
)


def is_scaling_event(replicas: int, all_replica_sets: Iterable[ReplicaSetView]) -> bool:
    """Whether an active ReplicaSet was last scaled for another size of the Deployment.

    Source: sync.go, isScalingEvent
    """
    return any(rs.desired not in (None, replicas) for rs in filter_active_replica_sets(all_replica_sets))


def is_saturated(replicas: int, new: ReplicaSetView | None) -> bool:
    """Whether the new ReplicaSet alone is the whole Deployment, available and sized for it.

    Source: deployment_util.go, IsSaturated
    """
    if new is None or new.desired is None:
        return False
    return new.spec_replicas == new.desired == new.available_replicas == replicas


def replicas_annotations_need_update(
    desired_annotation: int | None, maximum_annotation: int | None, desired: int, maximum: int
) -> bool:
    """Whether the desired-replicas or max-replicas annotation is absent or differs.

    Source: deployment_util.go, ReplicasAnnotationsNeedUpdate
    """
    return desired_annotation != desired or maximum_annotation != maximum


def scale(
    strategy: str,
    replicas: int,
    max_surge: int,
    new: ReplicaSetView | None,
    old: Sequence[ReplicaSetView],
    status_replicas: int = 0,
) -> tuple[Scaling, ...]:
    """The sizes that a scaling event gives: only what changes, in the order of the writes.

    status_replicas: the Deployment's status.replicas, the base for a ReplicaSet without max-replicas annotation.
    The caller also brings the annotations of every active ReplicaSet up to date.
    Source: sync.go, scale
    """
    only = find_active_or_latest(new, old)
    if only is not None:
        return (Scaling(only.name, replicas),) if only.spec_replicas != replicas else ()
    if is_saturated(replicas, new):
        return tuple(Scaling(rs.name, 0) for rs in filter_active_replica_sets(old))
    if strategy != "RollingUpdate":
        return ()
    active = filter_active_replica_sets([*old, new] if new is not None else old)
    sizes = _proportional_sizes(replicas, max_surge, active, status_replicas)
    return tuple(Scaling(rs.name, size) for rs, size in sizes if size != rs.spec_replicas)


def _proportional_sizes(
    replicas: int, max_surge: int, active: Sequence[ReplicaSetView], status_replicas: int
) -> list[tuple[ReplicaSetView, int]]:
    allowed = replicas + max_surge if replicas > 0 else 0
    to_add = allowed - get_replica_count_for_replica_sets(active)
    if to_add == 0:
        return [(rs, rs.spec_replicas) for rs in active]
    # Larger first; of equal size the newer grows first and the older shrinks first.
    ordered = sorted(active, key=lambda rs: (rs.created, rs.name), reverse=to_add > 0)
    ordered.sort(key=lambda rs: -rs.spec_replicas)
    added = 0
    sizes = []
    for rs in ordered:
        share = get_proportion(rs, replicas, max_surge, to_add, added, status_replicas)
        sizes.append(rs.spec_replicas + share)
        added += share
    sizes[0] = max(0, sizes[0] + to_add - added)
    return list(zip(ordered, sizes, strict=True))


def get_proportion(
    rs: ReplicaSetView, replicas: int, max_surge: int, to_add: int, added: int, status_replicas: int = 0
) -> int:
    """By how much one ReplicaSet changes, never beyond what is still to be added or removed.

    Source: deployment_util.go, GetProportion
    """
    if rs.spec_replicas == 0 or to_add in (0, added):
        return 0
    fraction = _replica_set_fraction(rs, replicas, max_surge, status_replicas)
    return min(fraction, to_add - added) if to_add > 0 else max(fraction, to_add - added)


def _replica_set_fraction(rs: ReplicaSetView, replicas: int, max_surge: int, status_replicas: int) -> int:
    """Source: deployment_util.go, getReplicaSetFraction (half rounds away from zero)."""
    if replicas == 0:
        return -rs.spec_replicas
    before = rs.maximum or status_replicas
    if before == 0:
        return 0
    size = rs.spec_replicas * (replicas + max_surge)
    return (2 * size + before) // (2 * before) - rs.spec_replicas
