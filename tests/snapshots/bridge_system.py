"""A bridge for one car at a time, whose traffic does not look: something to refute for the snapshots."""

from __future__ import annotations

from typing import NewType

from clusterproof import Claims, Component, Map, System, always, claim, eventually_always, require, state

CarId = NewType("CarId", str)


@state
class Bridge:
    """Which cars are on the bridge."""

    crossing: Map[CarId, bool]


traffic = Component("traffic")


@traffic.action
def enter(bridge: Bridge, car: CarId) -> None:
    """A car drives on."""
    require(not bridge.crossing[car])
    bridge.crossing[car] = True


@traffic.action
def leave(bridge: Bridge, car: CarId) -> None:
    """A car drives off."""
    require(bridge.crossing[car])
    bridge.crossing[car] = False


@always
def one_at_a_time(bridge: Bridge) -> Claims:
    """The bridge carries one car at most."""
    cars = [car for car, crossing in bridge.crossing.items() if crossing]
    yield claim(len(cars) <= 1, "at most one car is on the bridge", *cars)


@eventually_always
def the_bridge_empties(bridge: Bridge) -> Claims:
    """At last nobody drives."""
    yield claim(not any(bridge.crossing.values()), "the bridge is empty")


system = System(
    Bridge(crossing=Map({CarId("red"): False, CarId("blue"): False})),
    components=[traffic],
    properties=[one_at_a_time, the_bridge_empties],
    name="bridge",
)
