"""How the Kubernetes model tells its stories: in the words of the people who run clusters."""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes import apiserver, etcd, job_controller, node_objects, ownership
from clusterproof.models.kubernetes.names import PodId, pod_name
from clusterproof.models.kubernetes.refused_pods import refused_pods
from clusterproof.models.kubernetes.state import Cluster, ContainerState, Disk, DrainState, Pod, PodPhase
from clusterproof.models.kubernetes.statefulset_controller import pods_of
from clusterproof.models.kubernetes.static_pods import ETCD
from clusterproof.models.kubernetes.unschedulable_pods import unschedulable_pods
from clusterproof.system import ChangedField, Narration

_UNTOLD = (" has been disturbed", " kubelet has synced", " has been reachable from outside", " lost for good")
"""Fields that only properties look at, or that say what another line says."""

_WORDS = {
    " power": ("down", "up"),
    " link to the apiserver": ("cut", "up"),
    " container": ("stopped", "running"),
    ".metadata.deletionTimestamp": ("", "set"),
    " told to stop": ("no", "yes"),
    " readiness probe": ("not ready", "ready"),
    " startup probe": ("waits", "passed"),
    ".status.conditions[Ready]": ("False", "True"),
}
"""Yes and no in the words of a field: (no, yes)."""


def describe(c: Cluster) -> list[str]:
    """The workloads of a state, and where their pods run."""
    lines = []
    for d, deployment in c.deployments.items():
        pods = [(p, c.pods[p]) for p in c.scope.pods_of_deployment[d] if p in c.pods]
        ready = sum(pod.ready for _, pod in pods)
        lines.append(f"Deployment/{d} {ready}/{deployment.replicas}: {_placement(c, pods)}")
    for s, stateful_set in c.stateful_sets.items():
        pods = [(p, c.pods[p]) for p in c.scope.stateful_sets[s].all_pods if p in c.pods]
        ready = sum(pod.ready for _, pod in pods)
        lines.append(f"StatefulSet/{s} {ready}/{stateful_set.replicas}: {_placement(c, pods)}")
    for daemon, daemon_set in c.daemon_sets.items():
        pods = [(p, c.pods[p]) for p in c.scope.daemon_sets[daemon].all_pods if p in c.pods]
        lines.append(
            f"DaemonSet/{daemon} {daemon_set.number_ready}/{daemon_set.desired_number_scheduled}: {_placement(c, pods)}"
        )
    for j, job in c.jobs.items():
        pods = [(p, c.pods[p]) for p in c.scope.jobs[j].pods if p in c.pods]
        wanted = job_controller.manifest_of(c, j).completions
        lines.append(f"{j} {job.succeeded}/{1 if wanted is None else wanted}: {_placement(c, pods)}")
    for k, cron_job in c.cron_jobs.items():
        lines.append(f"CronJob/{k}: {cron_job.passed} times of its schedule have passed")
    told = {p for pool in c.scope.pods_of_deployment.values() for p in pool}
    told |= {p for revision in c.scope.controller_revisions.values() for p in revision.pods}
    told |= set(c.scope.job_of)
    bare = [(p, pod) for p, pod in c.pods.items() if p not in told]
    if bare:
        lines.append(_placement(c, bare))
    return lines


def _placement(c: Cluster, pods: Sequence[tuple[PodId, Pod]]) -> str:
    by_node: dict[str, list[str]] = {}
    for p, pod in pods:
        container = c.containers.get(p)
        runs = container is not None and container.state is ContainerState.RUNNING
        where = f"{'run' if runs else 'bound'} on {pod.node}" if pod.node is not None else "Pending"
        if pod.phase in (PodPhase.SUCCEEDED, PodPhase.FAILED):
            where = pod.phase.value
        by_node.setdefault(where, []).append(p)
    placed = [f"{', '.join(names)} {_verb(where, names)}" for where, names in by_node.items()]
    return "; ".join(placed) or "no pods"


def _verb(where: str, names: list[str]) -> str:
    return where.replace("run on", "runs on") if len(names) == 1 else where


def tidy(changes: Sequence[ChangedField]) -> list[ChangedField]:
    """Of the fields that changed, what a person wants to read: what a loss of power implies is left out."""
    dark = {name for name, path, _, after in changes if path == " power" and after == "false"}
    lit = {name for name, path, _, after in changes if path == " power" and after == "true"}
    nodes = {name.partition("/")[2] for name in dark}
    gone = {name for name, path, _, after in changes if path == ".exists" and after == "false"}
    kept: list[ChangedField] = []
    for name, path, before, after in changes:
        node = name.partition("/")[2]
        if path in _UNTOLD or (name in dark | lit and path != " power") or (name in gone and path != ".exists"):
            continue
        if node in nodes and (name.startswith("kube-proxy/") or path == " heartbeat"):
            continue
        if path == ".exists":
            kept.append((name, "", None, "") if after == "true" else (name, "", "", None))
            continue
        if path == " unanswered probes":
            before, after = _listed(before), _listed(after)  # noqa: PLW2901  (the same field, in words)
        words = _WORDS.get(path)
        if words is not None and before in ("true", "false") and after in ("true", "false"):
            before, after = words[before == "true"], words[after == "true"]  # noqa: PLW2901  (the same field, in words)
        kept.append((name, path, before, after))
    if any(after == Disk.BEGUN_ANEW.value for _, _, _, after in kept):
        kept = _all_lost(kept)
    return _without_repetition(sorted(kept, key=lambda change: change[1] != " power"))


