"""Which step a schedule takes, and the manners that Hypothesis draws."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from explore_systems import terrain_of
from hypothesis import given, settings
from hypothesis import strategies as st
from small_systems import all_is_done, lease, nobody_notices, shop

from clusterproof.checker.explore.mix import MOST_CHANGES, Mix, mixes
from clusterproof.checker.explore.schedule import Schedule, is_disturbance
from clusterproof.checker.explore.walk import Walker
from clusterproof.checker.search import Stepped

NAMES = ("a.one", "a.two", "b.three", "c.four")


def schedule(mix: Mix, taken: list[int] | None = None, length: int = 100) -> tuple[Schedule, dict[str, int]]:
    """A schedule in a shop of two jobs, and the numbers of its instances."""
    terrain = terrain_of(shop(all_is_done, jobs=2))
    made = Schedule(mix, terrain.instances, taken or terrain.taken, length, random.Random(1))
    return made, {str(instance): instance.number for instance in terrain.instances}


def walked(system: Any, mix: Mix, length: int = 30) -> list[Stepped]:
    """The steps of some walks from the start."""
    walker = Walker(terrain_of(system))
    return [step for number in range(20) for step in walker.walk(mix, random.Random(number), length).steps]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["worker.start", "worker.finish", "machine.crash", "machine.recover"]), st.data())
def test_what_is_off_is_never_taken(name, data):
    """No manner of walking takes an action or a fault that is off."""
    mix = data.draw(mixes([["worker.start", "worker.retry"]]))
    mix = Mix(off=frozenset({name}), manner=mix.manner, weights=mix.weights, disturbance_rate=0.3, restart_rate=0.0)

    assert name not in {f"{i.component}.{i.name}" for i, _ in walked(shop(all_is_done, jobs=2, crashes=2), mix)}


def test_nothing_is_picked_where_everything_is_off():
    """A schedule that may take none of what is possible says so."""
    made, numbers = schedule(Mix(off=frozenset({"worker.start"})))

    assert made.pick([numbers["worker[j0].start()"], numbers["worker[j1].start()"]]) == -1


def test_the_highest_lane_acts_until_a_change():
    """With priorities one lane acts whenever it can; with changes it is another one at some moment."""
    possible = ["worker[j0].start()", "worker[j1].start()"]
    made, numbers = schedule(Mix(manner="priority", changes=0, disturbance_rate=0.0))
    picks = {made.pick([numbers[one] for one in possible]) for _ in range(99)}
    changed, _ = schedule(Mix(manner="priority", changes=1, disturbance_rate=0.0), length=50)
    later = [changed.pick([numbers[one] for one in possible]) for _ in range(49)]

    assert len(picks) == 1
    assert sum(before != after for before, after in pairwise(later)) == 1


def test_what_was_rarely_taken_is_preferred():
    """With a bias for rare actions the one taken a hundred times as often is taken about a hundredth as often."""
    _, numbers = schedule(Mix())
    rare, often = numbers["worker[j0].start()"], numbers["worker[j1].start()"]
    taken = [0] * len(numbers)
    taken[often] = 99
    made, _ = schedule(Mix(manner="rare", disturbance_rate=0.0), taken)
    uniform, _ = schedule(Mix(disturbance_rate=0.0), taken)

    assert Counter(made.pick([rare, often]) for _ in range(2000))[1] < 60
    assert 900 < Counter(uniform.pick([rare, often]) for _ in range(2000))[1] < 1100


def test_weights_count():
    """An action with 16 times the weight is taken about 16 times as often."""
    made, numbers = schedule(Mix(weights={"worker.start": 16}, disturbance_rate=0.0))
    picks = Counter(made.pick([numbers["worker[j0].start()"], numbers["machine.recover()"]]) for _ in range(1700))

    assert 1500 < picks[0] < 1680


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 0, 0), (0.1, 50, 150), (1.0, 1000, 1000)])
def test_disturbances_come_at_their_rate(rate, least, most):
    """A fault strikes as often as the rate says, where something else is possible."""
    made, numbers = schedule(Mix(disturbance_rate=rate))
    picks = Counter(made.pick([numbers["worker[j0].start()"], numbers["machine.crash()"]]) for _ in range(1000))

    assert least <= picks[1] <= most


def test_a_disturbance_is_what_nobody_promised():
    """Faults are disturbances; what is promised, and the clock, are none."""
    terrain = terrain_of(lease(nobody_notices))

    assert [str(i) for i in terrain.instances if is_disturbance(i)] == ["holder.let_go()"]


@given(mixes([NAMES, NAMES[:1], ()]))
def test_manners_are_drawn_within_bounds(mix):
    """A manner is about the actions of its scope, never turns off more than half of them, and may be any of three."""
    names = (NAMES, NAMES[:1], ())[mix.scope]

    assert mix.off <= set(names)
    assert mix.weights.keys() <= set(names)
    assert len(mix.off) <= len(names) / 2
    assert 0 <= mix.changes <= MOST_CHANGES
    assert mix.manner in ("uniform", "rare", "priority")
