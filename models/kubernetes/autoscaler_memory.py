"""What the HorizontalPodAutoscaler controller holds in memory about each autoscaler; a restart forgets it.

A recommendation that is made again in every round needs no timer; one that is made no more counts for the rest of a
window. Source: pkg/controller/podautoscaler/horizontal.go (recommendations, scaleUpEvents, scaleDownEvents)
"""

from __future__ import annotations

from clusterproof import Map, Timer
from clusterproof.models.kubernetes.autoscaler_state import Period, Size
from clusterproof.models.kubernetes.decisions.hpa import Memory
from clusterproof.models.kubernetes.decisions.hpa_behavior import Recommendation, ScaleEvent
from clusterproof.models.kubernetes.names import AutoscalerId
from clusterproof.models.kubernetes.state import Cluster


def read(c: Cluster, a: AutoscalerId, current: int) -> Memory:
    """What it remembers; before the first round, that the present size was recommended just now.

    Source: recordInitialRecommendation
    """
    held, scope = c.autoscaler_memories[a], c.scope.autoscalers[a]
    if held.recommended is None:
        return Memory(recommendations=[Recommendation(current)])
    recommendations = [Recommendation(held.recommended)]
    up, down = scope.scale_up_window_seconds, scope.scale_down_window_seconds
    for size in map(Size, range(1, scope.most + 1)):
        in_up, in_down = _counts(held.keeps_down, size), _counts(held.keeps_up, size)
        if in_up or in_down:
            only = 0 if in_up and in_down else up if in_down else down
            recommendations.append(Recommendation(size, only if only < max(up, down) else 0))
    ups, downs, before = [], [], (0, 0, 0)
    for period in scope.long_periods:
        change = held.changes[Period(period)]
        ups.append(ScaleEvent(change.up - before[1], before[0]))
        downs.append(ScaleEvent(change.down - before[2], before[0]))
        before = (period, change.up, change.down)
    return Memory(recommendations=recommendations, ups=ups, downs=downs)


def _counts(timers: Map[Size, Timer], size: Size) -> bool:
    return size in timers and timers[size].armed


def record(c: Cluster, a: AutoscalerId, current: int, proposed: int) -> None:
    """A recommendation that is not made any more counts for the time of each window; weaker ones are forgotten."""
    held, scope = c.autoscaler_memories[a], c.scope.autoscalers[a]
    now = min(max(proposed, 1), scope.most)
    before = min(max(current if held.recommended is None else held.recommended, 1), scope.most)
    held.recommended = now
    for size in held.keeps_up:
        if size == before > now:
            held.keeps_up[size] = Timer(scope.scale_down_window_seconds)
        elif size <= max(before, now) and held.keeps_up[size].armed and before != now:
            held.keeps_up[size] = Timer()
    for size in held.keeps_down:
        if size == before < now:
            held.keeps_down[size] = Timer(scope.scale_up_window_seconds)
        elif size >= min(before, now) and held.keeps_down[size].armed and before != now:
            held.keeps_down[size] = Timer()


def record_change(c: Cluster, a: AutoscalerId, change: int) -> None:
    """Policies with a long period count what was changed since; until the last change is a period old, for all of it.

    Source: storeScaleEvent
    """
    for period, held in c.autoscaler_memories[a].changes.items():
        most = c.scope.autoscalers[a].most
        held.up = min(held.up + max(change, 0), most)
        held.down = min(held.down + max(-change, 0), most)
        held.counts = Timer(int(period))


# ---------------------------------------------------------------- forgetting


def due(c: Cluster, a: AutoscalerId) -> list[str]:
    """What has served its time: the pause after a round, recommendations, changes of the size."""
    held = c.autoscaler_memories[a]
    found = ["pause"] if held.pause.due() else []
    found += [_down_to(size) for size, timer in held.keeps_up.items() if timer.due()]
    found += [_up_to(size) for size, timer in held.keeps_down.items() if timer.due()]
    return found + [_within(period) for period, change in held.changes.items() if change.counts.due()]


def forget(c: Cluster, a: AutoscalerId, which: str) -> None:
    """Forget one of those."""
    held = c.autoscaler_memories[a]
    if which == "pause":
        held.pause = Timer()
    for size in held.keeps_up:
        if which == _down_to(size):
            held.keeps_up[size] = Timer()
    for size in held.keeps_down:
        if which == _up_to(size):
            held.keeps_down[size] = Timer()
    for period, change in held.changes.items():
        if which == _within(period):
            change.up = change.down = 0
            change.counts = Timer()


def _down_to(size: Size) -> str:
    return f"no less than {size}"


def _up_to(size: Size) -> str:
    return f"no more than {size}"


def _within(period: Period) -> str:
    return f"changes within {period}s"


def forget_everything(c: Cluster) -> None:
    """The controller manager stops: what was remembered of every autoscaler is gone."""
    for held in c.autoscaler_memories.values():
        held.recommended = None
        held.pause = Timer()
        for size in held.keeps_up:
            held.keeps_up[size] = Timer()
        for size in held.keeps_down:
            held.keeps_down[size] = Timer()
        for change in held.changes.values():
            change.up = change.down = 0
            change.counts = Timer()
