"""Which pods may make others go.

Source: pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go
"""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.decisions.preemption import NominatedNode, pod_eligible_to_preempt_others


@pytest.mark.parametrize(
    ("nominated", "eligible"),
    [
        (None, True),
        (NominatedNode(), True),
        (NominatedNode(victims=(5,)), False),
        (NominatedNode(victims=(10, 20)), True),
        (NominatedNode(victims=(5,), unresolvable=True), True),
    ],
)
def test_a_pod_waits_for_its_victims(nominated: NominatedNode | None, eligible: bool) -> None:
    """It preempts again only once they are gone, or when its node is of no use whatever goes."""
    assert pod_eligible_to_preempt_others(10, nominated) is eligible


def test_a_policy_may_forbid_it() -> None:
    """preemptionPolicy Never waits its turn."""
    assert not pod_eligible_to_preempt_others(10, preemption_policy="Never")
