"""The garbage collector: what becomes of one object, and what a DELETE leaves to it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.deletion import (
    FOREGROUND_FINALIZER,
    ORPHAN_FINALIZER,
    PropagationPolicy,
    default_garbage_collection_policy,
    deletion_finalizers_for_garbage_collection,
)
from clusterproof.models.kubernetes.decisions.garbage_collector import (
    Action,
    Decision,
    Dependent,
    Item,
    LiveObject,
    NamespacedOwnerOfClusterScopedObjectError,
    NotReadError,
    OwnerReference,
    ReferenceState,
    Transition,
    attempt_to_delete_item,
    classify_reference,
    decide_by_references,
    process_deleting_dependents_item,
    process_transitions,
    unblock_owner_references,
)

SOLID, DANGLING, WAITING = ReferenceState
BACKGROUND, FOREGROUND, ORPHAN = PropagationPolicy
OWNER = OwnerReference(uid="owner")
STORED = LiveObject(uid="me", owner_references=(OWNER,))


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        (None, DANGLING),
        (LiveObject(uid="another"), DANGLING),
        (LiveObject(uid="owner"), SOLID),
        (LiveObject(uid="owner", deleting=True), SOLID),
        (LiveObject(uid="owner", deleting=True, finalizers=(ORPHAN_FINALIZER,)), SOLID),
        (LiveObject(uid="owner", finalizers=(FOREGROUND_FINALIZER,)), SOLID),
        (LiveObject(uid="owner", deleting=True, finalizers=(FOREGROUND_FINALIZER,)), WAITING),
    ],
)
def test_an_owner_is_solid_until_it_is_gone_or_waits(owner: LiveObject | None, expected: ReferenceState) -> None:
    """Being deleted is not being gone, unless it is in the foreground."""
    assert classify_reference("owner", owner) is expected


@given(st.lists(st.sampled_from(ReferenceState), max_size=5), st.lists(st.just(Dependent()), max_size=2))
def test_a_solid_owner_keeps_its_dependents(states: Sequence[ReferenceState], dependents: list[Dependent]) -> None:
    """An object is deleted exactly when it has owners and none is solid; what is patched away are the others."""
    decision = decide_by_references(states, dependents)

    assert (decision.action is Action.DELETE) == (bool(states) and SOLID not in states)
    if decision.action is Action.PATCH:
        assert [state for i, state in enumerate(states) if i not in decision.removed_references] == [
            SOLID
        ] * states.count(SOLID)


@pytest.mark.parametrize(
    ("finalizers", "policy"),
    [((), BACKGROUND), ((ORPHAN_FINALIZER,), ORPHAN), ((FOREGROUND_FINALIZER,), FOREGROUND), (("other",), BACKGROUND)],
)
def test_a_finalizer_chooses_how_it_is_deleted(finalizers: tuple[str, ...], policy: PropagationPolicy) -> None:
    """An object whose owner is gone is deleted as its own finalizers say."""
    assert decide_by_references([DANGLING], (), finalizers) == Decision(Action.DELETE, policy)


def test_foreground_deletion_goes_down_the_tree() -> None:
    """A waiting owner has its dependents deleted in the foreground where these have dependents themselves."""
    circle = Dependent(deleting_dependents=True)

    assert decide_by_references([WAITING]).propagation is BACKGROUND
    assert decide_by_references([WAITING], [Dependent()]) == Decision(Action.DELETE, FOREGROUND)
    assert decide_by_references([WAITING], [circle]) == Decision(Action.DELETE, FOREGROUND, unblock=True)


def test_a_foreground_deletion_waits_for_what_blocks_it() -> None:
    """Dependents without blockOwnerDeletion do not count."""
    free, blocking = Dependent(blocks_owner=False), Dependent()

    assert process_deleting_dependents_item([free]).action is Action.REMOVE_FOREGROUND_FINALIZER
    assert process_deleting_dependents_item([free, blocking]).action is Action.ENQUEUE_DEPENDENTS


def not_read(_: OwnerReference) -> ReferenceState:
    """The apiserver does not answer."""
    raise NotReadError


def unresolvable(_: OwnerReference) -> ReferenceState:
    """A cluster-scoped object with an owner in a namespace."""
    raise NamespacedOwnerOfClusterScopedObjectError


def unasked(*_: object) -> ReferenceState:
    """Nothing needs to be read."""
    raise AssertionError


def test_an_item_that_does_not_exist_is_told_to_the_graph() -> None:
    """So is one whose name another object has; its owners are not asked for."""
    for stored in (None, LiveObject(uid="another")):
        assert attempt_to_delete_item(Item(uid="me"), lambda s=stored: s, unasked).action is Action.VIRTUAL_DELETE_EVENT


def test_nothing_is_read_for_an_item_that_is_being_deleted() -> None:
    """Unless it is deleted in the foreground; then its dependents count and not its owners."""
    assert attempt_to_delete_item(Item(uid="me", deleting=True), unasked, unasked) == Decision(Action.NONE)

    waits = Item(uid="me", deleting=True, deleting_dependents=True, dependents=(Dependent(),))
    assert attempt_to_delete_item(waits, lambda: STORED, unasked).action is Action.ENQUEUE_DEPENDENTS


def test_nothing_is_deleted_on_a_guess() -> None:
    """An owner that cannot be read is tried again, one that cannot be resolved never."""
    item = Item(uid="me")

    assert attempt_to_delete_item(item, lambda: STORED, not_read) == Decision(Action.NONE, retry=True)
    assert attempt_to_delete_item(item, lambda: STORED, unresolvable) == Decision(Action.UNRESOLVABLE)
    assert attempt_to_delete_item(item, lambda: LiveObject(uid="me"), unasked) == Decision(Action.NONE)


@pytest.mark.parametrize(
    ("finalizer", "expected"),
    [
        (ORPHAN_FINALIZER, Transition.ORPHAN_DEPENDENTS),
        (FOREGROUND_FINALIZER, Transition.DELETE_DEPENDENTS),
        ("other", Transition.NONE),
    ],
)
def test_a_deletion_starts_once(finalizer: str, expected: Transition) -> None:
    """It starts with the mark and the finalizer together, and not again while both stay."""
    stays = LiveObject(uid="me", finalizers=(finalizer,))
    goes = LiveObject(uid="me", finalizers=(finalizer,), deleting=True)

    assert process_transitions(None, goes) is process_transitions(stays, goes) is expected
    assert process_transitions(None, stays) is process_transitions(goes, goes) is Transition.NONE


def test_unblocking_leaves_the_rest_alone() -> None:
    """Only what blocks is changed."""
    references = [OwnerReference(uid=str(i), block_owner_deletion=each) for i, each in enumerate((True, False, None))]

    assert [each.block_owner_deletion for each in unblock_owner_references(references)] == [False, False, None]


# ---------------------------------------------------------------- DELETE


@pytest.mark.parametrize(
    ("policy", "finalizers", "after"),
    [
        (BACKGROUND, (), ()),
        (FOREGROUND, (), (FOREGROUND_FINALIZER,)),
        (ORPHAN, ("other",), ("other", ORPHAN_FINALIZER)),
        (BACKGROUND, (ORPHAN_FINALIZER, "other"), ("other",)),
        (FOREGROUND, (ORPHAN_FINALIZER,), (FOREGROUND_FINALIZER,)),
        (None, (FOREGROUND_FINALIZER,), (FOREGROUND_FINALIZER,)),
        (None, (ORPHAN_FINALIZER,), (ORPHAN_FINALIZER,)),
        (None, (), ()),
    ],
)
def test_a_policy_overrides_a_finalizer(
    policy: PropagationPolicy | None, finalizers: tuple[str, ...], after: tuple[str, ...]
) -> None:
    """What the request says comes before what the object says; other finalizers stay."""
    assert deletion_finalizers_for_garbage_collection(finalizers, policy) == after


def test_a_job_orphans_its_pods_by_default() -> None:
    """Where neither request nor object says anything, the kind does."""
    job = default_garbage_collection_policy("batch/v1", "Job")

    assert deletion_finalizers_for_garbage_collection((), None, job) == (ORPHAN_FINALIZER,)
    assert default_garbage_collection_policy("batch/v1", "CronJob") is BACKGROUND
    assert default_garbage_collection_policy("apps/v1", "Deployment") is BACKGROUND
