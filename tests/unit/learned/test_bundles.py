"""Bundles: walking many trees at once ends at the same leaves as walking each alone."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clusterproof.checker.learned.bundles import NOTHING, Bundles
from clusterproof.checker.learned.columns import Columns
from clusterproof.checker.learned.forest import COLUMN_BITS, COLUMN_MASK, HOLE, Forest, Path

SLOTS, VALUES, ROOTS = 4, 3, 5
ROWS = st.tuples(*[st.integers(0, VALUES - 1)] * SLOTS)

READS = st.lists(st.permutations(range(SLOTS)), min_size=ROOTS, max_size=ROOTS)
"""The order in which the function behind each root reads."""


def forest_of(reads: list[list[int]]) -> Forest:
    """A forest with nothing learned yet."""
    columns = Columns("\0" * SLOTS)
    columns.fit((slot, chr(VALUES - 1)) for slot in range(SLOTS))
    return Forest(columns, [f"function {root}" for root in range(len(reads))])


def learn(forest: Forest, reads: list[list[int]], root: int, row: tuple[int, ...]) -> None:
    """Let the function of a root read a row, until it finds a 0; the leaf is the sum."""
    slots: list[int] = []
    for slot in reads[root]:
        slots.append(slot)
        if row[slot] == 0:
            break
    leaf = sum(row[slot] for slot in slots)
    path = Path(root, tuple(slots), tuple(row[slot] for slot in slots), leaf)
    if path not in forest.paths:
        forest.add(path)


def alone(forest: Forest, root: int, row: tuple[int, ...]) -> int:
    """Where the walk down one tree ends."""
    child = int(forest.roots[root])
    while child >= 0:
        child = int(forest.nodes[(child >> COLUMN_BITS) + row[child & COLUMN_MASK]])
    return child


def together(bundles: Bundles, row: tuple[int, ...]) -> dict[int, int]:
    """Where the walks down all trees end, by root, without those that come to nothing."""
    cells, forest, ends, lists = bundles.array.tolist(), bundles.forest, {}, [0]
    while lists:
        place = lists.pop()
        trees, bundled = cells[place : place + 2]
        place += 2
        for _ in range(trees):
            root, start = cells[place : place + 2]
            place += 2
            child = int(forest.roots[root] if start < 0 else forest.nodes[start])
            while child >= 0:
                child = int(forest.nodes[(child >> COLUMN_BITS) + row[child & COLUMN_MASK]])
            assert root not in ends
            ends[root] = child
        for bundle in cells[place : place + bundled]:
            rest = cells[bundle + 1 + row[cells[bundle]]]
            lists += [rest] if rest else []
    return {root: end for root, end in ends.items() if end != NOTHING}


@given(READS, st.lists(st.tuples(st.integers(0, ROOTS - 1), ROWS)), st.integers(0, 40), st.lists(ROWS, min_size=1))
def test_together_as_alone(reads, learned, before, rows):
    """All leaves and holes are the same, also of what was learned after the bundles were made."""
    forest = forest_of(reads)
    for root, row in learned[:before]:
        learn(forest, reads, root, row)
    bundles = Bundles(forest, 1, ROOTS)
    bundles.refresh()
    for root, row in learned[before:]:
        learn(forest, reads, root, row)
    for row in rows:
        ends = {root: alone(forest, root, row) for root in range(1, ROOTS)}
        assert together(bundles, row) == {root: end for root, end in ends.items() if end != NOTHING}


def test_made_anew_when_needed():
    """Bundles are made again once much was learned, or the trees are laid out anew, and not otherwise."""
    reads = [[0, 1, 2, 3]] * ROOTS
    forest = forest_of(reads)
    bundles = Bundles(forest, 0, ROOTS)
    arrays = []
    for step in (None, (0, (0, 0, 0, 0)), None, (1, (1, 0, 0, 0)), forest.rebuild):
        if callable(step):
            step()
        elif step is not None:
            learn(forest, reads, *step)
        bundles.refresh()
        arrays.append(bundles.array)

    assert [one is other for one, other in pairwise(arrays)] == [False, True, False, False]


def test_one_look_for_all():
    """Trees that look at the same column first, and come to nothing there, leave nothing to walk."""
    reads = [[2, 0, 1, 3]] * ROOTS
    forest = forest_of(reads)
    for root in range(ROOTS):
        learn(forest, reads, root, (0, 0, 0, 0))
    bundles = Bundles(forest, 0, ROOTS)
    bundles.refresh()

    assert bundles.array[:2].tolist() == [0, 1]
    assert together(bundles, (1, 1, 0, 1)) == {}
    assert set(together(bundles, (1, 1, 1, 1)).values()) == {HOLE}
