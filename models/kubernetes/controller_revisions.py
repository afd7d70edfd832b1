"""ControllerRevisions: one object for every pod template that a StatefulSet or DaemonSet has had.

The StatefulSet and the DaemonSet controller keep them, each for its own sets.
Source: pkg/controller/history/controller_history.go
"""

from __future__ import annotations

from collections.abc import Iterable

from clusterproof import require
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.decisions import controller_revisions as decisions
from clusterproof.models.kubernetes.decisions.controller_revisions import RevisionView
from clusterproof.models.kubernetes.names import ControllerRevisionId
from clusterproof.models.kubernetes.state import Cluster


def existing(c: Cluster, known: Iterable[ControllerRevisionId]) -> list[RevisionView]:
    """Those of a set's revisions that are there; known: all that it may come to have."""
    present = [r for r in dict.fromkeys(known) if r in c.controller_revisions]
    return [RevisionView(r, c.controller_revisions[r].revision) for r in present]


def create(c: Cluster, known: Iterable[ControllerRevisionId], template: ControllerRevisionId) -> None:
    """POST the revision of the set's template, with the next number."""
    apiserver.create_controller_revision(c, template, revision=decisions.next_revision(existing(c, known)))


def renumber(c: Cluster, known: Iterable[ControllerRevisionId], template: ControllerRevisionId) -> None:
    """A rollback makes an old revision the current one again: it gets the next number."""
    revision = require(c.controller_revisions.get(template))
    number = decisions.next_revision(each for each in existing(c, known) if each.name != template)
    require(revision.revision < number)
    revision.revision = number
    apiserver.update(c, revision)


def delete_first(c: Cluster, surplus: Iterable[RevisionView]) -> None:
    """DELETE the first of the revisions that are too many."""
    first = require(next(iter(surplus), None))
    apiserver.remove_controller_revision(c, ControllerRevisionId(first.name))
