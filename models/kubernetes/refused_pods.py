"""Which controllers cannot have the pods that they want, and why: what *why* says of admission."""

from __future__ import annotations

from collections.abc import Iterator

from clusterproof.models.kubernetes import (
    admission,
    daemonset_controller,
    job_controller,
    replicaset_controller,
    statefulset_controller,
)
from clusterproof.models.kubernetes.names import OwnerId, PodId
from clusterproof.models.kubernetes.state import Cluster


def refused_pods(c: Cluster) -> list[str]:
    """A line for every owner that wants a pod and is refused, with the words of the API server."""
    lines = []
    for name, owner, pool in _wanting(c) if admission.is_asked(c) else ():
        reasons = admission.refusals_of_pod(c, pool[0], owner)
        lines += [f"{name} is refused a pod: {reason}" for reason in reasons]
    return list(dict.fromkeys(lines))


def _wanting(c: Cluster) -> Iterator[tuple[str, OwnerId, tuple[PodId, ...]]]:
    """The owners that want one more pod: what they are called, the owner of the pod, and its names."""
    for r, rs in c.replica_sets.items():
        if len(replicaset_controller.active_pods(c, r)) < rs.replicas:
            yield f"ReplicaSet/{r}", r, c.scope.replica_sets[r].pods
    for s, stateful_set in c.stateful_sets.items():
        if len(statefulset_controller.pods_of(c, s)) < stateful_set.replicas:
            yield f"StatefulSet/{s}", stateful_set.template, c.scope.stateful_sets[s].all_pods
    for d, daemon_set in c.daemon_sets.items():
        for n in daemonset_controller.desired_nodes(c, d):
            if not daemonset_controller.pods_on(c, d, n):
                yield f"DaemonSet/{d}", daemon_set.template, c.scope.daemon_sets[d].pods[n]
    for j, job in c.jobs.items():
        if not job.finished and not any(job_controller.is_active(pod) for _, pod in job_controller.pods_of(c, j)):
            yield j, j, c.scope.jobs[j].pods
    for j, job in c.jobs.items():
        if not job.finished and not any(job_controller.is_active(pod) for _, pod in job_controller.pods_of(c, j)):
            yield j, j, c.scope.jobs[j].pods
