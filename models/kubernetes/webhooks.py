"""Admission webhooks: while one of them does not answer, what it is asked about is refused, or let in unseen.

The API server calls a webhook through its Service, like anybody on its node. What answers lets in everything here.
Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/{validating,mutating}/dispatcher.go
"""

from __future__ import annotations

from clusterproof import require
from clusterproof.models.kubernetes.admission_scope import WebhookScope
from clusterproof.models.kubernetes.decisions.webhooks import AdmissionRequest
from clusterproof.models.kubernetes.endpoints import live_endpoints
from clusterproof.models.kubernetes.names import NodeId, PodId
from clusterproof.models.kubernetes.objects import Labels
from clusterproof.models.kubernetes.state import Cluster

REQUESTS = {
    ("CREATE", "Pod"): AdmissionRequest(operation="CREATE", group="", resource="pods"),
    ("DELETE", "Pod"): AdmissionRequest(operation="DELETE", group="", resource="pods"),
    ("CREATE", "ReplicaSet"): AdmissionRequest(operation="CREATE", group="apps", resource="replicasets"),
    ("CREATE", "Deployment"): AdmissionRequest(operation="CREATE", group="apps", resource="deployments"),
    ("CREATE", "StatefulSet"): AdmissionRequest(operation="CREATE", group="apps", resource="statefulsets"),
    ("CREATE", "DaemonSet"): AdmissionRequest(operation="CREATE", group="apps", resource="daemonsets"),
    ("CREATE", "CronJob"): AdmissionRequest(operation="CREATE", group="batch", resource="cronjobs"),
    ("CREATE", "Job"): AdmissionRequest(operation="CREATE", group="batch", resource="jobs"),
}
"""The requests that webhooks are asked about here, by operation and kind."""


def answers(c: Cluster, webhook: WebhookScope) -> bool:
    """Whether a call of the webhook arrives: from a control-plane node, by its rules, at a container that is ready."""
    return any(
        _is_near(c, p)
        for n in c.scope.control_planes
        if c.machines[n].up
        for p in live_endpoints(c, n, webhook.service)
    )


def _is_near(c: Cluster, p: PodId) -> bool:
    node: NodeId | None = c.containers[p].node
    return node is not None and c.machines[node].link


def refusals(c: Cluster, operation: str, kind: str, namespace: str, labels: Labels) -> list[str]:
    """The webhooks that refuse a request because they do not answer, in the words of the API server."""
    request = REQUESTS[operation, kind]
    return [
        f'failed calling webhook "{each.webhook.name}": no endpoints available for service "{each.service}"'
        for each in c.scope.webhooks
        if c.webhook_configurations[each.configuration].exists
        and each.is_asked(request, namespace, labels)
        and not answers(c, each)
    ]


def let_in(c: Cluster, operation: str, kind: str, namespace: str, labels: Labels) -> None:
    """Go on where no webhook refuses a request; not enabled where one does."""
    require(not refusals(c, operation, kind, namespace, labels))
