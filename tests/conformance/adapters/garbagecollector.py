"""The garbage collector: one object at a time, and whole stories of its graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
    process_transitions,
    unblock_owner_references,
)

from .conversion import Adapter, Expect, Given
from .garbage_graph import conflicting_data

ME = "me"
OWNERS: Mapping[str, LiveObject | None] = {
    "exists": LiveObject(uid="owner"),
    "404 not found": None,
    "exists but different uid": LiveObject(uid="another"),
    "deleting with foregroundDeletion finalizer": LiveObject(
        uid="owner", deleting=True, finalizers=(FOREGROUND_FINALIZER,)
    ),
    "deleting without foregroundDeletion finalizer": LiveObject(uid="owner", deleting=True),
    # Looked up in the namespace of the dependent, where it is not.
    "in another namespace (namespaced kind)": None,
}
"""The table's words for what a GET of an owner answers."""

ACTIONS = {
    Action.NONE: "none",
    Action.UNRESOLVABLE: "none",
    Action.VIRTUAL_DELETE_EVENT: "emit virtual delete event",
    Action.PATCH: "patch",
    Action.DELETE: "delete",
    Action.ENQUEUE_DEPENDENTS: "enqueue dependents, keep finalizer",
    Action.REMOVE_FOREGROUND_FINALIZER: "remove foregroundDeletion finalizer",
}
ORPHANING = "remove this uid from ownerRefs of all dependents, then remove the orphan finalizer"


def _attempt_to_delete_item(given: Given, expect: Expect) -> object:
    latest = _latest(given)
    if latest and process_transitions(None, latest) is Transition.ORPHAN_DEPENDENTS:
        return {"action": ORPHANING}
    item = Item(
        uid=ME,
        deleting=bool(latest and latest.deleting),
        deleting_dependents=bool(latest and latest.deleting_dependents),
        dependents=_dependents(given.get("dependents") or ()),
    )
    words = [reference["ref"] for reference in given.get("ownerRefs") or ()]

    def classify(reference: OwnerReference) -> ReferenceState:
        word = words[int(reference.name)]
        if word.startswith("lookup error"):
            raise NotReadError
        if word == "namespaced kind" and given.get("child") == "cluster-scoped":
            raise NamespacedOwnerOfClusterScopedObjectError
        return classify_reference(reference.uid, OWNERS[word])

    return _answer(attempt_to_delete_item(item, lambda: latest, classify), expect)


def _latest(given: Given) -> LiveObject | None:
    if given.get("self") == "404 not found":
        return None
    references = tuple(OwnerReference(uid="owner", name=str(i)) for i in range(len(given.get("ownerRefs") or ())))
    return LiveObject(
        uid="another" if given.get("self") == "uid differs from graph" else ME,
        owner_references=references,
        finalizers=tuple(given.get("finalizers") or ()),
        deleting=bool(given.get("deletionTimestamp")),
    )


def _dependents(given: int | Sequence[Mapping[str, Any]]) -> tuple[Dependent, ...]:
    """A number of them, or what is known of each."""
    if isinstance(given, int):
        return (Dependent(),) * given
    return tuple(
        Dependent(
            blocks_owner=bool(each.get("blockOwnerDeletion")), deleting_dependents=bool(each.get("deletingDependents"))
        )
        for each in given
    )


def _answer(decision: Decision, expect: Expect) -> object:
    """The decision in the words of the row, which may go on in prose, and adds notes."""
    action = ACTIONS[decision.action]
    prose = expect["action"].removeprefix(action)
    answer: dict[str, object] = {"action": expect["action"] if prose.startswith("; ") else action}
    if decision.action is Action.DELETE:
        assert decision.propagation is not None
        answer["propagation"] = decision.propagation.value
    if decision.action is Action.PATCH:
        answer["removeRefs"] = list(decision.removed_references)
    if decision.retry:
        answer["requeue"] = True
    if "note" in expect:
        answer["note"] = expect["note"]
    return answer


def _delete_propagation(given: Given, expect: Expect) -> object:
    policy = PropagationPolicy(given["propagationPolicy"]) if given["propagationPolicy"] else None
    if policy is None:
        return {"default": _defaults()}
    after = deletion_finalizers_for_garbage_collection(given["existingFinalizers"], policy)
    answer: dict[str, object] = {"ownerFinalizersAfterDelete": list(after)}
    if not after:
        answer |= {"ownerGone": "immediately", "dependents": "deleted later by GC"}
    if FOREGROUND_FINALIZER in after:
        answer["ownerGone"] = "after all dependents with blockOwnerDeletion=true are gone"
    if ORPHAN_FINALIZER in after:
        answer["dependents"] = "kept, ownerRef removed"
    return {key: answer[key] for key in expect}


def _defaults() -> str:
    """The default of the API groups with owners among their kinds, in the table's sentence."""
    groups: dict[str, tuple[str, ...]] = {
        "apps/v1": ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
        "batch/v1": ("CronJob", "Job"),
        "v1": ("Pod", "ReplicationController", "Service"),
    }
    found = {default_garbage_collection_policy(group, kind) for group, kinds in groups.items() for kind in kinds}
    return " or ".join(sorted(each.value for each in found)) + " for apps/v1, batch/v1 and core kinds"


def _unblock_owner_references(given: Given, expect: Expect) -> object:
    references = [
        OwnerReference(uid=each["uid"], block_owner_deletion=each.get("blockOwnerDeletion"))
        for each in given["ownerRefs"]
    ]
    return {"ownerRefs": _in_api_shape(unblock_owner_references(references))}


def _in_api_shape(references: Iterable[OwnerReference]) -> list[dict[str, object]]:
    return [
        {"uid": each.uid}
        | ({} if each.block_owner_deletion is None else {"blockOwnerDeletion": each.block_owner_deletion})
        for each in references
    ]


ADAPTERS: dict[str, Adapter] = {
    "attemptToDeleteItem / processDeletingDependents": _attempt_to_delete_item,
    "delete propagation": _delete_propagation,
    "graph + live lookup with conflicting/coalesced data": conflicting_data,
    "unblockOwnerReferences": _unblock_owner_references,
}
