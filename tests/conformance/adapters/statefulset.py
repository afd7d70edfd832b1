"""Rows of the StatefulSet controller's tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterproof.models.kubernetes.decisions import controller_revisions, statefulset
from clusterproof.models.kubernetes.decisions.controller_revisions import RevisionView
from clusterproof.models.kubernetes.decisions.statefulset import StatefulPod, StatefulSetView

from .conversion import Adapter, Expect, Given

STATES: Mapping[str, Mapping[str, Any]] = {
    "Ready": {},
    "Terminating": {"terminating": True},
    "Pending": {"phase": "Pending", "ready": False, "available": False},
    "Running not Ready": {"ready": False, "available": False},
    "CrashLoop": {"ready": False, "available": False},
    "Ready not available": {"available": False},
    "Failed": {"phase": "Failed", "ready": False, "available": False},
    "Succeeded": {"phase": "Succeeded", "ready": False, "available": False},
}
"""The words of the rows; "old" or "new" may stand before them and say which template the pod was made from."""


def pods_of(given: Given) -> list[StatefulPod]:
    """The pods of a row; those that are missing are left out."""
    found = []
    for row in given["pods"]:
        first, _, rest = row["state"].partition(" ")
        revision, state = (first, rest) if first in ("old", "new") else ("new", row["state"])
        if state != "missing":
            found.append(StatefulPod(ordinal=row["ordinal"], revision=revision, **STATES[state]))
    return found


def one_sync_step(given: Given, expect: Expect) -> object:
    """A row says which ordinals are created and deleted; what else it expects is prose about the sync after.

    Without replicas the row has one pod per replica. After the template was reverted, the old one is wanted again.
    """
    pods = pods_of(given)
    view = StatefulSetView(
        replicas=given.get("replicas", len(given["pods"])),
        start=given.get("ordinalsStart", 0),
        pod_management_policy=given.get("policy", "OrderedReady"),
        strategy=given.get("update", "RollingUpdate"),
        partition=given.get("partition", 0),
        max_unavailable=given.get("maxUnavailable"),
        current_revision="old",
        update_revision="old" if given.get("templateRevertedToGood") else "new",
    )
    writes = statefulset.update_stateful_set(view, pods)
    for verb in ("create", "delete"):
        assert sorted(w.ordinal for w in writes if w.verb == verb) == sorted(expect.get(verb, ())), (verb, writes)
    if str(expect.get("revision", "")).startswith("currentRevision"):
        assert {w.revision for w in writes if w.verb == "create"} == {view.current_revision}
    if str(expect.get("revision", "")).startswith("updateRevision"):
        assert {w.revision for w in writes if w.verb == "create"} == {view.update_revision}
    return expect


def max_unavailable(given: Given, _: Expect) -> object:
    limit = statefulset.get_stateful_set_max_unavailable(given["maxUnavailable"], given["replicaCount"])
    return {"expectedMaxUnavailable": limit}


def rolling_update(given: Given, _: Expect) -> object:
    """All pods run the old template, and some are on their way out; a deleted pod is gone at once in these tests."""
    leaving = given["ordinalOfPodToTerminate"]
    pods = [StatefulPod(ordinal=n, revision="old", terminating=n in leaving) for n in range(given["replicas"])]
    view = StatefulSetView(
        replicas=given["replicas"],
        partition=given.get("partition", 0),
        max_unavailable=given.get("maxUnavailable"),
        current_revision="old",
        update_revision="new" if given.get("updateTemplate") else "old",
        gate=True,
    )
    deleted = len(statefulset.update_stateful_set_after_invariant_established(view, pods))
    return {"podsDeletedThisSync": deleted, "podsLeft": len(pods) - deleted}


def revision_history_limit(given: Given, _: Expect) -> object:
    """After each update the revision before it is the current one; both are live, as are those of the pods."""
    kept: list[RevisionView] = []
    for number in range(given["updates"] + 1):
        kept.append(RevisionView(f"revision-{number}", controller_revisions.next_revision(kept)))
        live = {each.name for each in kept[-2:]}
        gone = controller_revisions.truncate_history(kept, live, given.get("revisionHistoryLimit", 0))
        kept = [each for each in kept if each not in gone]
    return {"maxControllerRevisions": len(kept)}


ADAPTERS: dict[str, Adapter] = {
    "getStatefulSetMaxUnavailable": max_unavailable,
    "one sync step": one_sync_step,
    "revisionHistoryLimit": revision_history_limit,
    "rollingUpdate maxUnavailable (gate on)": rolling_update,
}
