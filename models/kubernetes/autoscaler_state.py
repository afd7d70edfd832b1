"""The part of a cluster's state that is about HorizontalPodAutoscalers: objects, memory, and the demand of CPU."""

from __future__ import annotations

from typing import NewType

from clusterproof import Map, Serial, Timer, field, state

Size = NewType("Size", int)
"""A number of replicas that an autoscaler may recommend."""

Period = NewType("Period", int)
"""The period of a scaling policy, in seconds."""


@state
class HorizontalPodAutoscaler:
    """A HorizontalPodAutoscaler object.

    current: the first metric as it was measured last, in percent of the requests or in millicores per pod.
    """

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    exists: bool = field(default=False, display="")
    current_replicas: int = field(default=0, display=".status.currentReplicas")
    desired_replicas: int = field(default=0, display=".status.desiredReplicas")
    current: int | None = field(default=None, display=".status.currentMetrics[0]")


@state
class RecentChange:
    """By how many pods the size has changed within a policy's period, and until when that counts."""

    up: int = field(default=0, display=" pods added of late")
    down: int = field(default=0, display=" pods taken of late")
    counts: Timer = field(default=Timer(), display=" period of the policy")


@state
class AutoscalerMemory:
    """What the controller holds in memory about an autoscaler; a restart forgets it.

    recommended: what the metrics asked for in the last round, None before the first. keeps_up, keeps_down: how long
    an earlier recommendation keeps the size from shrinking, or from growing. pause: until the next round.
    """

    recommended: int | None = field(default=None, display=" recommendation")
    keeps_up: Map[Size, Timer] = field(default=Map({}), display=" recommended of late")
    keeps_down: Map[Size, Timer] = field(default=Map({}), display=" recommended of late, for scaling up")
    changes: Map[Period, RecentChange] = field(default=Map({}), display=" change of the last seconds")
    pause: Timer = field(default=Timer(), display=" next round")


@state
class CpuDemand:
    """How much CPU time the pods of a workload would use together, in millicores. It is the world's, not an object."""

    millicores: int = field(default=0, display=" millicores")
