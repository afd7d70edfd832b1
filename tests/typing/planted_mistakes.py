"""Mistakes that a type checker has to find, each on a line marked `# mistake`; not a test, and never imported."""

from __future__ import annotations

from enum import Enum
from typing import NewType

from clusterproof import (
    Claims,
    Component,
    HeldSerial,
    Map,
    SetOf,
    System,
    Table,
    Whenever,
    always,
    choose,
    claim,
    leads_to,
    require,
    state,
    step,
)

PodId = NewType("PodId", str)
NodeId = NewType("NodeId", str)


class Phase(Enum):
    """Where a pod stands."""

    PENDING = "pending"
    RUNNING = "running"


@state
class Pod:
    """A pod."""

    phase: Phase = Phase.PENDING
    node: NodeId | None = None


@state
class Cluster:
    """Pods and nodes."""

    pods: Table[PodId, Pod]
    room: Map[NodeId, int]
    ready: SetOf[PodId]
    read: HeldSerial = None
    serving: bool = True


@state
class Other:
    """Another system's state."""

    serving: bool = True


scheduler = Component("scheduler")


@scheduler.action
def bind(c: Cluster, p: PodId) -> None:
    """Writes and reads in every way that is wrong."""
    pod = require(c.pods.get(p))
    pod.fase = Phase.RUNNING  # mistake: no such field
    pod.phase = "running"  # mistake: a text for an Enum
    pod.node = p  # mistake: a PodId for a NodeId
    c.pods.get(p).phase = Phase.RUNNING  # mistake: may be None
    c.room[pod.node] = 1  # mistake: the node may be None
    c.room[p] = 1  # mistake: the wrong kind of id
    c.ready.add("web-0")  # mistake: a text for an id
    c.serving = 1  # mistake: a number for a bool
    c.pods[p] = Pod(phaze=Phase.RUNNING)  # mistake: no such parameter
    c.pods[p] = Pod(Phase.RUNNING)  # mistake: keyword only
    c.pods.add(Phase.RUNNING)  # mistake: no Pod
    pod.node = choose(c.pods)  # mistake: chooses a pod
    del c.room[NodeId("n")]  # mistake: entries of a Map stay
    require(c.read > 1)  # mistake: may never have been read


@scheduler.action
def returns(c: Cluster) -> Cluster:  # mistake-below: an action returns nothing
    """Hands back a state."""
    return c


@always
def says_bool(c: Cluster) -> bool:  # mistake-below: a property yields claims
    """Is no generator of claims."""
    return c.serving


@always
def guesses(c: Cluster) -> Claims:
    """Claims that are not bools."""
    yield claim(len(c.pods), "there are pods")  # mistake: a number for a bool
    yield c.serving  # mistake: no claim


@step
def looks_once(before: Cluster) -> Claims:  # mistake-below: a step property takes two states
    """Takes one state."""
    yield claim(before.serving, "it serves")


@leads_to
def half(c: Cluster) -> Whenever:
    """Says only one half."""
    return Whenever(given=c.serving)  # mistake: then is missing


@always
def about_another(o: Other) -> Claims:
    """A property of another system's state."""
    yield claim(o.serving, "it serves")


def is_on(p: PodId, c: Cluster, n: NodeId) -> bool:
    """Whether a pod is bound to a node."""
    return c.pods[p].node == n


start = Cluster(pods=Table([PodId("p")]), room=Map({NodeId("n"): 1}), ready=SetOf([PodId("p")]))
start.pods.count(is_on, start)  # mistake: on which node?
start.pods.matching(is_on, start, 3)  # mistake: a number for a node
start.room.count(is_on, start, NodeId("n"))  # mistake: nodes for pods
bind.outcomes(start, NodeId("n"))  # mistake: the wrong kind of id
bind.outcomes(start)  # mistake: which pod?
System(start, components=[scheduler], budgets={"bind": 1})  # mistake: a name for an action
System(start, components=[bind])  # mistake: an action for a component
System(start, properties=[about_another])  # mistake: a property of another state
System(start, timing="slow")  # mistake: no such timing
