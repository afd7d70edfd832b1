"""Small systems that between them use everything the Kubernetes model has: every action and every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubernetes_systems import (
    BACKGROUND,
    CPU,
    FOREGROUND,
    ORPHAN,
    SURGE,
    WORKER,
    autoscaler,
    config_map,
    cron_job,
    daemon_set,
    deployment,
    disruption_budget,
    indexed_job,
    job,
    pod,
    quota,
    replica_set,
    service,
    small_system,
    stateful_set,
)

from clusterproof import System

PROBE = "readinessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 5}"
LIVENESS, STARTUP = "livenessProbe: {tcpSocket: {port: 80}}", "startupProbe: {tcpSocket: {port: 80}}"
INIT = "initContainers: [{name: first, image: i}, {name: second, image: i}]"
SLOW = "startupProbe: {tcpSocket: {port: 1}, initialDelaySeconds: 8}, lifecycle: {preStop: {sleep: {seconds: 3}}}"
SIDECAR = f"initContainers: [{{name: side, image: i, restartPolicy: Always, {SLOW}}}]"
FROM_SETTINGS = "envFrom: [{configMapRef: {name: settings}}]"
APART = "{labelSelector: {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname}"
ANTI_AFFINITY = f"affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{APART}]}}}}"
PRE_STOP = "lifecycle: {preStop: {sleep: {seconds: 3}}}"


def _system(*documents: str, **options: Any) -> Callable[[], System[Any]]:
    return lambda: small_system(*documents, properties=(), **options)


SYSTEMS: Mapping[str, Callable[[], System[Any]]] = {
    "apply": _system(deployment(container=PROBE), service(), disruption_budget(), config_map(a="1"), start="apply"),
    "apply a bare pod and a bare ReplicaSet": _system(pod(), replica_set(), start="apply"),
    "apply second manifests": _system(
        deployment(), second=(deployment(2, image="web:2"), service()), actions={"apply": 1}
    ),
    "control plane stopped": _system(deployment(), service(), faults={"stop-control-plane": 1, "crash-container": 1}),
    "control plane stopped, untimed": _system(deployment(), timing="untimed", faults={"kill-process": 1}),
    "three control planes": _system(pod(), control_planes=3, faults={"stop-control-plane": 1}),
    "crash twice": _system(deployment(), service(), faults={"crash-container": 2}),
    "SIGTERM ignored": _system(
        deployment(container=PRE_STOP), actions={"delete-pod": 1}, faults={"ignore-sigterm": 1, "reboot-node": 1}
    ),
    "probes fail": _system(
        deployment(container=f"{PROBE}, {LIVENESS}, {STARTUP}"), faults={"fail-probe": 1, "crash-container": 1}
    ),
    "init containers fail": _system(
        deployment(spec=INIT), faults={"fail-init-container": 1}, actions={"delete-pod": 1}
    ),
    "a sidecar that is waited for, and outlasts the containers": _system(
        deployment(spec=SIDECAR), faults={"fail-init-container": 1, "crash-container": 1}, actions={"delete-pod": 1}
    ),
    "every process killed": _system(deployment(), service(), faults={"kill-process": 1}),
    "node crashes": _system(deployment(), workers=2, faults={"crash-node": 1}),
    "node reboots": _system(pod(), service(), faults={"reboot-node": 1}),
    "a Node deleted, and registered again": _system(
        pod(),
        workers=1,
        targets={"delete_node": (WORKER,)},
        actions={"delete-node": 1},
        faults={"kill-process": 1},
    ),
    "a node out of service, and back": _system(
        stateful_set(1),
        workers=1,
        targets={"taint_out_of_service": (WORKER,), "untaint_out_of_service": (WORKER,)},
        actions={"taint-out-of-service": 1, "untaint-out-of-service": 1},
        faults={"reboot-node": 1},
    ),
    "the only disk lost": _system(
        deployment(), second=(deployment(),), actions={"apply": 1}, faults={"lose-disk": 1, "kill-process": 1}
    ),
    "one disk of three lost": _system(pod(), control_planes=3, faults={"lose-disk": 1}, actions={"replace-member": 1}),
    "node partitioned": _system(pod(), workers=1, faults={"partition-node": 1}),
    "rolling update": _system(deployment(), rollouts=1, actions={"rollout": 1}),
    "rollout that exceeds its deadline": _system(
        deployment(more="progressDeadlineSeconds: 60"), pods=1, rollouts=1, actions={"rollout": 1}
    ),
    "history of no old ReplicaSet": _system(
        deployment(more="revisionHistoryLimit: 0"), rollouts=1, actions={"rollout": 1}
    ),
    "rollback to a revision": _system(
        deployment(), rollouts=1, undo_revisions=(1,), actions={"rollout": 1, "rollout-undo-to-revision": 1}
    ),
    "Recreate": _system(deployment(strategy="{type: Recreate}"), rollouts=1, actions={"rollout": 1}),
    "rollback": _system(deployment(), rollouts=1, actions={"rollout": 1, "rollout-undo": 1}),
    "scale, with conflicts": _system(deployment(), scales=(0, 2), actions={"scale": 1}, faults={"crash-container": 1}),
    "minReadySeconds": _system(deployment(min_ready_seconds=10), actions={"delete-pod": 1}),
    "ConfigMap changes": _system(
        deployment(container=FROM_SETTINGS),
        config_map(a="1"),
        second=(config_map(a="2"),),
        actions={"apply": 1},
        faults={"crash-container": 1},
    ),
    "drain with a budget": _system(
        deployment(container=PRE_STOP),
        disruption_budget(),
        workers=2,
        drains=[WORKER],
        actions={"drain": 1, "uncordon": 1},
    ),
    "cordon": _system(deployment(), workers=2, actions={"cordon": 1, "uncordon": 1, "delete-pod": 1}),
    "StatefulSet scaled": _system(stateful_set(), scales=(1, 3), actions={"scale-stateful-set": 1, "delete-pod": 1}),
    "StatefulSet rolled out and back": _system(
        stateful_set(spec="revisionHistoryLimit: 0"),
        rollouts=1,
        actions={"rollout-stateful-set": 1, "rollout-undo-stateful-set": 1},
    ),
    "StatefulSet in parallel, on a machine that is lost": _system(
        stateful_set(spec="podManagementPolicy: Parallel"), workers=2, faults={"crash-node": 1}
    ),
    "StatefulSet deleted": _system(stateful_set(), actions={"delete-stateful-set": 1}),
    "DaemonSet rolled out and back": _system(
        daemon_set(spec="revisionHistoryLimit: 0"),
        workers=2,
        rollouts=1,
        actions={"rollout-daemon-set": 1, "rollout-undo-daemon-set": 1},
    ),
    "DaemonSet with surge": _system(
        daemon_set(spec=SURGE), workers=2, rollouts=1, actions={"rollout-daemon-set": 1, "delete-pod": 1}
    ),
    "DaemonSet and a drain": _system(
        daemon_set(), deployment(), workers=2, drains=[WORKER], actions={"drain": 1, "delete-daemon-set": 1}
    ),
    "a drain refused": _system(daemon_set(), drains=[WORKER], ignore_daemonsets=False, actions={"drain": 1}),
    "Deployment scaled by an autoscaler, up and down": _system(
        deployment(container=CPU),
        autoscaler(1, 2),
        demands={("Deployment", "web"): (200, 100)},
        actions={"change-demand": 2},
    ),
    "a namespace deleted": _system(
        deployment().replace("metadata: {name: web}", "metadata: {name: web, namespace: shop}", 1),
        targets={"delete_namespace": ("shop",)},
        actions={"delete-namespace": 1},
    ),
    "a quota that is used up": _system(deployment(), quota("pods: 1"), actions={"delete-pod": 1}),
    "Job that fails and runs out of time": _system(
        job("activeDeadlineSeconds: 60\nttlSecondsAfterFinished: 60"), faults={"crash-container": 1}
    ),
    "Job with indexes": _system(
        indexed_job("backoffLimitPerIndex: 1\npodReplacementPolicy: Failed", completions=1),
        faults={"crash-container": 1},
        actions={"delete-pod": 1, "delete-job": 1},
    ),
    "CronJob that replaces its Jobs and keeps none": _system(
        cron_job("concurrencyPolicy: Replace\nsuccessfulJobsHistoryLimit: 0")
    ),
    "Deployment deleted": _system(
        deployment(), service(), cascades=(BACKGROUND, FOREGROUND), actions={"delete-deployment": 1}
    ),
    "Deployment deleted alone, and applied again": _system(
        deployment(), second=(deployment(),), cascades=(ORPHAN,), actions={"delete-deployment": 1, "apply": 1}
    ),
    "a pod that matters more": _system(pod(), pod("priority: 10", name="vital"), pods=1, start="apply"),
    "scores decide": _system(deployment(2), service(), workers=2, scheduler="highest-score", actions={"delete-pod": 1}),
    "required anti-affinity": _system(deployment(2, spec=ANTI_AFFINITY), start="apply"),
    "scale an unschedulable rest down": _system(deployment(2, spec=ANTI_AFFINITY), scales=(1,), actions={"scale": 1}),
}
