"""minicheck, from PyPI, on tuples: run as `minicheck_search.py FUNCTION NAME=NUMBER...`; prints as the plain search."""

from __future__ import annotations

import sys
from operator import itemgetter

import tuple_systems
from minicheck import Protocol, check_safety
from tuple_systems import State, Successor, TupleSystem

NO_LIMIT = 1_000_000_000


def search(system: TupleSystem) -> tuple[int, int]:
    """The number of states, and of steps out of them, which minicheck does not count. Raises AssertionError."""
    generated = 0

    def counted(state: State) -> list[Successor]:
        nonlocal generated
        found = system.successors(state)
        generated += len(found)
        return found

    parts = itemgetter(*system.reads) if len(system.reads) > 1 else lambda state: (state[system.reads[0]],)
    protocol = Protocol(
        name="benchmark",
        candidate=False,
        fields=system.fields,
        initial=system.initial,
        transitions=counted,
        invariants={"invariant": lambda state: system.holds(*parts(state))},
    )
    result = check_safety(protocol, max_states=NO_LIMIT)
    assert result["exhaustive"]
    assert result["properties"]["invariant"]["holds"]
    return result["reachable_states"], generated


if __name__ == "__main__":
    print(*search(tuple_systems.from_words(sys.argv[1:])))
