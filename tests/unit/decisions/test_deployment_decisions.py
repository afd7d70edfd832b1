"""The Deployment controller's arithmetic, by hand and by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.deployment import (
    ReplicaSetView,
    Scaling,
    cleanup_deployment,
    cleanup_unhealthy_replicas,
    equal_ignore_hash,
    find_active_or_latest,
    find_new_replica_set,
    find_old_replica_sets,
    next_revision,
    old_pods_running,
    reconcile_new_replica_set,
    reconcile_old_replica_sets,
    rollback_revision,
    scale_down_old_replica_sets_for_rolling_update,
)
from clusterproof.models.kubernetes.decisions.percent import (
    get_scaled_value_from_int_or_percent,
    max_surge,
    max_unavailable,
    min_available,
    resolve_fenceposts,
)
from clusterproof.models.kubernetes.decisions.proportional_scaling import is_saturated, is_scaling_event, scale
from clusterproof.models.kubernetes.objects import PodTemplate


def view(name: str, spec: int, available: int | None = None, created: int = 0, revision: int = 0) -> ReplicaSetView:
    """A ReplicaSet whose pods are all available unless said otherwise."""
    return ReplicaSetView(
        name=name,
        spec_replicas=spec,
        status_replicas=spec,
        available_replicas=spec if available is None else available,
        created=created,
        revision=revision,
    )


def test_percentages_round_as_asked() -> None:
    """25% of 3 is 0 rounded down and 1 rounded up, and an integer is itself."""
    assert get_scaled_value_from_int_or_percent("25%", 3, round_up=False) == 0
    assert get_scaled_value_from_int_or_percent("25%", 3, round_up=True) == 1
    assert get_scaled_value_from_int_or_percent(7, 3, round_up=True) == 7


@pytest.mark.parametrize("value", ["25", "oops", "%", "2.5%", "²%"])
def test_text_that_is_no_percentage_is_an_error_that_says_what_to_write(value: str) -> None:
    """Text without a percent sign, or with something else than an integer before it, is refused."""
    with pytest.raises(ValueError, match=r'write 2 or "25%"'):
        get_scaled_value_from_int_or_percent(value, 10, round_up=True)


def test_a_rolling_update_can_always_move() -> None:
    """When both limits resolve to 0 pods, one pod may be unavailable."""
    assert resolve_fenceposts("0%", "10%", 4) == (0, 1)
    assert resolve_fenceposts("25%", "25%", 2) == (1, 0)


def test_limits_apply_only_to_rolling_updates() -> None:
    """Recreate keeps nothing available and has no surge; unavailability is capped at the replicas."""
    assert (
        max_unavailable("Recreate", 4, 1, 1),
        min_available("Recreate", 4, 1, 1),
        max_surge("Recreate", 4, 1, 1),
    ) == (0, 0, 0)
    assert max_unavailable("RollingUpdate", 3, 1, 10) == 3
    assert max_unavailable("RollingUpdate", 0, 1, 10) == 0


def test_the_oldest_matching_replica_set_is_new() -> None:
    """Of two ReplicaSets with the template the older is new, and the other is old."""
    older = ReplicaSetView(name="b", template="t", created=1)
    newer = ReplicaSetView(name="a", template="t", created=2)

    assert older == find_new_replica_set([newer, older], "t")
    assert (newer,) == find_old_replica_sets([newer, older], "t")
    assert find_new_replica_set([newer], "u") is None


def test_templates_are_compared_without_their_hash() -> None:
    """Only the pod-template-hash label is left out of the comparison."""
    template = PodTemplate(labels={"app": "web", "pod-template-hash": "1"})

    assert equal_ignore_hash(template, PodTemplate(labels={"app": "web"}))
    assert not equal_ignore_hash(template, PodTemplate(labels={"app": "api"}))


def test_new_replicas_are_bounded_by_surge_and_by_size() -> None:
    """The new ReplicaSet grows into the surge, never beyond the Deployment, and shrinks to it."""
    assert reconcile_new_replica_set("RollingUpdate", 4, 1, view("new", 0), [view("old", 4)]) == 1
    assert reconcile_new_replica_set("RollingUpdate", 4, 3, view("new", 3), [view("old", 0)]) == 4
    assert reconcile_new_replica_set("RollingUpdate", 4, 1, view("new", 6), [view("old", 1)]) == 4
    assert reconcile_new_replica_set("RollingUpdate", 4, 0, view("new", 0), [view("old", 4)]) == 0
    assert reconcile_new_replica_set("Recreate", 4, 0, view("new", 0), [view("old", 0)]) == 4


def test_unavailable_new_pods_block_the_scale_down() -> None:
    """Surge pods that are not available yet do not count as capacity."""
    old = view("old", 3)

    assert reconcile_old_replica_sets(3, 0, view("new", 1, available=0), [old]) == ()
    assert (Scaling("old", 2),) == reconcile_old_replica_sets(3, 0, view("new", 1), [old])


def test_unhealthy_old_pods_go_first_and_oldest_first() -> None:
    """Old pods that are not available are removed although not enough are available, the oldest ReplicaSet's first."""
    oldest, older = view("a", 2, available=0, created=1), view("b", 3, available=2, created=2)

    assert (Scaling("a", 0), Scaling("b", 2)) == reconcile_old_replica_sets(4, 2, view("new", 0), [older, oldest])


