"""Which of the feasible nodes the scheduler takes: the one with the highest score, and of several any of them.

The weights are those of the default profile of Kubernetes 1.29 to 1.35. ImageLocality is left out: where every node
has every image, it gives all of them the same.
Source: pkg/scheduler/schedule_one.go (prioritizeNodes, selectHost), pkg/scheduler/apis/config/v1/default_plugins.go
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from clusterproof.models.kubernetes.decisions.scheduling.inter_pod_affinity_scoring import inter_pod_affinity_score
from clusterproof.models.kubernetes.decisions.scheduling.node_affinity import node_affinity_score
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_balanced_allocation import (
    node_resources_balanced_allocation_score,
)
from clusterproof.models.kubernetes.decisions.scheduling.node_resources_fit import node_resources_fit_score
from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread_scoring import pod_topology_spread_score
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import NodeInfo, PlacedPod, Score
from clusterproof.models.kubernetes.decisions.scheduling.taint_toleration import taint_toleration_score

MOST_SCORED_NODES = 100
"""Of more the scheduler looks at a part only. Source: schedule_one.go, numFeasibleNodesToFind"""

SCORED_VERSIONS = range(29, 36)
"""The minor versions with these scores; from 1.36 on the balance of a node is scored in another way.

Source: https://github.com/kubernetes/kubernetes/pull/135573
"""


def why_not_scored(nodes: int, minor_version: int) -> str:
    """Why it is not known which node of so many scores highest, empty if it is. minor_version: 35 for 1.35."""
    if nodes > MOST_SCORED_NODES:
        return f"of more than {MOST_SCORED_NODES} nodes only a part is scored, and there are {nodes}"
    if minor_version not in SCORED_VERSIONS:
        known = f"1.{SCORED_VERSIONS[0]} to 1.{SCORED_VERSIONS[-1]}"
        return f"scores are known for Kubernetes {known}, and this is 1.{minor_version}"
    return ""


def score_plugins(minor_version: int) -> Mapping[str, tuple[int, Score]]:
    """Per plugin its weight and its scores. minor_version: 35 for Kubernetes 1.35."""
    balanced: Score = partial(node_resources_balanced_allocation_score, minor_version=minor_version)
    return {
        "TaintToleration": (3, taint_toleration_score),
        "NodeAffinity": (2, node_affinity_score),
        "NodeResourcesFit": (1, node_resources_fit_score),
        "PodTopologySpread": (2, pod_topology_spread_score),
        "InterPodAffinity": (2, inter_pod_affinity_score),
        "NodeResourcesBalancedAllocation": (1, balanced),
    }


def prioritize_nodes(
    pod: PlacedPod, nodes: Sequence[NodeInfo], all_nodes: Sequence[NodeInfo], minor_version: int
) -> dict[str, int]:
    """The score of each feasible node by its name: the sum of what all plugins give it, by their weights.

    nodes: the feasible ones, with the pods that are bound to them.
    """
    total = dict.fromkeys((node.spec.name for node in nodes), 0)
    for weight, score in score_plugins(minor_version).values():
        for node, given in zip(nodes, score(pod, nodes, all_nodes), strict=True):
            total[node.spec.name] += weight * given
    return total


def select_host(scores: Mapping[str, int]) -> list[str]:
    """The nodes with the highest score, in their order; upstream takes one of them at random."""
    highest = max(scores.values(), default=0)
    return [name for name, score in scores.items() if score == highest]