def _all_lost(changes: list[ChangedField]) -> list[ChangedField]:
    """Instead of every object that the store has lost, one line."""
    kept = [change for change in changes if change[0].startswith(("etcd disk", f"Pod/{ETCD}-"))]
    return [*kept, ("etcd", " objects", "all", "none")]


def _listed(names: str | None) -> str | None:
    """A tuple of names without its punctuation."""
    return names if names is None else "".join(letter for letter in names if letter not in "()'").rstrip(",")


def _without_repetition(changes: list[ChangedField]) -> list[ChangedField]:
    """The four processes of the control plane that stop together are one line."""
    stopped = [c for c in changes if c[1] == " container" and c[3] == "stopped"]
    if len(stopped) < 2:
        return changes
    kept = [c for c in changes if c not in stopped]
    return [*kept, ("control plane", " processes", "running", "stopped")]


def explain(c: Cluster, says: str) -> list[str]:
    """What keeps things from moving: filters that refuse a pod everywhere, admission, names in use, refused drains."""
    del says
    return [
        *unschedulable_pods(c),
        *refused_pods(c),
        *_terminating_namespaces(c),
        *_terminating_deployments(c),
        *_blocked_names(c),
        *_missing_nodes(c),
        *_members_without_disk(c),
        *_refused_drains(c),
    ]


def _blocked_names(c: Cluster) -> list[str]:
    """Pods of StatefulSets that nobody stops, so that their names are not given again."""
    lines = []
    for s in c.stateful_sets:
        for _, p, pod in pods_of(c, s):
            if pod.deleting and pod.node is not None and not apiserver.is_reachable_from(c, pod.node):
                machine = c.machines[pod.node]
                state = "cut off" if machine.up else "lost" if machine.lost else "down"
                name = pod_name(p)
                lines.append(f"Pod/{p} stays Terminating, as {pod.node} is {state}: no other pod is created as {name}")
                if not (machine.up or node_objects.is_given_up(c, pod.node)):
                    lines.append("  until that Node is deleted, or has the taint node.kubernetes.io/out-of-service")
    return lines


def _missing_nodes(c: Cluster) -> list[str]:
    """Machines whose Node is gone, and whose kubelet will not create it again."""
    if etcd.has_begun_anew(c):
        return ["etcd has begun anew on an empty disk; a kubelet creates its Node again only when it is restarted"]
    return [
        f"Node/{n} is gone, though its machine is up: its kubelet registers it again only when it is restarted"
        for n, removable in c.removable_nodes.items()
        if not removable.exists and c.machines[n].up and c.machines[n].synced
    ]


def _members_without_disk(c: Cluster) -> list[str]:
    """Members of etcd that wait for somebody to replace them, and whether anybody can; the only one begins anew."""
    lost = [n for n in c.disks if not etcd.has_its_data(c, n)]
    if not lost or not c.scope.is_highly_available:
        return []
    who = "member" if len(lost) == 1 else "members"
    waits = "waits until it is" if len(lost) == 1 else "wait until they are"
    line = f"the etcd {who} on {', '.join(lost)} lost the disk, and {waits} replaced"
    return [line if etcd.is_up(c) else f"{line}, which takes more than half of all members"]


def _terminating_namespaces(c: Cluster) -> list[str]:
    """Namespaces that are still being deleted, and the pods that they wait for."""
    lines = []
    for n, namespace in c.namespaces.items():
        if namespace.exists and namespace.deleting:
            pods = ", ".join(f"Pod/{p}" for p in c.scope.pods_of_namespace[n] if p in c.pods)
            lines.append(f"Namespace/{n} stays Terminating" + (f", and waits for {pods}" if pods else ""))
    return lines


def _terminating_deployments(c: Cluster) -> list[str]:
    """Deployments that are deleted in the foreground, and the pods that their ReplicaSets wait for."""
    lines = []
    for d, deployment in c.deployments.items():
        if deployment.deleting and not ownership.orphans_dependents(c, d):
            pods = ", ".join(f"Pod/{p}" for p in c.scope.pods_of_deployment[d] if p in c.pods)
            lines.append(f"Deployment/{d} stays Terminating" + (f", and waits for {pods}" if pods else ""))
    return lines


def _refused_drains(c: Cluster) -> list[str]:
    """Pods of DaemonSets without --ignore-daemonsets."""
    lines = []
    for n, drain in c.drains.items():
        if drain is DrainState.REFUSED:
            pods = ", ".join(p for p, pod in c.pods.items() if pod.node == n and c.scope.is_daemon_pod(pod.owner))
            lines.append(f"kubectl refused to drain {n} without --ignore-daemonsets: {pods}")
    return lines


NARRATION = Narration(describe=describe, tidy=tidy, explain=explain)
"""The narration of every cluster."""
