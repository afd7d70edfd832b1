"""What a DELETE does to the finalizers of an object, and so whether it goes before, after or without its dependents.

Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go,
https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

FOREGROUND_FINALIZER = "foregroundDeletion"
ORPHAN_FINALIZER = "orphan"


class PropagationPolicy(enum.Enum):
    """Who goes first: the object (Background), its dependents (Foreground), or the object alone (Orphan)."""

    BACKGROUND = "Background"
    FOREGROUND = "Foreground"
    ORPHAN = "Orphan"


_ORPHANING_KINDS = frozenset({("batch/v1", "Job"), ("v1", "ReplicationController")})


def default_garbage_collection_policy(api_version: str, kind: str) -> PropagationPolicy:
    """The policy of a DELETE that names none; kubectl always names one.

    Two kinds still orphan their pods, for the sake of old clients.
    Source: DefaultGarbageCollectionPolicy in pkg/registry/batch/job and pkg/registry/core/replicationcontroller
    """
    orphans = (api_version, kind) in _ORPHANING_KINDS
    return PropagationPolicy.ORPHAN if orphans else PropagationPolicy.BACKGROUND


def deletion_finalizers_for_garbage_collection(
    finalizers: Sequence[str],
    policy: PropagationPolicy | None,
    default: PropagationPolicy = PropagationPolicy.BACKGROUND,
) -> tuple[str, ...]:
    """The finalizers of an object once it is being deleted; with none it is gone at once.

    An explicit policy overrides a finalizer that is there, and that overrides the kind's default.
    Source: deletionFinalizersForGarbageCollection, shouldOrphanDependents, shouldDeleteDependents
    """
    chosen = policy or _policy_of(finalizers) or default
    others = tuple(each for each in finalizers if each not in (ORPHAN_FINALIZER, FOREGROUND_FINALIZER))
    match chosen:
        case PropagationPolicy.ORPHAN:
            return (*others, ORPHAN_FINALIZER)
        case PropagationPolicy.FOREGROUND:
            return (*others, FOREGROUND_FINALIZER)
        case PropagationPolicy.BACKGROUND:
            return others


def _policy_of(finalizers: Sequence[str]) -> PropagationPolicy | None:
    for finalizer in finalizers:
        if finalizer == ORPHAN_FINALIZER:
            return PropagationPolicy.ORPHAN
        if finalizer == FOREGROUND_FINALIZER:
            return PropagationPolicy.FOREGROUND
    return None
