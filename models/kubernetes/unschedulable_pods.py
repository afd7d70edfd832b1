"""Pods that fit no node: why each node refuses them, and which fields of the manifest to look at."""

from __future__ import annotations

from collections.abc import Iterable

from clusterproof.models.kubernetes import node_objects, scheduler
from clusterproof.models.kubernetes.decisions.scheduler import explain, fields_looked_at
from clusterproof.models.kubernetes.names import DaemonSetId, DeploymentId, PodId, StatefulSetId
from clusterproof.models.kubernetes.objects import Source
from clusterproof.models.kubernetes.scope import ClusterScope, ControllerRevisionScope, ReplicaSetScope
from clusterproof.models.kubernetes.state import Cluster, Pod


def unschedulable_pods(c: Cluster) -> list[str]:
    """For every pod that has no node, each node with the filter that refuses it, and the fields that it looked at."""
    lines: list[str] = []
    for p, pod in c.pods.items():
        if pod.node is None and not pod.deleting:
            reasons = explain(scheduler.placed(c, p, pod), scheduler.snapshot(c, p))
            if len(reasons) == len(node_objects.existing_nodes(c)):
                lines += [f"Pod/{p} fits no node:", *(f"  {n}: {reason}" for n, reason in reasons.items())]
                lines += _fields(c, p, pod, reasons.values())
    return lines


def _fields(c: Cluster, p: PodId, pod: Pod, reasons: Iterable[str]) -> list[str]:
    """Where to look in the manifests, if that is known."""
    found = _written(c.scope, p, pod)
    fields = list(dict.fromkeys(field for reason in reasons for field in fields_looked_at(reason)))
    if found is None or not fields:
        return []
    path, name, source = found
    shown = ", ".join(f"{path}.{field}" for field in fields)
    return [f"  look at {shown} of {name} ({source})"]


def _written(scope: ClusterScope, p: PodId, pod: Pod) -> tuple[str, str, Source] | None:
    """The path of the pod's spec in the manifest that it comes from, and whose that is; None for other controllers."""
    if pod.owner is None:
        return "spec", f"Pod/{p}", scope.bare_pods[p].source
    of = scope.owner(pod.owner)
    path = "spec.template.spec"
    if isinstance(of, ControllerRevisionScope):
        stateful_set = scope.stateful_sets.get(StatefulSetId(of.owner)) if of.kind == "StatefulSet" else None
        found = stateful_set or scope.daemon_sets[DaemonSetId(of.owner)]
        return path, f"{of.kind}/{of.owner}", found.manifests[-1].source
    if isinstance(of, ReplicaSetScope) and of.deployment is not None:
        d = DeploymentId(of.deployment)
        return path, f"Deployment/{d}", scope.deployments[d][-1].source
    return None
