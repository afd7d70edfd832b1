"""Dining philosophers: forks between neighbours, and one philosopher who reaches the other way round.

The last philosopher takes fork 0 first; that is what keeps the table from a deadlock.
Source: Dijkstra, "Hierarchical ordering of sequential processes".
"""

from __future__ import annotations

from enum import Enum
from typing import NewType

from clusterproof import Claims, Component, Map, System, Whenever, always, claim, leads_to, require, state, strong

# --- state

Seat = NewType("Seat", int)


class Doing(Enum):
    """What a philosopher is doing."""

    THINKING = "thinking"
    HUNGRY = "hungry"
    ONE_FORK = "one fork"
    EATING = "eating"
    RELEASING = "releasing"


@state
class Dinner:
    """What everybody does, and which forks are taken; fork i lies to the right of seat i."""

    doing: Map[Seat, Doing]
    taken: Map[Seat, bool]

    def first_fork(self, seat: Seat) -> Seat:
        """The fork a philosopher reaches for first."""
        return Seat(0) if seat == len(self.doing) - 1 else seat

    def second_fork(self, seat: Seat) -> Seat:
        """The fork a philosopher reaches for second."""
        return seat if seat == len(self.doing) - 1 else Seat(seat + 1)


# --- actions

philosopher = Component("philosopher", each=Seat, fair=strong)


@philosopher.action
def get_hungry(d: Dinner, seat: Seat) -> None:
    """A thinking philosopher gets hungry."""
    require(d.doing[seat] is Doing.THINKING)
    d.doing[seat] = Doing.HUNGRY


@philosopher.action
def take_first(d: Dinner, seat: Seat) -> None:
    """A hungry philosopher takes the first fork."""
    fork = d.first_fork(seat)
    require(d.doing[seat] is Doing.HUNGRY and not d.taken[fork])
    d.taken[fork] = True
    d.doing[seat] = Doing.ONE_FORK


@philosopher.action
def take_second(d: Dinner, seat: Seat) -> None:
    """With the second fork a philosopher eats."""
    fork = d.second_fork(seat)
    require(d.doing[seat] is Doing.ONE_FORK and not d.taken[fork])
    d.taken[fork] = True
    d.doing[seat] = Doing.EATING


@philosopher.action
def release_first(d: Dinner, seat: Seat) -> None:
    """After eating, the first fork goes back."""
    require(d.doing[seat] is Doing.EATING)
    d.taken[d.first_fork(seat)] = False
    d.doing[seat] = Doing.RELEASING


@philosopher.action
def release_second(d: Dinner, seat: Seat) -> None:
    """Then the second, and it is time to think."""
    require(d.doing[seat] is Doing.RELEASING)
    d.taken[d.second_fork(seat)] = False
    d.doing[seat] = Doing.THINKING


# --- faults: none

# --- properties


@always
def neighbours_never_eat_together(d: Dinner, seat: Seat) -> Claims:
    """Nobody eats while the neighbour at the other end of the right fork eats."""
    neighbour = Seat((seat - 1) % len(d.doing))
    both = d.doing[seat] is Doing.EATING and d.doing[neighbour] is Doing.EATING
    yield claim(not both, "of two neighbours at most one eats", seat, neighbour)


@leads_to
def the_hungry_eat(d: Dinner, seat: Seat) -> Whenever:
    """Whoever is hungry eats at last; this needs strong fairness, since a fork comes and goes."""
    return Whenever(given=d.doing[seat] is Doing.HUNGRY, then=d.doing[seat] is Doing.EATING)


# --- system


def system(n: int = 4) -> System[Dinner]:
    """A table of n philosophers."""
    seats = [Seat(i) for i in range(n)]
    start = Dinner(doing=Map((s, Doing.THINKING) for s in seats), taken=Map((s, False) for s in seats))
    return System(
        start,
        components=[philosopher],
        properties=[neighbours_never_eat_together, the_hungry_eat],
        deadlock="forbidden",
        name="philosophers",
    )
