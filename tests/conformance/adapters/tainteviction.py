"""The taint eviction controller: rows tell a short story of pods, nodes and taints and ask what was deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clusterproof.models.kubernetes.decisions.taint_eviction import (
    Action,
    Decision,
    get_min_toleration_time,
    get_no_execute_taints,
    handle_node_update,
    process_pod_on_node,
)
from clusterproof.models.kubernetes.objects import Taint, Toleration

from .conversion import Adapter, Expect, Given
from .scheduler import taint, toleration

LINGER_SECONDS = 1.5
"""How long upstream's test waits where a deletion was scheduled before the update."""


def _taints(given: Sequence[Mapping[str, Any]] | None) -> tuple[Taint, ...]:
    return tuple(map(taint, given or ()))


def _tolerations(pod: Mapping[str, Any]) -> tuple[Toleration, ...]:
    return tuple(map(toleration, pod.get("tolerations") or ()))


def _deleted_within(decision: Decision, running_seconds: float | None, wait_seconds: float) -> bool:
    """Whether the pod is gone after the wait; running_seconds: what is left of the timer that already ran."""
    match decision.action:
        case Action.DELETE:
            return True
        case Action.SCHEDULE:
            return decision.seconds is not None and decision.seconds <= wait_seconds
        case Action.KEEP:
            return running_seconds is not None and running_seconds <= wait_seconds
    return False


def _get_no_execute_taints(given: Given, expect: Expect) -> object:
    return {"kept": [each.key for each in get_no_execute_taints(_taints(given["taints"]))]}


def _get_min_toleration_time(given: Given, expect: Expect) -> object:
    tolerations = [Toleration(toleration_seconds=seconds) for seconds in given["tolerationSeconds"]]
    return {"minSeconds": get_min_toleration_time(tolerations)}


def _on_pod_created(given: Given, expect: Expect) -> object:
    pod = given["pod"]
    taints = _taints(given["taintedNodes"].get(pod["nodeName"]))
    deleted = process_pod_on_node(_tolerations(pod), taints, scheduled=False).action is Action.DELETE
    return {"deletedImmediately": deleted, "disruptionTargetConditionPatchedFirst": deleted}


def _on_pod_updated(given: Given, expect: Expect) -> object:
    taints, old, new = _taints(given["nodeTaints"]), given["oldPod"], given["newPod"]
    before = process_pod_on_node(_tolerations(old), taints if old["nodeName"] else (), scheduled=False)
    scheduled = given["evictionAlreadyScheduled"]
    after = process_pod_on_node(_tolerations(new), taints if new["nodeName"] else (), scheduled=scheduled)
    wait_seconds = LINGER_SECONDS if scheduled else 0
    return {"deleted": _deleted_within(after, before.seconds if scheduled else None, wait_seconds)}


def _on_node_created(given: Given, expect: Expect) -> object:
    pods = {pod["name"]: _tolerations(pod) for pod in given["pods"]}
    decisions = handle_node_update(pods, _taints(given["nodeTaints"]))
    return {"deleted": any(each.action is Action.DELETE for each in decisions.values())}


def _on_node_updated(given: Given, expect: Expect) -> object:
    pods = {pod["name"]: _tolerations(pod) for pod in given["pods"]}
    before = handle_node_update(pods, _taints(given["oldTaints"]))
    running = {name: each.seconds for name, each in before.items() if each.action is Action.SCHEDULE}
    after = handle_node_update(pods, _taints(given["newTaints"]), running)
    wait_seconds = given.get("waitSeconds", 0)
    return {"deleted": any(_deleted_within(after[name], running.get(name), wait_seconds) for name in pods)}


def _multiple_pods(given: Given, expect: Expect) -> object:
    pods = {pod["name"]: _tolerations(pod) for pod in given["pods"]}
    gone: dict[int, list[str]] = {}
    for name, decision in handle_node_update(pods, _taints(given["newTaints"])).items():
        if decision.action in (Action.DELETE, Action.SCHEDULE):
            gone.setdefault(decision.seconds or 0, []).append(name)
    return {"deletions": [{"pods": names, "atSeconds": seconds} for seconds, names in sorted(gone.items())]}


def _multiple_taints(given: Given, expect: Expect) -> object:
    queued, after_each, deleted = False, [], False
    for keys in given["taintSequence"]:
        taints = [Taint(key=key, effect="NoExecute") for key in keys]
        decision = process_pod_on_node(_tolerations(given["pod"]), taints, queued)
        deleted = deleted or decision.action is Action.DELETE
        queued = decision.action in (Action.SCHEDULE, Action.KEEP)
        after_each.append(queued)
    return {"evictionQueuedAfterEachStep": after_each, "deleted": deleted}


def _eventual_consistency(given: Given, expect: Expect) -> object:
    taints, later = _taints(given["nodeTaints"]), given["laterPod"]
    known = handle_node_update(dict.fromkeys(given["knownPodsAtNodeUpdate"], ()), taints)
    decision = process_pod_on_node(_tolerations(later), taints if later["nodeName"] else (), scheduled=False)
    return {
        "pod1Deleted": all(each.action is Action.DELETE for each in known.values()),
        "pod2DeletedWithoutNewNodeEvent": decision.action is Action.DELETE,
    }


ADAPTERS: dict[str, Adapter] = {
    "getNoExecuteTaints": _get_no_execute_taints,
    "getMinTolerationTime": _get_min_toleration_time,
    "onPodCreated": _on_pod_created,
    "onPodUpdated": _on_pod_updated,
    "onNodeCreated": _on_node_created,
    "onNodeUpdated": _on_node_updated,
    "multiplePods": _multiple_pods,
    "multipleTaints": _multiple_taints,
    "eventualConsistency": _eventual_consistency,
}
