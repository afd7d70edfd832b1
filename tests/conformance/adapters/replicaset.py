"""Rows of the ReplicaSet controller's tables."""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes.decisions import replicaset
from clusterproof.models.kubernetes.decisions.replicaset import PodView
from clusterproof.models.kubernetes.objects import LabelSelector

from .conversion import Adapter, Expect, Given, seconds

FIXTURE_TEMPLATE_LABELS = {"name": "foo", "type": "production"}
"""The labels of the template of every ReplicaSet that upstream's newReplicaSet makes; the rows give the selector."""

NOW = 0.0


def pod(given: Given) -> PodView:
    """A pod in the tables' flat notation."""
    restarts = given.get("restarts", 0)
    return PodView(
        name=given.get("name", ""),
        node=given.get("node", ""),
        phase=given.get("phase", ""),
        ready=given.get("ready", False),
        deleting=given.get("deleting", False),
        labels=given.get("labels", {}),
        ready_since_seconds=months(given.get("readySince")),
        created_seconds=months(given.get("created")),
        restarts=max(restarts) if isinstance(restarts, list) else restarts,
        sidecar_restarts=given.get("sidecarRestarts", 0),
        deletion_cost=given.get("podDeletionCost", 0),
    )


def months(text: str | None) -> float | None:
    """An instant; "now-1mo" is a month of 30 days ago."""
    return seconds(text.replace("1mo", "720h") if text else text, NOW)


def less(given: Given, _: Expect) -> object:
    a, b = pod(given["a"]), pod(given["b"])
    order = replicaset.compare_for_deletion(a, given["a"]["rank"], b, given["b"]["rank"], NOW)
    return {"less(a,b)": order < 0, "less(b,a)": order > 0}


def sort_active_pods(given: Given, expect: Expect) -> object:
    """The table states node and phase where they differ from its base: Running on a node."""
    pods = [pod({"node": "foo", "phase": "Running", **row}) for row in given["pods"]]
    shuffled = sorted(pods, key=lambda view: view.name)
    ordered = replicaset.get_pods_to_delete(shuffled, (), len(pods) - 1)
    last = [view for view in pods if view not in ordered]
    return {"deletionOrder": [view.name for view in (*ordered, *last)]}


def filter_active_pods(given: Given, _: Expect) -> object:
    pods = [pod({"name": name, "phase": phase}) for name, phase in given["phases"].items()]
    return {"active": [view.name for view in replicaset.filter_active_pods(pods)]}


def count_terminating_pods(given: Given, _: Expect) -> object:
    pods = [pod(row) for row in given["pods"]]
    return {"terminating": sum(replicaset.is_pod_terminating(view.phase, view.deleting) for view in pods)}


def filter_claimed_pods(given: Given, _: Expect) -> object:
    selector = LabelSelector(match_labels=given["selector"])
    claimed = []
    for row in given["pods"]:
        labels = {key.removeprefix("label "): value for key, value in row.items() if key.startswith("label ")}
        controlled = any(ref["uid"] == "me" and ref["controller"] for ref in row["ownerRefs"])
        if replicaset.is_claimed(selector, labels, controlled):
            claimed.append(row["name"])
    return {"claimed": claimed}


def calculate_status(given: Given, _: Expect) -> object:
    pods = [pod({"readySince": "now", **row}) for row in given["filteredPods"]]
    counts = replicaset.calculate_status(
        pods, FIXTURE_TEMPLATE_LABELS, given["replicaset"].get("minReadySeconds", 0), NOW
    )
    return {
        "expectedReplicaSetStatus": {
            "availableReplicas": counts.available_replicas,
            "fullyLabeledReplicas": counts.fully_labeled_replicas,
            "readyReplicas": counts.ready_replicas,
            "replicas": counts.replicas,
        }
    }


def calculate_status_conditions(given: Given, _: Expect) -> object:
    """A ReplicaFailure condition that is already there is kept while the error lasts; without error it goes."""
    error = given.get("manageReplicasErr")
    if not error:
        return {"expectedReplicaSetConditions": []}
    reason = replicaset.replica_failure_reason(len(given["filteredPods"]), given["replicaset"]["replicas"])
    condition = {"message": error["error"], "reason": reason, "status": "True", "type": "ReplicaFailure"}
    return {"expectedReplicaSetConditions": [condition]}


def described(row: Given) -> PodView:
    """The fixture's pod: its name says where it is and how far it got; the other columns do not distinguish them."""
    name = row["name"]
    node = "" if name.startswith("unscheduled") else "node-2" if name.endswith("on-node-2") else "node-1"
    ready = "ready" in name and "not-ready" not in name
    return PodView(name=name, node=node, phase=row["phase"], ready=ready, labels=row["labels"])


def get_pods_to_delete(given: Given, expect: Expect) -> object:
    """The set matters; the order in which they are deleted does not (upstream compares sorted lists)."""
    pods = [described(row) for row in given["pods"]]
    related = [described(row) for row in given["related"]] if given.get("related") else pods
    deleted = sorted(view.name for view in replicaset.get_pods_to_delete(pods, related, given["diff"], NOW))
    assert deleted == sorted(row["name"] for row in expect["expectedPodsToDelete"])
    return expect


def next_pod_availability_check(given: Given, _: Expect) -> object:
    after = replicaset.next_pod_availability_check(given["ready"], given["readyForSeconds"], given["minReadySeconds"])
    return {"recheckInSeconds": after}


def find_min_next_pod_availability(given: Given, _: Expect) -> object:
    checks = {
        row["name"]: replicaset.next_pod_availability_check(
            row["ready"], row["readyForSeconds"], given["minReadySeconds"]
        )
        for row in given["pods"]
    }
    found = replicaset.find_min_next_pod_availability(checks)
    return {"recheckInSeconds": found and found[1], "pod": found and found[0]}


def slow_start_batch(given: Given, expect: Expect) -> object:
    made: list[Any] = []

    def call() -> bool:
        made.append(None)
        return len(made) <= int(given["callLimit"])

    calls, successes = replicaset.slow_start_batch(given["count"], call)
    error = {"error": "fake error"} if successes < given["count"] else None
    return {"expectedCallCnt": calls, "expectedErr": error, "expectedSuccesses": successes}


ADAPTERS: dict[str, Adapter] = {
    "ActivePods.sort": sort_active_pods,
    "ActivePodsWithRanks.Less": less,
    "CountTerminatingPods": count_terminating_pods,
    "FilterActivePods": filter_active_pods,
    "FilterClaimedPods": filter_claimed_pods,
    "calculateStatus": calculate_status,
    "calculateStatus conditions": calculate_status_conditions,
    "findMinNextPodAvailability": find_min_next_pod_availability,
    "getPodsToDelete": get_pods_to_delete,
    "nextPodAvailabilityCheck": next_pod_availability_check,
    "slowStartBatch": slow_start_batch,
}
