"""Rows as the learned engine keeps them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.checker.learned.columns import Columns

CHARACTERS = st.integers(0, 40).map(chr)


@given(st.lists(st.lists(CHARACTERS, min_size=5, max_size=5).map("".join), min_size=1, max_size=6))
def test_rows_come_back(rows):
    """What a row holds in slots that vary is kept, one by one or many at once; the rest is as in the first row."""
    columns = Columns(rows[0])
    for row in rows:
        columns.fit((slot, c) for slot, c in enumerate(row) if c != rows[0][slot])
    values = [columns.values(row) for row in rows]
    together = np.array(values, columns.kind).reshape(len(rows), len(columns.slots))

    assert [columns.row(each) for each in values] == rows
    assert list(columns.rows(together)) == rows


def test_values_are_numbered_through():
    """A value may have the number of a character that is none by itself."""
    columns = Columns("a")
    columns.fit([(0, "\ud800")])

    assert list(columns.rows(np.array([[0xD800]], columns.kind))) == ["\ud800"]


def test_columns_that_came_since_hold_what_the_first_row_does():
    """Rows kept before a slot began to vary are those of then."""
    columns = Columns("aaa")
    columns.fit([(1, "b")])
    before = np.array([columns.values("aba")], columns.kind)
    columns.fit([(2, "c")])

    assert list(columns.rows(before)) == [columns.row(before[0])] == ["aba"]
    assert columns.values("abc") == [ord("b"), ord("c")]


def test_a_constant_contributes_nothing():
    """The value of the first row is 0 in both fingerprints, every other one is not, and no two are alike."""
    columns = Columns("a")
    columns.fit([(0, "z")])
    first, second = columns.numbers

    assert first[ord("a")] == second[ord("a")] == 0
    assert len({*first.tolist(), *second.tolist()}) == 2 * columns.capacity[0] - 1
