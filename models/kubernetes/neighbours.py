"""Which pods the scheduler has to look at when it places another one: every one that is not listed costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduler import depends_on_pods, static_feasible
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import PlacedPod
from clusterproof.models.kubernetes.names import PodId
from clusterproof.models.kubernetes.objects import NodeSpec, PodTemplate
from clusterproof.models.kubernetes.scope import SchedulerChoice


def neighbours_of(
    kinds: Sequence[tuple[PodId, str, PodTemplate]], nodes: Sequence[NodeSpec], scheduler: SchedulerChoice
) -> dict[PodId, tuple[PodId, ...]]:
    """Per pod the pods that a filter or a score can feel: all, or none where neither ever depends on them.

    kinds: every pod with every template it may have: (pod, namespace, template).
    """
    placed = {id(t): PlacedPod(namespace=namespace, labels=t.labels, spec=t.spec) for _, namespace, t in kinds}
    counts = Counter(id(template) for _, _, template in kinds)
    population = [(placed[key], count) for key, count in counts.items()]
    looks = {
        key: depends_on_pods(pod, nodes, population) or (scheduler == "highest-score" and has_a_choice(pod, nodes))
        for key, pod in placed.items()
    }
    everyone = tuple(dict.fromkeys(p for p, _, _ in kinds))
    return {p: everyone for p, _, template in kinds if looks[id(template)]}


def has_a_choice(pod: PlacedPod, nodes: Sequence[NodeSpec]) -> bool:
    """Whether several nodes could ever be feasible for a pod, so that their scores matter."""
    return sum(static_feasible(pod.spec, node) is None for node in nodes) > 1
