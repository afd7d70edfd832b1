"""The CPU time that the pods of a workload use, as an autoscaler measures it, and how many pods that asks for.

All pods of a workload together have one demand; its ready pods share it evenly, and the others use nothing. Metrics are
of this moment: what the metrics server would say some seconds later.
Source: pkg/controller/podautoscaler/replica_calculator.go, horizontal.go (computeReplicasForMetrics)
"""

from __future__ import annotations

from collections.abc import Mapping

from clusterproof.models.kubernetes.autoscaling_objects import CpuMetric
from clusterproof.models.kubernetes.decisions.hpa import calculate_pod_requests
from clusterproof.models.kubernetes.decisions.hpa_replicas import (
    NoMetricsError,
    PodMetric,
    PodMetricTarget,
    Proposal,
    ScaledPod,
    get_resource_replicas,
    group_pods,
)
from clusterproof.models.kubernetes.names import AutoscalerId, DeploymentId, PodId, ReplicaSetId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster, Pod


def scaled_pods(c: Cluster, a: AutoscalerId) -> list[tuple[PodId, Pod]]:
    """The pods of what an autoscaler scales. Source: the selector of the scale subresource."""
    kind, name = c.scope.autoscalers[a].target
    if kind == "Deployment":
        pool = c.scope.pods_of_deployment[DeploymentId(name)]
    elif kind == "StatefulSet":
        pool = c.scope.stateful_sets[StatefulSetId(name)].all_pods
    else:
        pool = c.scope.replica_sets[ReplicaSetId(name)].pods
    return [(p, pod) for p in pool if (pod := c.pods.get(p)) is not None]


def proposals(c: Cluster, a: AutoscalerId, current: int) -> list[Proposal | None]:
    """What each metric asks for, None where it cannot be told: no pod is ready, or one requests no CPU."""
    pods = scaled_pods(c, a)
    serving = [p for p, pod in pods if pod.ready and not pod.deleting]
    share = c.cpu_demands[a].millicores // len(serving) if serving else 0
    running = [p for p, pod in pods if pod.phase.value == "Running"]
    metrics: dict[str, PodMetric] = {p: PodMetric(value=share if p in serving else 0, at=0.0) for p in running}
    requests: dict[str, int | None] = {
        p: calculate_pod_requests(c.scope.template(p, pod.owner).spec) for p, pod in pods
    }
    views = [
        ScaledPod(
            name=p,
            phase=pod.phase.value,
            deleting=pod.deleting,
            ready=pod.ready,
            ready_changed_at=0.0,
            started_at=0.0,
        )
        for p, pod in pods
    ]
    return [_proposal(metric, current, views, metrics, requests) for metric in c.scope.autoscalers[a].manifest.metrics]


def _proposal(
    metric: CpuMetric,
    current: int,
    pods: list[ScaledPod],
    metrics: Mapping[str, PodMetric],
    requests: Mapping[str, int | None],
) -> Proposal | None:
    grouped = group_pods(pods, metrics, cpu=True, now=0.0)
    target = PodMetricTarget(usage=metric.average_value or 0)
    if metric.average_utilization is not None:
        known = {p: request for p, request in requests.items() if request is not None}
        if len(known) < len(requests):
            return None
        target = PodMetricTarget(utilization=metric.average_utilization, requests=known)
    try:
        return get_resource_replicas(current, metrics, grouped, target)
    except NoMetricsError:
        return None


def proposed_replicas(c: Cluster, a: AutoscalerId, current: int) -> int | None:
    """The largest of what the metrics ask for; one that cannot be told keeps the size from shrinking."""
    found = proposals(c, a, current)
    known = [proposal.replicas for proposal in found if proposal is not None]
    if not known or (len(known) < len(found) and max(known) < current):
        return None
    return max(known)


def measured(c: Cluster, a: AutoscalerId, current: int) -> int | None:
    """The first metric, as the status shows it: percent of the requests, or millicores per pod."""
    first = next(iter(proposals(c, a, current)), None)
    if first is None:
        return None
    return first.usage if first.utilization is None else first.utilization
