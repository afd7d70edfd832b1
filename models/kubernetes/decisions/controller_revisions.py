"""ControllerRevisions: which one is of the current template, which number it gets, which are cleaned up.

A StatefulSet or DaemonSet keeps one for every pod template it has had; its pods are labelled with theirs.
Source: pkg/controller/history/controller_history.go, pkg/controller/daemon/update.go,
pkg/controller/statefulset/stateful_set_control.go
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from attrs import frozen


@frozen
class RevisionView:
    """A ControllerRevision. revision: its number, which grows with every change of the template."""

    name: str
    revision: int = 0


def next_revision(revisions: Iterable[RevisionView]) -> int:
    """The number of a revision that is newer than all of these. Source: stateful_set_utils.go, nextRevision."""
    return max((each.revision for each in revisions), default=0) + 1


def rollback_revision(revisions: Iterable[RevisionView], current: str) -> RevisionView | None:
    """The revision that `kubectl rollout undo` goes back to: the newest but the current one; None without any.

    Source: staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go, findHistory
    """
    older = [each for each in revisions if each.name != current]
    return max(older, key=lambda each: each.revision, default=None)


def truncate_history(
    revisions: Iterable[RevisionView], live: Collection[str], revision_history_limit: int
) -> tuple[RevisionView, ...]:
    """The revisions of a StatefulSet to delete, oldest first, so that only so many are left beside the live ones.

    live: the current and the update revision, and those of the pods. Source: stateful_set_control.go, truncateHistory
    """
    history = sorted((each for each in revisions if each.name not in live), key=_by_revision)
    return tuple(history[: max(0, len(history) - revision_history_limit)])


def cleanup_history(
    old: Iterable[RevisionView], live: Collection[str], revision_history_limit: int
) -> tuple[RevisionView, ...]:
    """The old revisions of a DaemonSet to delete, oldest first; those of its pods count against the limit, and stay.

    old: all but the current one. live: the revisions of the pods. Source: daemon/update.go, cleanupHistory
    """
    everything = sorted(old, key=_by_revision)
    surplus = max(0, len(everything) - revision_history_limit)
    return tuple([each for each in everything if each.name not in live][:surplus])


def _by_revision(each: RevisionView) -> int:
    return each.revision
