"""States in arrays are told apart as states in a list are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterproof.checker.learned import machine_code
from clusterproof.checker.learned.columns import Columns
from clusterproof.checker.learned.kept_rows import KeptRows
from clusterproof.checker.rows import ListedRows

SLOTS = 5
ROWS = st.lists(st.text(alphabet="\0\1\2\3\4\5", min_size=SLOTS, max_size=SLOTS), min_size=1, max_size=40)


def kept(rows: list[str], parts: int) -> KeptRows:
    """Keep rows in so many levels; columns come when they are needed."""
    columns = Columns(rows[0])
    levels = []
    for start in range(0, len(rows), -(-len(rows) // parts)):
        part = rows[start : start + -(-len(rows) // parts)]
        columns.fit((s, c) for row in part for s, c in enumerate(row) if c != rows[0][s])
        levels.append(np.array([columns.values(row) for row in part], np.uint8).reshape(len(part), -1))
    return KeptRows(columns, levels)


@pytest.mark.parametrize("compiled", [True, False])
@settings(deadline=None)
@given(rows=ROWS, slots=st.sets(st.integers(0, SLOTS - 1)), parts=st.integers(1, 4))
def test_rows_in_arrays_are_told_apart_as_in_a_list(compiled, rows, slots, parts):
    """One row of each kind is found, whichever slots are looked at, with and without machine code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_code, "AVAILABLE", compiled and machine_code.AVAILABLE)
        found = kept(rows, parts).distinct(slots)

    def kinds(some):
        return sorted(tuple(row[slot] for slot in sorted(slots)) for row in some)

    assert kinds(found) == kinds(ListedRows(rows).distinct(slots))
    assert set(found) <= set(rows)
    assert list(kept(rows, parts)) == rows
    assert len(kept(rows, parts)) == len(rows)
