"""Every construct of the language, well typed: type checkers must find nothing here; not a test, and never imported."""

from __future__ import annotations

from enum import Enum
from typing import Literal, NewType

from clusterproof import (
    Bounds,
    Claims,
    Component,
    HeldSerial,
    Map,
    Serial,
    SetOf,
    StepInfo,
    System,
    Table,
    Timer,
    Whenever,
    always,
    always_eventually,
    choose,
    claim,
    cover,
    eventually_always,
    evolve,
    field,
    fresh,
    leads_to,
    reachable,
    require,
    state,
    step,
    strong,
    unbounded,
    weak,
)

PodId = NewType("PodId", str)
NodeId = NewType("NodeId", str)
Replicas = Literal[1, 2, 3]


class Phase(Enum):
    """Where a pod stands."""

    PENDING = "pending"
    RUNNING = "running"


@state
class Pod:
    """A pod."""

    phase: Phase = Phase.PENDING
    node: NodeId | None = field(default=None, display=".spec.nodeName")
    uid: Serial = 0
    lease: Timer = Timer()


@state
class Cluster:
    """Pods and nodes."""

    pods: Table[PodId, Pod]
    room: Map[NodeId, int]
    ready: SetOf[PodId]
    desired: Replicas = 1
    read: HeldSerial = None
    serving: bool = True

    @property
    def size(self) -> int:
        """How many pods there are."""
        return len(self.pods)


@state
class Extended(Cluster):
    """A subclass adds fields, and keeps components and properties."""

    extra: int = 0


def serving(c: Cluster) -> bool:
    """The guard of a component."""
    return c.serving


def up(c: Cluster, n: NodeId) -> bool:
    """The guard of a lane."""
    return c.room[n] > 0


user = Component("user", urgent=False)
scheduler = Component("scheduler", runs_when=serving, fair=weak)
kubelet = Component("kubelet", each=NodeId, runs_when=up, fair=strong, within_seconds=10)


@user.action
def scale(c: Cluster, replicas: Replicas) -> None:
    """A Literal is a domain."""
    c.desired = replicas


@scheduler.action
def create(c: Cluster) -> None:
    """Ids come from the pool."""
    require(c.size < c.desired)
    p = c.pods.add(Pod(uid=fresh))
    c.ready.discard(p)
    c.read = c.pods[p].uid


@scheduler.action(fair=strong, urgent=False)
def bind(c: Cluster, p: PodId) -> None:
    """Guards, choices, marks."""
    pod = require(c.pods.get(p))
    require(pod.phase is Phase.PENDING and pod.node is None)
    pod.node = choose((n for n, room in c.room.items() if room > 0), label="node")
    c.room[require(pod.node)] -= 1
    pod.lease = Timer(40)
    cover("a pod is bound")


def is_bound(p: PodId, c: Cluster, n: NodeId) -> bool:
    """Whether a pod is bound to a node."""
    return c.pods[p].node == n


def bound(c: Cluster, n: NodeId) -> tuple[PodId, ...]:
    """The pods of a node, unless there are too many."""
    few = c.pods.count(is_bound, c, n) < 3
    return c.pods.matching(is_bound, c, n, among=c.pods.ids) if few else ()


@kubelet.action(within_seconds=5)
def start(c: Cluster, n: NodeId, p: PodId) -> None:
    """A lane per node."""
    pod = require(c.pods.get(p))
    require(pod.node == n and not pod.lease.due(cause=not c.serving))
    pod.phase = Phase.RUNNING
    pod.lease = Timer()
    c.ready.add(p)


@scheduler.fault
def lose(c: Cluster, p: PodId) -> None:
    """A fault."""
    require(p in c.pods)
    del c.pods[p]


@always
def fits(c: Cluster) -> Claims:
    """Claims with witnesses."""
    for n, room in c.room.items():
        yield claim(room >= 0, "a node has room", n)


@always(name="fits-each", needs=["bind"], timed_only=True)
def fits_each(c: Cluster, n: NodeId) -> Claims:
    """A template, with options."""
    yield claim(c.room[n] >= 0, "the node has room", n)


@step
def uids_stay(before: Cluster, after: Cluster, p: PodId, by: StepInfo) -> Claims:
    """Two states, and who did it."""
    if p in before.pods and p in after.pods:
        yield claim(before.pods[p].uid == after.pods[p].uid or by.fault, "the uid stays", p)


@eventually_always
def settles(c: Cluster) -> Claims:
    """In the end."""
    yield claim(len(c.ready) == c.desired, "all are ready")


@always_eventually
def serves(c: Cluster) -> Claims:
    """Again and again."""
    yield claim(c.serving, "it serves")


@leads_to
def created_is_ready(c: Cluster, p: PodId) -> Whenever:
    """A response."""
    return Whenever(given=p in c.pods, then=p in c.ready)


@reachable
def two_run(c: Cluster) -> Claims:
    """A witness."""
    yield claim(len(c.ready) > 1, "two are ready")


initial = Extended(pods=Table([PodId("p")]), room=Map({NodeId("n"): 1}), ready=SetOf([PodId("p")]))
system = System(
    evolve(initial, desired=2),
    components=[user, scheduler, kubelet],
    properties=[fits, fits_each, uids_stay, settles, serves, created_is_ready, two_run],
    budgets={scale: 1, lose: unbounded},
    domains={int: range(3)},
    bounds=Bounds(states=1000, seconds=1.5),
    symmetric=[PodId],
    timing="untimed",
    deadlock="forbidden",
)
outcomes = bind.outcomes(initial, PodId("p")) | bind.outcomes(initial, p=PodId("p"))
names = {hash(initial): {initial: str(initial == evolve(initial))}}
