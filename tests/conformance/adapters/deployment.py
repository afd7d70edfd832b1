"""Rows of the Deployment controller's tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from clusterproof.models.kubernetes.decisions import deployment, deployment_progress, percent, proportional_scaling
from clusterproof.models.kubernetes.decisions.deployment import ReplicaSetView
from clusterproof.models.kubernetes.decisions.deployment_progress import Condition, DeploymentCounts
from clusterproof.models.kubernetes.objects import PodSpec, PodTemplate

from .conversion import Adapter, Expect, Given, seconds

FIXTURE_DESIRED, FIXTURE_MAXIMUM = 10, 20
"""What TestReplicasAnnotationsNeedUpdate asks every row about."""


@frozen(kw_only=True)
class NamedTemplate(PodTemplate):
    """A template with the name that the tables give it and that Kubernetes ignores when it makes pods."""

    name: str = ""


def template(given: Given) -> NamedTemplate:
    """A pod template in the tables' flat notation."""
    return NamedTemplate(
        name=given.get("name", ""),
        labels=given.get("labels") or {},
        annotations=given.get("annotations") or {},
        spec=PodSpec(node_name=given.get("nodeName")),
    )


def counts(given: Given) -> DeploymentCounts:
    """The counters of a status; the tables' observedGeneration always equals generation."""
    return DeploymentCounts(
        replicas=given.get("replicas", 0),
        updated_replicas=given.get("updatedReplicas", 0),
        ready_replicas=given.get("readyReplicas", 0),
        available_replicas=given.get("availableReplicas", 0),
    )


def replica_set(given: Given, created: int = 0) -> ReplicaSetView:
    """A ReplicaSet in the tables' flat notation."""
    return ReplicaSetView(
        name=given.get("name", str(created)),
        spec_replicas=given.get("specReplicas", 0),
        status_replicas=given.get("statusReplicas", 0),
        available_replicas=given.get("availableReplicas", 0),
        revision=int(given.get("revision") or 0),
        created=created,
        deleting=given.get("deleting", False),
    )


def replica_sets(given: list[Mapping[str, Any]] | None) -> list[ReplicaSetView]:
    """ReplicaSets in order of creation where the rows do not say when they were created."""
    return [
        replica_set(row, created=int(seconds(row["createdAt"]) or 0) if "createdAt" in row else index)
        for index, row in enumerate(given or [])
    ]


def named(given: list[str]) -> list[ReplicaSetView]:
    """ReplicaSets written as "new(1 replica,t+60)": name, and in brackets replicas and creation time."""
    found = []
    for text in given:
        name, _, details = text.rstrip(")").partition("(")
        words = [word.strip() for word in details.split(",")]
        created = next((int(word[1:]) for word in words if word.startswith(("t+", "t-"))), 0)
        size = next((int(word.split()[0]) for word in words if word.endswith(("replica", "replicas"))), 0)
        found.append(ReplicaSetView(name=name, spec_replicas=size, created=created))
    return found


def with_templates(given: Given) -> list[ReplicaSetView]:
    """The named ReplicaSets; those listed as matching have the Deployment's template, "wanted"."""
    matching = given["matchesTemplate"]
    return [evolve(rs, template="wanted" if rs.name in matching else rs.name) for rs in named(given["replicaSets"])]


def find_new_replica_set(given: Given, _: Expect) -> object:
    found = deployment.find_new_replica_set(with_templates(given), "wanted")
    return {"newReplicaSet": found and found.name}


def find_old_replica_sets(given: Given, _: Expect) -> object:
    old = deployment.find_old_replica_sets(with_templates(given), "wanted")
    active = deployment.filter_active_replica_sets(old)
    return {"allOld": [rs.name for rs in old], "oldWithNonZeroSpecReplicas": [rs.name for rs in active]}


def equal_ignore_hash(given: Given, _: Expect) -> object:
    return {"expected": deployment.equal_ignore_hash(template(given["former"]), template(given["latter"]))}


def get_replica_counts(given: Given, _: Expect) -> object:
    rows = replica_sets(given["replicaSets"])
    return {
        "specSum": deployment.get_replica_count_for_replica_sets(rows),
        "statusSum": deployment.get_actual_replica_count_for_replica_sets(rows),
    }


def strategy_of(given: Given) -> str:
    """RollingUpdate unless the row names another ("RecreateDeploymentStrategyType" is Recreate)."""
    name: str = given.get("strategy") or given.get("spec", {}).get("strategy", {}).get("type") or "RollingUpdate"
    return name.removesuffix("DeploymentStrategyType")


def limits(given: Given) -> tuple[str, int, Any, Any]:
    """strategy, replicas, maxSurge, maxUnavailable: the arguments of the functions of percent."""
    replicas = given.get("replicas") or given.get("spec", {}).get("replicas") or 0
    return strategy_of(given), replicas, given.get("maxSurge"), given.get("maxUnavailable")


