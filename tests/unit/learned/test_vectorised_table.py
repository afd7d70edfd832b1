"""The table of fingerprints, many at once: everything that is put in is found again, however crowded it is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.checker.learned.kernel import Table
from clusterproof.checker.learned.vectorised.table import distinct, find, insert, move, put

SIZE = 32

fingerprints = st.integers(0, 5) | st.integers(SIZE - 3, SIZE + 2) | st.integers(0, 2**64 - 1)
pairs = st.lists(st.tuples(fingerprints, st.integers(0, 2)), min_size=1, max_size=SIZE - 8)


def table_of(size: int = SIZE, *, wide: bool) -> Table:
    """An empty table that keeps numbers of states, and what they are known by besides."""
    first, second, plain = (np.zeros(length, np.uint64) for length in (size, size if wide else 1, size))
    return Table(first, second, np.zeros(size, np.uint32), plain)


def columns(drawn: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Fingerprints in two arrays, none of the first ones 0."""
    array = np.array(drawn, np.uint64).reshape(-1, 2)
    return np.maximum(array[:, 0], np.uint64(1)), array[:, 1]


@given(pairs, pairs, st.booleans())
def test_what_is_put_in_is_found(drawn, asked, wide):
    """After any number of collisions each state is found by its fingerprints, and nothing else is."""
    table = table_of(wide=wide)
    first, second = columns(drawn)
    met, _ = distinct(table, first, second)
    put(table, first[met], second[met], met.astype(np.uint32), ~first[met])
    numbers = {(int(first[i]), int(second[i]) * wide): int(i) for i in met}

    for f, s in zip(*(np.concatenate(both) for both in zip(columns(drawn), columns(asked), strict=True)), strict=True):
        place = find(table, np.array([f]), np.array([s]))[0]
        expected = numbers.get((int(f), int(s) * wide))
        assert (int(table.state[place]) if table.first[place] else None) == expected
        assert table.plain[place] == (~table.first[place] if table.first[place] else 0)


@given(pairs, st.booleans())
def test_distinct_states_in_their_order(drawn, wide):
    """Which states differ, and which of them each one is, as counting one by one would say."""
    first, second = columns(drawn)
    order: dict[tuple[int, int], int] = {}
    which = [order.setdefault((int(f), int(s) * wide), len(order)) for f, s in zip(first, second, strict=True)]

    found_met, found_which = distinct(table_of(wide=wide), first, second)

    assert found_which.tolist() == which
    assert found_met.tolist() == [which.index(number) for number in range(len(order))]


@given(pairs, st.booleans())
def test_moving_keeps_everything(drawn, wide):
    """A larger table holds the same states under the same fingerprints; 0 is a fingerprint, too."""
    small, large = table_of(wide=wide), table_of(4 * SIZE, wide=wide)
    hashes = np.array(list(dict(drawn).items()), np.uint64)
    insert(small, hashes, ~hashes, 7)
    move(small, large)

    for table in (small, large):
        used = np.flatnonzero(table.first)
        assert sorted(table.state[used].tolist()) == list(range(7, 7 + len(hashes)))
        by_number = used[np.argsort(table.state[used])]
        assert table.first[by_number].tolist() == [max(int(first), 1) for first in hashes[:, 0]]
        assert table.plain[by_number].tolist() == (~hashes[:, 0]).tolist()
        if wide:
            assert table.second[by_number].tolist() == hashes[:, 1].tolist()
