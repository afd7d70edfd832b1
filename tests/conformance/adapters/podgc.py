"""The pod garbage collector: which pods are deleted, and which are patched to Failed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clusterproof.models.kubernetes.decisions.pod_gc import (
    EVICTED_REASON,
    OUT_OF_SERVICE_TAINT_KEY,
    Deletion,
    GcNode,
    GcPod,
    gc_orphaned,
    gc_terminated,
    gc_terminating,
    gc_unscheduled_terminating,
)

from .conversion import Adapter, Expect, Given

GO_CONSTANTS = {"TaintNodeOutOfService": OUT_OF_SERVICE_TAINT_KEY, "Reason": EVICTED_REASON}
"""The table has the names of upstream's constants (v1.TaintNodeOutOfService, eviction.Reason), not their values."""


def _value(text: str) -> str:
    return GO_CONSTANTS.get(text, text)


def _pods(given: Given) -> list[GcPod]:
    return [
        GcPod(
            name=pod["name"],
            node=pod.get("nodeName", ""),
            phase=pod.get("phase", ""),
            reason=_value(pod.get("reason", "")),
            deleting="deletionTimeStamp" in pod,
        )
        for pod in given["pods"]
    ]


def _node(given: Mapping[str, Any]) -> GcNode:
    keys = [_value(taint["key"]) for taint in given.get("taints") or ()]
    return GcNode(ready=given.get("readyCondition") == "True", taint_keys=keys)


def _gate(given: Given) -> bool:
    return bool(given.get("enablePodDisruptionConditions", False))


def _names(deletions: Iterable[Deletion], expect: Expect) -> object:
    """Upstream deletes them at the same time, so that their order is not compared."""
    deletions = list(deletions)
    deleted = [each.pod for each in deletions]
    patched = [each.pod for each in deletions if each.mark_failed]
    return {
        "deletedPodNames": _in_order_of(expect["deletedPodNames"], deleted),
        "patchedPodNames": _in_order_of(expect["patchedPodNames"], patched),
    }


def _in_order_of(expected: list[str], names: list[str]) -> list[str]:
    return expected if sorted(expected) == sorted(names) else names


def _gc_terminated(given: Given, expect: Expect) -> object:
    return _names(gc_terminated(_pods(given), given.get("threshold", 0), mark_failed=_gate(given)), expect)


def _gc_terminating(given: Given, expect: Expect) -> object:
    nodes = {node["name"]: _node(node) for node in given.get("nodes") or ()}
    return _names(gc_terminating(_pods(given), nodes, mark_failed=_gate(given)), expect)


def _gc_unscheduled_terminating(given: Given, expect: Expect) -> object:
    return _names(gc_unscheduled_terminating(_pods(given), mark_failed=_gate(given)), expect)


def _gc_orphaned(given: Given, expect: Expect) -> object:
    """Two looks, with the delay between them; nodes come and go before the second."""
    pods, gate = _pods(given), _gate(given)

    def names(key: str) -> set[str]:
        return set(given.get(key) or ())

    known, live = names("initialInformerNodes"), names("initialClientNodes")
    first = gc_orphaned(pods, known, {}, 0, live.__contains__, mark_failed=gate)
    assert not first.deletions

    delay = given.get("delay", 0)
    assert sum(end <= delay for end in first.quarantine.values()) == given.get("itemsInQueue", 0)

    known = (known | names("addedInformerNodes")) - names("deletedInformerNodes")
    live = (live | names("addedClientNodes")) - names("deletedClientNodes")
    second = gc_orphaned(pods, known, first.quarantine, delay, live.__contains__, mark_failed=gate)
    return _names(second.deletions, expect)


ADAPTERS: dict[str, Adapter] = {
    "gcTerminated": _gc_terminated,
    "gcTerminating": _gc_terminating,
    "gcOrphaned": _gc_orphaned,
    "gcUnscheduledTerminating": _gc_unscheduled_terminating,
}
