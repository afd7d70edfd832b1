"""What the garbage collector does about one object, from live reads of the object and of its owners.

Source: pkg/controller/garbagecollector/garbagecollector.go
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence

from attrs import evolve, frozen

from clusterproof.models.kubernetes.decisions.deletion import (
    FOREGROUND_FINALIZER,
    ORPHAN_FINALIZER,
    PropagationPolicy,
)


@frozen(kw_only=True)
class OwnerReference:
    """One entry of metadata.ownerReferences."""

    uid: str
    api_version: str = ""
    kind: str = ""
    name: str = ""
    block_owner_deletion: bool | None = None


@frozen(kw_only=True)
class LiveObject:
    """What a GET answers, as far as the collector looks at it."""

    uid: str
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    deleting: bool = False

    @property
    def deleting_dependents(self) -> bool:
        """Whether it is being deleted in the foreground, after its dependents."""
        return self.deleting and FOREGROUND_FINALIZER in self.finalizers


@frozen(kw_only=True)
class Dependent:
    """An object that names another one as its owner; blocks_owner: with blockOwnerDeletion."""

    blocks_owner: bool = True
    deleting_dependents: bool = False


@frozen(kw_only=True)
class Item:
    """An object as the collector's graph knows it.

    deleting_dependents: it is being deleted, in the foreground.
    """

    uid: str
    deleting: bool = False
    deleting_dependents: bool = False
    dependents: tuple[Dependent, ...] = ()


class ReferenceState(enum.Enum):
    """What a reference to an owner is worth. Source: classifyReferences"""

    SOLID = "solid"
    DANGLING = "dangling"  # the owner is gone, or another object has its name
    WAITING = "waiting"  # the owner is being deleted in the foreground, after its dependents


class Action(enum.Enum):
    """What is done about an item."""

    NONE = "none"
    UNRESOLVABLE = "unresolvable"  # cluster-scoped, with an owner in a namespace: never collected
    VIRTUAL_DELETE_EVENT = "virtual delete event"  # it does not exist: the graph is told
    PATCH = "patch"  # references are removed
    DELETE = "delete"
    ENQUEUE_DEPENDENTS = "enqueue dependents"  # those that block it come first
    REMOVE_FOREGROUND_FINALIZER = "remove foregroundDeletion finalizer"


class Transition(enum.Enum):
    """What begins when an object starts to be deleted. Source: graph_builder.go, processTransitions"""

    NONE = "none"
    ORPHAN_DEPENDENTS = "orphan dependents"  # references to it are removed, then its finalizer
    DELETE_DEPENDENTS = "delete dependents"


@frozen
class Decision:
    """What to do about one item.

    propagation: of a DELETE. removed_references: of a PATCH, by index. unblock: before a DELETE, the item's own
    references stop blocking their owners. retry: an object could not be read, so that the item is tried again.
    """

    action: Action
    propagation: PropagationPolicy | None = None
    removed_references: tuple[int, ...] = ()
    unblock: bool = False
    retry: bool = False


class NotReadError(LookupError):
    """An object could not be read, for another reason than that it does not exist."""


class NamespacedOwnerOfClusterScopedObjectError(LookupError):
    """A cluster-scoped object names an owner of a namespaced kind: nobody can say which."""


def attempt_to_delete_item(
    item: Item,
    get_item: Callable[[], LiveObject | None],
    classify: Callable[[OwnerReference], ReferenceState],
) -> Decision:
    """What to do about an item; get_item reads it, classify reads an owner, and both are asked only where needed.

    They may raise NotReadError and NamespacedOwnerOfClusterScopedObjectError. Source: attemptToDeleteItem
    """
    if item.deleting and not item.deleting_dependents:
        return Decision(Action.NONE)
    try:
        latest = get_item()
        if latest is None or latest.uid != item.uid:
            return Decision(Action.VIRTUAL_DELETE_EVENT)
        if item.deleting_dependents:
            return process_deleting_dependents_item(item.dependents)
        states = [classify(reference) for reference in latest.owner_references]
    except NotReadError:
        return Decision(Action.NONE, retry=True)
    except NamespacedOwnerOfClusterScopedObjectError:
        return Decision(Action.UNRESOLVABLE)
    return decide_by_references(states, item.dependents, latest.finalizers)


def classify_reference(uid: str, owner: LiveObject | None) -> ReferenceState:
    """What a reference to this uid is worth, given what has been read under the owner's name; None is a 404.

    Source: isDangling, classifyReferences
    """
    if owner is None or owner.uid != uid:
        return ReferenceState.DANGLING
    return ReferenceState.WAITING if owner.deleting_dependents else ReferenceState.SOLID


def decide_by_references(
    states: Sequence[ReferenceState], dependents: Sequence[Dependent] = (), finalizers: Sequence[str] = ()
) -> Decision:
    """What becomes of an object that exists, by the state of each of its references.

    One solid owner keeps it, and the other references go: else an owner would wait for it for ever.
    Source: attemptToDeleteItem
    """
    if ReferenceState.SOLID in states:
        removed = tuple(index for index, state in enumerate(states) if state is not ReferenceState.SOLID)
        return Decision(Action.PATCH, removed_references=removed) if removed else Decision(Action.NONE)
    if not states:
        return Decision(Action.NONE)
    if ReferenceState.WAITING in states and dependents:
        circle = any(each.deleting_dependents for each in dependents)
        return Decision(Action.DELETE, PropagationPolicy.FOREGROUND, unblock=circle)
    if ORPHAN_FINALIZER in finalizers:
        return Decision(Action.DELETE, PropagationPolicy.ORPHAN)
    if FOREGROUND_FINALIZER in finalizers:
        return Decision(Action.DELETE, PropagationPolicy.FOREGROUND)
    return Decision(Action.DELETE, PropagationPolicy.BACKGROUND)


def process_deleting_dependents_item(dependents: Iterable[Dependent]) -> Decision:
    """An object deleted in the foreground goes when no dependent blocks it. Source: processDeletingDependentsItem"""
    blocked = any(each.blocks_owner for each in dependents)
    return Decision(Action.ENQUEUE_DEPENDENTS if blocked else Action.REMOVE_FOREGROUND_FINALIZER)


def process_transitions(old: LiveObject | None, new: LiveObject) -> Transition:
    """What begins with this change of an object; None is an object that was not known.

    Source: graph_builder.go, processTransitions and deletionStartsWithFinalizer
    """
    if _deletion_starts_with_finalizer(old, new, ORPHAN_FINALIZER):
        return Transition.ORPHAN_DEPENDENTS
    if _deletion_starts_with_finalizer(old, new, FOREGROUND_FINALIZER):
        return Transition.DELETE_DEPENDENTS
    return Transition.NONE


def _deletion_starts_with_finalizer(old: LiveObject | None, new: LiveObject, finalizer: str) -> bool:
    before = old is not None and old.deleting and finalizer in old.finalizers
    return new.deleting and finalizer in new.finalizers and not before


def unblock_owner_references(references: Iterable[OwnerReference]) -> tuple[OwnerReference, ...]:
    """The references with blockOwnerDeletion true set to false; the others stay as they are.

    Source: patch.go, unblockOwnerReferencesStrategicMergePatch
    """
    return tuple(evolve(each, block_owner_deletion=False) if each.block_owner_deletion else each for each in references)