def test_a_status_that_lags_behind_a_scale_down_stops_the_next() -> None:
    """A ReplicaSet that still reports pods it was told to remove is not scaled down further: the sync gives up."""
    lagging = view("old", 2, available=5)

    assert cleanup_unhealthy_replicas([lagging], 3) == ((), True)
    assert reconcile_old_replica_sets(5, 0, view("new", 4), [lagging]) == ()


def test_pods_of_an_old_replica_set_that_is_scaled_to_zero_are_not_counted_on() -> None:
    """What the status of an inactive old ReplicaSet still reports does not allow another to shrink."""
    gone, old = view("a", 0, available=3, created=1), view("b", 3, created=2)

    assert (Scaling("b", 2),) == reconcile_old_replica_sets(5, 1, view("new", 2), [gone, old])


def test_the_new_replica_sets_lagging_status_is_believed() -> None:
    """A rollback may break the floor: pods of the ReplicaSet that became new again count though told to go."""
    # 3 of its 5 pods have been deleted and are being made again; its status still says that 5 are available.
    assert (Scaling("b", 0),) == reconcile_old_replica_sets(5, 0, view("a", 5, available=5), [view("b", 3)])


replica_sets = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=4)


@given(replicas=st.integers(0, 6), unavailable=st.integers(0, 6), sizes=replica_sets)
def test_a_scale_down_with_fresh_statuses_keeps_the_floor(
    replicas: int, unavailable: int, sizes: list[tuple[int, int]]
) -> None:
    """If the statuses are true, what is left is at least the minimum, or nothing available was taken."""
    (new, *old) = [view(f"rs-{index}", max(pair), min(pair), created=-index) for index, pair in enumerate(sizes)]
    floor = replicas - min(unavailable, replicas)
    left = {rs.name: rs.spec_replicas for rs in old}
    for scaling in reconcile_old_replica_sets(replicas, min(unavailable, replicas), new, old):
        assert 0 <= scaling.replicas < left[scaling.name]
        left[scaling.name] = scaling.replicas
    available = new.available_replicas + sum(min(left[rs.name], rs.available_replicas) for rs in old)
    before = new.available_replicas + sum(rs.available_replicas for rs in old)

    assert available >= min(floor, before)


@given(replicas=st.integers(0, 6), surge=st.integers(0, 4), new=st.integers(0, 8), old=st.lists(st.integers(0, 6)))
def test_a_scale_up_keeps_the_ceiling(replicas: int, surge: int, new: int, old: list[int]) -> None:
    """The new ReplicaSet never grows beyond the surge, nor beyond the Deployment."""
    olds = [view(f"old-{index}", size) for index, size in enumerate(old)]
    size = reconcile_new_replica_set("RollingUpdate", replicas, surge, view("new", new), olds)

    assert size <= max(new, replicas)
    assert new < replicas or size == replicas
    assert size <= new or sum(old) + size <= replicas + surge


def test_available_pods_go_oldest_first() -> None:
    """Beyond the minimum, the oldest ReplicaSet is emptied before the next is touched."""
    old = [view("b", 2, created=2), view("a", 2, created=1), view("z", 0, created=0)]

    assert (Scaling("a", 0), Scaling("b", 1)) == scale_down_old_replica_sets_for_rolling_update(5, 2, old)
    assert scale_down_old_replica_sets_for_rolling_update(2, 2, old) == ()


