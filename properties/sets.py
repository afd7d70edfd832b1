"""StatefulSets and DaemonSets: the wanted pods run in the end, updates keep their floor, ordinals their order.

Source: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ and
https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, always, claim, eventually_always, step
from clusterproof.models.kubernetes import daemonset_controller, statefulset_controller
from clusterproof.models.kubernetes.decisions.statefulset import get_stateful_set_max_unavailable
from clusterproof.models.kubernetes.names import DaemonSetId, Ordinal, PodId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster, ContainerState, Pod, PodPhase
from clusterproof.properties.workloads import CONVERGE, really_ready

FLOOR = "rollout-keeps-its-floor"
ORDER = "ordinals-in-order"


# ---------------------------------------------------------------- replicas converge


@eventually_always(name=CONVERGE)
def stateful_sets_converge(c: Cluster, s: StatefulSetId) -> Claims:
    """Once faults stop, every wanted ordinal of a StatefulSet runs and is ready, no other one, and the status says so.

    Pods below the partition, and all with OnDelete, may stay at the revision they have. Source: Anvil's eventually
    stable reconciliation of StatefulSets.
    """
    stateful_set = c.stateful_sets.get(s)
    if stateful_set is None:
        return
    manifest = statefulset_controller.manifest_of(c, s)
    wanted = range(manifest.start, manifest.start + stateful_set.replicas)
    first_updated = manifest.start + manifest.partition if manifest.strategy == "RollingUpdate" else wanted.stop
    held = statefulset_controller.pods_of(c, s)
    ready = [
        (ordinal, p)
        for ordinal, p, pod in held
        if really_ready(c, p, pod) and (ordinal < first_updated or pod.owner == stateful_set.template)
    ]
    blame = [p for ordinal, p, _ in held if (ordinal, p) not in ready or ordinal not in wanted]
    exact = [ordinal for ordinal, _ in ready] == list(wanted) and len(held) == len(wanted)
    yield claim(exact, "exactly the wanted ordinals run and are ready", s, *blame)
    counts = (stateful_set.status_replicas, stateful_set.ready_replicas, stateful_set.available_replicas)
    updated = sum(pod.owner == stateful_set.template for _, _, pod in held)
    says = stateful_set.observed and counts == (len(wanted),) * 3 and stateful_set.updated_replicas == updated
    yield claim(says, "the status says so: observedGeneration is current, and all counts are spec.replicas", s)


@eventually_always(name=CONVERGE)
def daemon_sets_converge(c: Cluster, d: DaemonSetId) -> Claims:
    """Once faults stop, every node that should run a DaemonSet runs one ready pod of it, and the status says so.

    A node that is lost carries a taint that keeps new pods away, and is no such node. With OnDelete pods may be old.
    """
    daemon_set = c.daemon_sets.get(d)
    if daemon_set is None:
        return
    desired = daemonset_controller.desired_nodes(c, d)
    may_be_old = daemonset_controller.manifest_of(c, d).strategy == "OnDelete"
    without = []
    blame: list[PodId] = []
    for n in desired:
        staying = [(p, pod) for p, pod in daemonset_controller.pods_on(c, d, n) if not pod.deleting]
        ready = [p for p, pod in staying if really_ready(c, p, pod)]
        current = [p for p, pod in staying if may_be_old or pod.owner == daemon_set.template]
        if not (len(staying) == len(ready) == len(current) == 1):
            without.append(n)
            blame += [p for p, _ in staying]
    yield claim(not without, "every node that should run it runs one ready pod", d, *without, *blame)
    counts = (
        daemon_set.desired_number_scheduled,
        daemon_set.current_number_scheduled,
        daemon_set.number_ready,
        daemon_set.number_available,
        len(desired) if may_be_old else daemon_set.updated_number_scheduled,
    )
    says = "the status says so: observedGeneration is current, and all counts are the nodes that should run it"
    yield claim(daemon_set.observed and counts == (len(desired),) * 5, says, d)


# ---------------------------------------------------------------- rolling update


def _is_available(c: Cluster, p: PodId, pod: Pod) -> bool:
    return pod.ready and really_ready(c, p, pod) and not pod.until_available.armed


def _available_ordinals(c: Cluster, s: StatefulSetId) -> list[PodId]:
    return [p for _, p, pod in statefulset_controller.pods_of(c, s) if _is_available(c, p, pod)]


@step(name=FLOOR)
def stateful_set_keeps_its_floor(before: Cluster, after: Cluster, by: StepInfo, s: StatefulSetId) -> Claims:
    """No step of the StatefulSet controller takes really available pods below replicas - maxUnavailable."""
    if by.component != "statefulset-controller" or s not in before.stateful_sets or s not in after.stateful_sets:
        return
    view = statefulset_controller.view(before, s)
    allowed = get_stateful_set_max_unavailable(view.max_unavailable if view.gate else 1, view.replicas)
    had, have = _available_ordinals(before, s), _available_ordinals(after, s)
    lost = [p for p in had if p not in have]
    kept = len(have) >= min(view.replicas - allowed, len(had))
    yield claim(kept, "the controller leaves at least replicas - maxUnavailable pods available", s, *lost)


def _available_nodes(c: Cluster, d: DaemonSetId) -> list[str]:
    return [
        n
        for n in daemonset_controller.desired_nodes(c, d)
        if any(_is_available(c, p, pod) for p, pod in daemonset_controller.pods_on(c, d, n))
    ]


@step(name=FLOOR)
def daemon_set_keeps_its_floor(before: Cluster, after: Cluster, by: StepInfo, d: DaemonSetId) -> Claims:
    """No step of the DaemonSet controller takes nodes with an available pod below desired - maxUnavailable.

    Percentages round up. With a surge maxUnavailable is 0: an old pod goes when its successor is available.
    """
    if by.component != "daemonset-controller" or d not in before.daemon_sets or d not in after.daemon_sets:
        return
    desired = len(daemonset_controller.desired_nodes(before, d))
    floor = desired - daemonset_controller.allowance(before, d)[1]
    had, have = _available_nodes(before, d), _available_nodes(after, d)
    lost = [n for n in had if n not in have]
    kept = len(have) >= min(floor, len(had))
    yield claim(kept, "the controller leaves at least desired - maxUnavailable nodes with an available pod", d, *lost)


# ---------------------------------------------------------------- ordinals


@always
def at_most_one_pod_per_ordinal(c: Cluster, s: StatefulSetId) -> Claims:
    """The containers of at most one pod of a name run, on whatever machine, reachable or not (B04).

    Source: https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/
    """
    for pool in c.scope.stateful_sets[s].pods.values():
        running = [p for p in pool if (k := c.containers.get(p)) and k.state is ContainerState.RUNNING]
        yield claim(len(running) <= 1, "at most one pod of a name runs", s, *running)


def _is_well(pod: Pod) -> bool:
    return pod.phase is PodPhase.RUNNING and pod.ready and not pod.deleting


def _is_ordered(c: Cluster, by: StepInfo, s: StatefulSetId) -> bool:
    if by.component != "statefulset-controller" or s not in c.stateful_sets:
        return False
    return statefulset_controller.manifest_of(c, s).pod_management_policy == "OrderedReady"


def _by_ordinal(c: Cluster, s: StatefulSetId) -> dict[Ordinal, tuple[PodId, Pod]]:
    return {ordinal: (p, pod) for ordinal, p, pod in statefulset_controller.pods_of(c, s)}


@step(name=ORDER)
def pods_are_created_in_order(before: Cluster, after: Cluster, by: StepInfo, s: StatefulSetId) -> Claims:
    """With OrderedReady a pod is created only when all lower ordinals run, are ready and stay (B05)."""
    if not _is_ordered(before, by, s):
        return
    old, new = _by_ordinal(before, s), _by_ordinal(after, s)
    start = statefulset_controller.manifest_of(before, s).start
    for ordinal in new.keys() - old.keys():
        missing = [n for n in range(start, ordinal) if n not in old]
        unwell = [old[Ordinal(n)][0] for n in range(start, ordinal) if n in old and not _is_well(old[Ordinal(n)][1])]
        yield claim(not missing and not unwell, "all lower ordinals run and are ready", new[ordinal][0], *unwell)


@step(name=ORDER)
def surplus_pods_go_from_the_top(before: Cluster, after: Cluster, by: StepInfo, s: StatefulSetId) -> Claims:
    """With OrderedReady a surplus pod is deleted only when every higher ordinal is gone (B05)."""
    if not _is_ordered(before, by, s):
        return
    manifest, stateful_set = statefulset_controller.manifest_of(before, s), before.stateful_sets[s]
    old, new = _by_ordinal(before, s), _by_ordinal(after, s)
    for ordinal in _deleted(old, new):
        if ordinal >= manifest.start + stateful_set.replicas:
            higher = [p for n, (p, _) in old.items() if n > ordinal]
            yield claim(not higher, "every higher ordinal is gone", old[ordinal][0], *higher)


@step(name=ORDER)
def updates_go_from_the_top(before: Cluster, after: Cluster, by: StepInfo, s: StatefulSetId) -> Claims:
    """An update deletes no pod below the partition, and none while a higher one is still to be updated (B06)."""
    if by.component != "statefulset-controller" or s not in before.stateful_sets:
        return
    manifest, stateful_set = statefulset_controller.manifest_of(before, s), before.stateful_sets[s]
    old, new = _by_ordinal(before, s), _by_ordinal(after, s)
    for ordinal in _deleted(old, new):
        if manifest.start <= ordinal < manifest.start + stateful_set.replicas and _has_not_ended(old[ordinal][1]):
            above = [
                p
                for n, (p, pod) in old.items()
                if n > ordinal and pod.owner != stateful_set.template and not pod.deleting
            ]
            updated = ordinal >= manifest.start + manifest.partition and manifest.strategy == "RollingUpdate"
            yield claim(updated, "only pods from the partition on are updated", old[ordinal][0])
            yield claim(not above, "every higher ordinal is updated or on its way out", old[ordinal][0], *above)


def _has_not_ended(pod: Pod) -> bool:
    return pod.phase not in (PodPhase.SUCCEEDED, PodPhase.FAILED)


def _deleted(old: dict[Ordinal, tuple[PodId, Pod]], new: dict[Ordinal, tuple[PodId, Pod]]) -> list[Ordinal]:
    """The ordinals whose pod a step deletes, at once or in time."""
    return [n for n, (_, pod) in old.items() if not pod.deleting and (n not in new or new[n][1].deleting)]
