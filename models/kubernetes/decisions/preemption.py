"""Which pods may make others go; no transition preempts yet.

Source: pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go
"""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class NominatedNode:
    """The node that a pod waits for since it made others go there.

    unresolvable: the filters refuse it whatever goes. victims: the priorities of the pods that terminate there because
    they were preempted.
    """

    unresolvable: bool = False
    victims: tuple[int, ...] = ()


def pod_eligible_to_preempt_others(
    priority: int, nominated: NominatedNode | None = None, *, preemption_policy: str = "PreemptLowerPriority"
) -> bool:
    """Whether a pod that fits nowhere may preempt: not while victims of an earlier preemption still terminate.

    Source: PodEligibleToPreemptOthers
    """
    if preemption_policy == "Never":
        return False
    if nominated is None or nominated.unresolvable:
        return True
    return not any(victim < priority for victim in nominated.victims)