def test_recreate_waits_for_terminating_pods_but_not_for_terminal_ones() -> None:
    """A pod that still has a live phase blocks, and so does a ReplicaSet that reports pods."""
    assert old_pods_running([view("old", 0)], ["Running"])
    assert old_pods_running([view("old", 1)], [])
    assert not old_pods_running([view("old", 0)], ["Failed", "Succeeded"])


def test_clean_up_goes_by_revision_and_passes_over_what_has_pods() -> None:
    """The lowest revisions beyond the limit go; one with pods among them saves itself, not the next."""
    old = [view("c", 0, created=1, revision=3), view("a", 1, created=2, revision=1), view("b", 0, revision=2)]

    assert cleanup_deployment(old, 1) == ("b",)
    assert cleanup_deployment(old, 2) == ()
    assert cleanup_deployment(old, None) == ()


def test_rolling_back_takes_the_last_but_one_revision() -> None:
    """kubectl rollout undo restores the previous revision, or the one asked for; the old number then vanishes."""
    sets = [view("a", 0, revision=4), view("b", 0, revision=2), view("c", 3, revision=5)]

    assert rollback_revision(sets) is sets[0]
    assert rollback_revision(sets, 2) is sets[1]
    assert rollback_revision(sets, 3) is None
    assert rollback_revision(sets[:1]) is None
    assert next_revision(sets) == 6
    assert next_revision([]) == 1


def test_a_paused_or_resized_rollout_scales_in_proportion() -> None:
    """Growing from 10 to 20 doubles both, and the leftover goes to the larger."""

    def sized(name: str, spec: int, created: int) -> ReplicaSetView:
        return ReplicaSetView(
            name=name, spec_replicas=spec, available_replicas=spec, created=created, desired=10, maximum=10
        )

    new, old = sized("new", 3, 2), sized("old", 7, 1)

    assert is_scaling_event(20, [new, old])
    assert not is_scaling_event(10, [new, old])
    assert (Scaling("old", 14), Scaling("new", 6)) == scale("RollingUpdate", 20, 0, new, [old])
    assert (Scaling("old", 0), Scaling("new", 0)) == scale("RollingUpdate", 0, 0, new, [old])
    assert scale("Recreate", 20, 0, new, [old]) == ()


def test_a_single_active_replica_set_takes_the_whole_size() -> None:
    """Without a rollout under way there is nothing to share, and without pods the newest is scaled."""
    new, old = view("new", 0, created=2), view("old", 3, created=1)

    assert (Scaling("old", 5),) == scale("RollingUpdate", 5, 1, new, [old])
    assert find_active_or_latest(None, [view("a", 0, created=1), view("b", 0, created=2)]) == view("b", 0, created=2)
    assert find_active_or_latest(None, []) is None


def test_a_saturated_new_replica_set_ends_the_old_ones() -> None:
    """An available new ReplicaSet of the right size lets a scaling event empty the others."""
    new = ReplicaSetView(name="new", spec_replicas=3, available_replicas=3, desired=3, maximum=4)

    assert is_saturated(3, new)
    assert not is_saturated(3, None)
    assert (Scaling("old", 0),) == scale("RollingUpdate", 3, 1, new, [view("old", 2)])


@given(
    replicas=st.integers(1, 12),
    surge=st.integers(0, 3),
    before=st.integers(1, 12),
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=4),
)
def test_proportional_scaling_reaches_the_allowed_size(
    replicas: int, surge: int, before: int, sizes: list[int]
) -> None:
    """After a scaling event the sizes sum to replicas plus surge, unless the leftover would make one negative."""
    sets = [
        ReplicaSetView(name=f"rs-{i}", spec_replicas=size, created=i, desired=before, maximum=before + surge)
        for i, size in enumerate(sizes)
    ]
    result = {rs.name: rs.spec_replicas for rs in sets}
    result |= {
        scaling.name: scaling.replicas for scaling in scale("RollingUpdate", replicas, surge, sets[-1], sets[:-1])
    }

    assert all(size >= 0 for size in result.values())
    assert replicas + surge == sum(result.values()) or 0 in result.values()