def resolve_fenceposts(given: Given, _: Expect) -> object:
    try:
        surge, unavailable = percent.resolve_fenceposts(
            given.get("maxSurge"), given.get("maxUnavailable"), given.get("desired", 0)
        )
    except ValueError:
        return {"expectError": True, "expectSurge": 0, "expectUnavailable": 0}
    return {"expectError": False, "expectSurge": surge, "expectUnavailable": unavailable}


def new_rs_new_replicas(given: Given, _: Expect) -> object:
    size = deployment.new_rs_new_replicas(
        strategy_of(given),
        given["deploymentReplicas"],
        percent.max_surge("RollingUpdate", given["deploymentReplicas"], given["maxSurge"], given["maxUnavailable"]),
        sum(given["otherActiveRSReplicas"]),
        given["newRSReplicas"],
    )
    return {"newRSReplicas": size}


def two(given: Given) -> tuple[ReplicaSetView, ReplicaSetView]:
    """The old and the new ReplicaSet of the rolling update tables."""
    old = ReplicaSetView(
        name="old",
        spec_replicas=given.get("oldReplicas", 0),
        available_replicas=given.get("availableOld", given.get("availableReplicas", given.get("available", 0))),
    )
    new = ReplicaSetView(
        name="new",
        spec_replicas=given.get("newReplicas", 0),
        available_replicas=given.get("availableNew", 0),
        created=1,
    )
    return old, new


def reconcile_new_replica_set(given: Given, _: Expect) -> object:
    old, new = two(given)
    surge = percent.max_surge(*limits(given))
    size = deployment.reconcile_new_replica_set("RollingUpdate", given["replicas"], surge, new, [old])
    return {"scaled": size != new.spec_replicas, "newReplicas": size}


def reconcile_old_replica_sets(given: Given, _: Expect) -> object:
    old, new = two(given)
    unavailable = percent.max_unavailable(*limits(given))
    scalings = deployment.reconcile_old_replica_sets(given["replicas"], unavailable, new, [old])
    return {"scaled": bool(scalings), "oldReplicas": scalings[-1].replicas if scalings else old.spec_replicas}


def cleanup_unhealthy_replicas(given: Given, _: Expect) -> object:
    old, _new = two(given)
    scalings, _refused = deployment.cleanup_unhealthy_replicas([old], given["maxCleanupCount"])
    return {"cleaned": old.spec_replicas - scalings[-1].replicas if scalings else 0}


def scale_down_old(given: Given, _: Expect) -> object:
    old, _new = two(given)
    minimum = percent.min_available(*limits(given))
    scalings = deployment.scale_down_old_replica_sets_for_rolling_update(given["available"], minimum, [old])
    return {"scaled": bool(scalings), "oldReplicas": scalings[-1].replicas if scalings else old.spec_replicas}


def old_pods_running(given: Given, _: Expect) -> object:
    new_uid = given.get("newRS", {}).get("uid")
    phases = [
        pod.get("status", {}).get("phase", "")
        for uid, pods in given.get("podMap", {}).items()
        if new_uid is None or uid != new_uid
        for pod in pods
    ]
    return {"hasOldPodsRunning": deployment.old_pods_running(replica_sets(given.get("oldRSs")), phases)}


def cleanup_deployment(given: Given, expect: Expect) -> object:
    deleted = deployment.cleanup_deployment(replica_sets(given["oldRSs"]), given.get("revisionHistoryLimit", 0))
    return {"deletions": len(deleted)} if "deletions" in expect else {"expectedDeletedRSs": list(deleted)}


def replicas_annotations_need_update(given: Given, _: Expect) -> object:
    annotations = given["replicaSet"]["metadata"].get("annotations") or {}
    desired, maximum = annotations.get("desiredReplicasAnnotation"), annotations.get("maxReplicasAnnotation")
    needed = proportional_scaling.replicas_annotations_need_update(
        int(desired) if desired else None, int(maximum) if maximum else None, FIXTURE_DESIRED, FIXTURE_MAXIMUM
    )
    return {"expected": needed}


def scale(given: Given, _: Expect) -> object:
    before, after = given["oldDeployment"], given["deployment"]
    surge_before = percent.max_surge(*limits(before))
    override = given.get("desiredReplicasAnnotationOverride") or {}

    def view(row: Given, created: int) -> ReplicaSetView:
        desired = override.get(row["name"], before["replicas"])
        return ReplicaSetView(
            name=row["name"],
            spec_replicas=row["replicas"],
            available_replicas=row.get("available", row["replicas"]),
            created=created,
            desired=desired,
            maximum=desired + surge_before,
        )

    old = [view(row, -index) for index, row in enumerate(given["oldRSs"])]
    new = view(given["newRS"], 1) if given.get("newRS") else None
    scalings = proportional_scaling.scale(
        "RollingUpdate", after["replicas"], percent.max_surge(*limits(after)), new, old, before["replicas"]
    )
    sizes = {scaling.name: scaling.replicas for scaling in scalings}
    return {
        "newRS": new and sizes.get(new.name, new.spec_replicas),
        "oldRSs": [sizes.get(rs.name, rs.spec_replicas) for rs in old],
    }


