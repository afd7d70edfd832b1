"""InterPodAffinity: preferred affinity and anti-affinity between pods, in both directions, score domains.

Source: pkg/scheduler/framework/plugins/interpodaffinity/scoring.go
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from clusterproof.models.kubernetes.decisions.scheduling.inter_pod_affinity import term_matches
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import MAX_NODE_SCORE, NodeInfo, PlacedPod

HARD_POD_AFFINITY_WEIGHT = 1
"""What a required affinity of a pod that is there weighs. Source: apis/config/v1/defaults.go"""


def inter_pod_affinity_score(pod: PlacedPod, nodes: Sequence[NodeInfo], all_nodes: Sequence[NodeInfo]) -> list[int]:
    """Prefer the domains with the greatest sum of weights, affinity counted for and anti-affinity against them.

    Source: scoring.go, PreScore, Score and NormalizeScore
    """
    topology_score: Counter[tuple[str, str]] = Counter()
    for info in all_nodes:
        for other in info.pods:
            for key, weight in _process_existing_pod(pod, other):
                if key in info.spec.labels:
                    topology_score[key, info.spec.labels[key]] += weight
    scores = [sum(topology_score[domain] for domain in node.spec.labels.items()) for node in nodes]
    least, greatest = min(scores, default=0), max(scores, default=0)
    if least == greatest:
        return [0] * len(scores)
    return [int(MAX_NODE_SCORE * ((score - least) / (greatest - least))) for score in scores]


def _process_existing_pod(pod: PlacedPod, other: PlacedPod) -> Iterator[tuple[str, int]]:
    """(topology key, weight) of every term by which the two prefer each other's domain, or avoid it.

    Source: scoring.go, processExistingPod
    """
    for sign, own, others in (
        (1, pod.spec.preferred_pod_affinity, other.spec.preferred_pod_affinity),
        (-1, pod.spec.preferred_pod_anti_affinity, other.spec.preferred_pod_anti_affinity),
    ):
        for preferring, terms, preferred in ((pod, own, other), (other, others, pod)):
            for each in terms:
                if term_matches(preferring, each.pod_affinity_term, preferred):
                    yield each.pod_affinity_term.topology_key, sign * each.weight
    for term in other.spec.required_pod_affinity:
        if term_matches(other, term, pod):
            yield term.topology_key, HARD_POD_AFFINITY_WEIGHT
