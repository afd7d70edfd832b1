"""What does not change about a HorizontalPodAutoscaler while a cluster is checked."""

from __future__ import annotations

from attrs import frozen

from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler
from clusterproof.models.kubernetes.decisions.hpa import SYNC_PERIOD_SECONDS, window_seconds
from clusterproof.models.kubernetes.decisions.hpa_behavior import DOWNSCALE_STABILIZATION_SECONDS


@frozen(kw_only=True, eq=False)
class AutoscalerScope:
    """An autoscaler and what it scales.

    target: the kind of what it scales, and its name in the scope. demand: the CPU demand of all its pods together at
    the beginning, in millicores; demands: what that may become. most: the largest size that it can come to ask for.
    ambiguous: another autoscaler scales the same pods, so that neither does.
    """

    manifest: HorizontalPodAutoscaler
    target: tuple[str, str]
    demand: int = 0
    demands: tuple[int, ...] = ()
    most: int = 1
    ambiguous: bool = False

    @property
    def scale_up_window_seconds(self) -> int:
        """How long a low recommendation keeps the size from growing; 0 without behavior."""
        behavior = self.manifest.behavior
        return 0 if behavior is None else window_seconds(behavior.up)

    @property
    def scale_down_window_seconds(self) -> int:
        """How long a high recommendation keeps the size from shrinking."""
        behavior = self.manifest.behavior
        return DOWNSCALE_STABILIZATION_SECONDS if behavior is None else window_seconds(behavior.down)

    @property
    def long_periods(self) -> tuple[int, ...]:
        """The periods of its policies, in seconds, over which changes have to be remembered from round to round."""
        behavior = self.manifest.behavior
        if behavior is None:
            return ()
        periods = {policy.period_seconds for rules in (behavior.up, behavior.down) for policy in rules.policies}
        return tuple(sorted(period for period in periods if period > SYNC_PERIOD_SECONDS))
