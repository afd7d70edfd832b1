"""DefaultNormalizeScore: scores of any size are brought to the scale of node scores.

Source: pkg/scheduler/framework/plugins/helper/normalize_score.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.decisions.scheduling.snapshot import MAX_NODE_SCORE


def default_normalize_score(scores: Sequence[int], *, reverse: bool = False) -> list[int]:
    """The scores in relation to the greatest one; reverse: the greatest is the worst."""
    greatest = max(scores, default=0)
    if greatest == 0:
        return [MAX_NODE_SCORE if reverse else 0] * len(scores)
    scaled = [MAX_NODE_SCORE * score // greatest for score in scores]
    return [MAX_NODE_SCORE - score for score in scaled] if reverse else scaled
