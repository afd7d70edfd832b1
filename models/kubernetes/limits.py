"""How large a cluster may be: what is larger would fill the memory before the first state is seen.

The limits are far above what can be explored, and far below what makes anybody wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.job_objects import CronJob, Job
from clusterproof.models.kubernetes.manifests.errors import ManifestError

MOST_NODES = 110
MOST_ROLLOUTS = 20
MOST_OBJECTS = 500
MOST_PODS = 600
"""In the pools of all owners together; a pool holds twice the replicas, for their replacements."""
MOST_RULES = 100_000
"""Of kube-proxy: one for each node, Service and pod that the Service may select."""

Owner = (
    objects.Deployment
    | objects.ReplicaSet
    | objects.StatefulSet
    | objects.DaemonSet
    | Job
    | CronJob
    | objects.Pod
    | objects.CustomResource
)


def pool_size(replicas: int) -> int:
    """How many pods an owner may have at a time, counting those that are being replaced."""
    return max(2 * replicas, replicas + 2)


def refuse_many_objects(applied: Iterable[objects.Manifests]) -> None:
    """Raises ManifestError for more objects than can be checked."""
    found = [
        each
        for m in applied
        for kind in (
            m.deployments,
            m.replica_sets,
            m.stateful_sets,
            m.daemon_sets,
            m.jobs,
            m.cron_jobs,
            m.pods,
            m.services,
            m.pod_disruption_budgets,
            m.autoscalers,
            m.resource_quotas,
            m.webhook_configurations,
            m.config_maps,
        )
        for each in kind
    ]
    if len(found) > MOST_OBJECTS:
        message = f"there are {len(found):,} objects to check, and {MOST_OBJECTS} at most can be; check fewer at a time"
        raise _error(found[MOST_OBJECTS].source, "document", message)


def refuse_many_pods(pools: Iterable[tuple[Owner, int]]) -> None:
    """Raises ManifestError where the pools of all owners hold more pods than can be checked.

    pools: each owner, or pod, with how many pods it may have.
    """
    total = 0
    for owner, pods in pools:
        total += pods
        if total > MOST_PODS:
            message = f"with it there are {total:,} pods, counting those that replace others, and {MOST_PODS} at most"
            raise _error(
                owner.source, "spec", f"{message} can be checked; write fewer replicas, or check fewer objects"
            )


def refuse_many_rules(nodes: int, pods_of_service: Sequence[tuple[objects.Service, int]]) -> None:
    """Raises ManifestError where the proxies would have more rules than can be checked.

    pods_of_service: each Service with the number of pods that it may select.
    """
    total = 0
    for service, pods in pods_of_service:
        total += nodes * pods
        if total > MOST_RULES:
            message = f"with it kube-proxy has {total:,} rules (nodes x Services x pods), and {MOST_RULES:,} at most"
            raise _error(service.source, "spec.selector", f"{message} can be checked; check fewer objects")


def _error(source: objects.Source, field: str, message: str) -> ManifestError:
    return ManifestError(source.file, source.line, field, message)
