"""How counterexamples about autoscalers, quotas, webhooks and namespaces read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kubernetes_systems import CPU, autoscaler, deployment, quota, service, small_system, webhook

from clusterproof import System
from clusterproof.checker.check import check_system
from clusterproof.checker.render.text import trace_text

REPLAY = "clusterproof replay trace.json"


def no_room_to_grow() -> System[Any]:
    """Return an autoscaler whose quota has room for one pod."""
    options: dict[str, Any] = {"demands": {("Deployment", "web"): (200,)}, "actions": {"change-demand": 1}}
    documents = quota("requests.cpu: 200m"), deployment(container=CPU), autoscaler(1, 2)
    return small_system(*documents, properties=["replicas-converge"], **options)


def webhook_locked_out() -> System[Any]:
    """Return a webhook that is asked about its own pods, one of which somebody deletes."""
    documents = deployment(), service(), webhook()
    return small_system(*documents, properties=["webhooks-answer"], actions={"delete-pod": 1})


def namespace_stuck() -> System[Any]:
    """Return a namespace that is deleted while a machine is lost."""
    document = deployment().replace("metadata: {name: web}", "metadata: {name: web, namespace: shop}", 1)
    options: dict[str, Any] = {"targets": {"delete_namespace": ("shop",)}, "actions": {"delete-namespace": 1}}
    return small_system(document, properties=["namespace-deletion"], faults={"crash-node": 1}, **options)


@pytest.mark.parametrize(
    ("system", "golden"),
    [
        (no_room_to_grow, "admission-quota.txt"),
        (webhook_locked_out, "admission-webhook.txt"),
        (namespace_stuck, "admission-namespace.txt"),
    ],
)
def test_counterexamples_read_as_intended(
    system: Callable[[], System[Any]], golden: str, snapshot: Callable[[str, str], None]
) -> None:
    """Each story is told as its golden file has it, with why at its end."""
    found = [trace for each in check_system(system()).properties for trace in each.traces]

    snapshot(golden, trace_text(found[0], REPLAY))
