"""What is remembered of the states that were met, and what is guessed of those that were not."""

from __future__ import annotations

import random

from explore_systems import terrain_of
from hypothesis import given
from hypothesis import strategies as st
from small_systems import all_is_done, nothing_is_lost, shop

from clusterproof.checker.explore.cells import MOST_MEMBERS, Cells
from clusterproof.checker.explore.mix import Mix
from clusterproof.checker.explore.sightings import Sightings
from clusterproof.checker.explore.walk import Walker


def met(walks: list[str], most: int = 1000) -> Sightings:
    """Sightings of walks that each meet some states, a letter each; the first one is a start."""
    sightings = Sightings(most=most)
    for walk in walks:
        sightings.begin_walk()
        before, taken = -1, None
        for row in walk:
            before, _ = sightings.meet(row, before, taken)
            taken = ("step", "")
    return sightings


def test_the_estimate_is_chaos():
    """With f1 states met in one walk and f2 in two, at least f1^2 / (2 f2) were not seen."""
    estimate = met(["abc", "abd", "abe", "abcf"]).estimate()  # d, e, f once; c twice; a, b four times

    assert (estimate.seen, estimate.at_least) == (6, 6 + 9 // 2)


def test_without_a_state_met_twice_the_estimate_is_the_corrected_one():
    """With no state met in two walks it is f1 (f1 - 1) / 2."""
    assert met(["abcd"]).estimate().at_least == 4 + 6
    assert met(["ab", "ab", "ab"]).estimate().at_least == 2


def test_a_state_counts_once_per_walk():
    """Going around in circles is no second sighting."""
    assert met(["abab", "ab"]).estimate() == met(["ab", "ab"]).estimate()


def test_the_share_of_new_states_is_of_the_last_walks():
    """Of six states met in three walks three were new; of the last hundred walks none."""
    assert met(["ab", "ab", "ac"]).estimate().new_share == 0.5
    assert met(["ab"] * 102).estimate().new_share == 0.0


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=9))
def test_every_remembered_state_has_a_way(walks):
    """The way to a state begins at a start and ends there, and no state is seen less often than it is estimated."""
    sightings = met(walks)
    for number, row in enumerate(sightings.rows):
        path = sightings.path(number)
        assert path.rows[-1] == row
        assert path.rows[0] in {walk[0] for walk in walks}
        assert len(path.rows) == len(path.steps) + 1

    assert sightings.seen == len({*"".join(walks)})
    assert sightings.estimate().at_least >= sightings.seen


def test_memory_is_bounded_and_walks_go_on():
    """Beyond what is remembered states are still judged, counted, and said to be counted twice perhaps."""
    terrain = terrain_of(shop(nothing_is_lost, all_is_done, jobs=2, crashes=2))
    terrain.sightings.most = 3
    walker = Walker(terrain)
    walks = [walker.walk(Mix(restart_rate=0.0), random.Random(n), 30) for n in range(20)]

    assert len(terrain.sightings.rows) == 3
    assert terrain.sightings.estimate().full
    assert terrain.sightings.seen > 3
    assert [one.says for walk in walks for one in walk.found] == ["no job is lost"]
    assert all(len(one.path.rows) == len(one.path.steps) + 1 for walk in walks for one in walk.found)


def test_a_gigabyte_holds_more_short_rows_than_long_ones():
    """How many states are remembered depends on how large they are."""
    few, many = Sightings.of_rows_as_long_as("x" * 10_000), Sightings.of_rows_as_long_as("x")

    assert 50_000 < few.most < many.most < 10_000_000


# ---------------------------------------------------------------- cells


def test_walks_begin_in_cells_where_few_began():
    """Of a thousand states that look alike and one that does not, walks begin in the one nearly as often."""
    rows = [f"a{number:04}" for number in range(1000)] + ["b0000"]
    cells = Cells(rows)
    cells.look_at({0})
    chance = random.Random(1)
    begun = [cells.somewhere(chance) for _ in range(200)]

    assert 80 <= begun.count(1000) <= 120


def test_a_cell_keeps_a_sample_of_its_states():
    """A cell keeps so many states and no more, early and late ones alike."""
    cells = Cells([f"a{number:04}" for number in range(2000)])
    cells.look_at({0})
    chance = random.Random(1)
    begun = {cells.somewhere(chance) for _ in range(2000)}

    assert len(begun) <= MOST_MEMBERS
    assert min(begun) < 1000 <= max(begun)


def test_cells_are_sorted_anew_when_more_is_read():
    """States that differ in a slot that is read only now fall into cells of their own."""
    cells = Cells(["aa", "ab", "ac"])
    for number in range(3):
        cells.add(number, random.Random(1))
    cells.look_at({0})
    together = len(cells._cells)
    cells.look_at({1})

    assert (together, len(cells._cells)) == (1, 3)
