"""Rows of the status viewers of `kubectl rollout status`; the workload is always called foo."""

from __future__ import annotations

from clusterproof.models.kubernetes.kubectl_client import rollout
from clusterproof.models.kubernetes.kubectl_client.rollout import RolloutStatus

from .conversion import Adapter, Expect, Given


def workload(given: Given) -> dict[str, object]:
    """The row's object in API shape; strategies are written as the names of Go's constants."""
    strategy = dict(given.get("strategy") or {"type": "RollingUpdate"})
    for suffix in ("DaemonSetStrategyType", "StatefulSetStrategyType"):
        strategy["type"] = str(strategy["type"]).removesuffix(suffix)
    return {
        "metadata": {"name": "foo", "generation": given["generation"]},
        "spec": {"replicas": given.get("specReplicas"), "updateStrategy": strategy},
        "status": given["status"],
    }


def told(status: RolloutStatus, expect: Expect) -> dict[str, object]:
    """The status in the row's form, with the error where the row asks for it."""
    asks = {"err": bool(status.error)} if "err" in expect else {}
    return {"done": status.done, "msg": status.message, **asks}


def deployment(given: Given, expect: Expect) -> object:
    return told(rollout.deployment_status(workload(given)), expect)


def daemon_set(given: Given, expect: Expect) -> object:
    return told(rollout.daemon_set_status(workload(given)), expect)


def stateful_set(given: Given, expect: Expect) -> object:
    return told(rollout.stateful_set_status(workload(given)), expect)


ADAPTERS: dict[str, Adapter] = {
    "kubectl rollout status deployment": deployment,
    "kubectl rollout status daemonset": daemon_set,
    "kubectl rollout status statefulset": stateful_set,
}