def clock(text: str | None) -> float:
    """Seconds of "00:01:20" or of an RFC 3339 time; 0 when the table leaves it out."""
    if not text:
        return 0
    if "T" in text:
        return datetime.fromisoformat(text).timestamp()
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def progressing_condition(conditions: list[Mapping[str, Any]] | None) -> Condition | None:
    """The condition Progressing of a list of conditions."""
    for row in conditions or []:
        if row.get("type") == "Progressing":
            return Condition(
                status=row.get("status", ""),
                reason=row.get("reason", ""),
                last_update_seconds=clock(row.get("lastUpdateTime")),
                last_transition_seconds=clock(row.get("lastTransitionTime")),
            )
    return None


def deployment_complete(given: Given, _: Expect) -> object:
    return {"complete": deployment_progress.deployment_complete(given["desired"], counts(given["status"]))}


def deployment_progressing(given: Given, _: Expect) -> object:
    before, after = counts(given["oldStatus"]), counts(given["newStatus"])
    return {"progressing": deployment_progress.deployment_progressing(before, after)}


def deployment_timed_out(given: Given, _: Expect) -> object:
    row = given["progressingCondition"]
    condition = progressing_condition([{"type": "Progressing", **row}]) if row else None
    timed_out = deployment_progress.deployment_timed_out(
        given.get("progressDeadlineSeconds"), condition, clock(given.get("now"))
    )
    return {"timedOut": timed_out}


def requeue_stuck_deployment(given: Given, _: Expect) -> object:
    row = given["d"]
    after = deployment_progress.requeue_stuck_deployment(
        row["specReplicas"],
        row.get("progressDeadlineSeconds"),
        counts(given["status"]),
        progressing_condition(row["status"].get("conditions")),
        clock(given.get("nowFn")),
    )
    return {"expected": -1 if after is None else after}


def sync_rollout_status(given: Given, expect: Expect) -> object:
    """Upstream's test looks at a time only where the row expects one: that the old condition's time was kept."""
    row = given["d"]
    new = replica_set(given["newRS"], created=1) if given.get("newRS") else None
    everything = replica_sets(given["allRSs"]) + ([new] if new else [])
    before = progressing_condition(row["status"].get("conditions"))
    after = deployment_progress.sync_rollout_status(
        row["specReplicas"],
        row.get("progressDeadlineSeconds"),
        counts(row["status"]),
        deployment_progress.calculate_status(everything, new),
        before,
        now_seconds=float("inf") if before is None else before.last_update_seconds + 1,
    )
    if after is None:
        return dict.fromkeys(expect, "")
    if expect["lastUpdate"]:
        assert before is not None
        assert after.last_update_seconds == before.last_update_seconds
    if expect["lastTransition"]:
        assert before is not None
        assert after.last_transition_seconds == before.last_transition_seconds
    return {**expect, "conditionType": "Progressing", "conditionStatus": after.status, "conditionReason": after.reason}


ADAPTERS: dict[str, Adapter] = {
    "DeploymentComplete": deployment_complete,
    "DeploymentProgressing": deployment_progressing,
    "DeploymentTimedOut": deployment_timed_out,
    "EqualIgnoreHash": equal_ignore_hash,
    "FindNewReplicaSet": find_new_replica_set,
    "FindOldReplicaSets": find_old_replica_sets,
    "GetReplicaCounts": get_replica_counts,
    "MaxUnavailable": lambda given, _: {"maxUnavailable": percent.max_unavailable(*limits(given))},
    "MinAvailable": lambda given, _: {"expected": percent.min_available(*limits(given["deployment"]))},
    "NewRSNewReplicas": new_rs_new_replicas,
    "ReplicasAnnotationsNeedUpdate": replicas_annotations_need_update,
    "ResolveFenceposts": resolve_fenceposts,
    "cleanupDeployment": cleanup_deployment,
    "cleanupDeployment order": cleanup_deployment,
    "cleanupUnhealthyReplicas": cleanup_unhealthy_replicas,
    "oldPodsRunning (Recreate)": old_pods_running,
    "reconcileNewReplicaSet": reconcile_new_replica_set,
    "reconcileOldReplicaSets": reconcile_old_replica_sets,
    "requeueStuckDeployment": requeue_stuck_deployment,
    "scaleDownOldReplicaSetsForRollingUpdate": scale_down_old,
    "scale (proportional)": scale,
    "syncRolloutStatus": sync_rollout_status,
}
