"""The floor for Python: breadth-first over tuples, with a set of what was seen, the invariant, and no way back.

Run as `plain_search.py FUNCTION NAME=NUMBER...`; prints the states and the generated steps.
"""

from __future__ import annotations

import sys
from operator import itemgetter

import tuple_systems
from tuple_systems import TupleSystem


def search(system: TupleSystem) -> tuple[int, int]:
    """The number of states, and of steps out of them. Raises AssertionError where the invariant fails."""
    places = [system.fields.index(name) for name in system.reads]
    parts = itemgetter(*places) if len(places) > 1 else lambda state: (state[places[0]],)
    successors, holds = system.successors, system.holds
    seen, level, generated = {system.initial}, [system.initial], 0
    assert holds(*parts(system.initial))
    while level:
        following = []
        for state in level:
            found = successors(state)
            generated += len(found)
            for _, target in found:
                if target not in seen:
                    seen.add(target)
                    assert holds(*parts(target)), target
                    following.append(target)
        level = following
    return len(seen), generated


if __name__ == "__main__":
    print(*search(tuple_systems.from_words(sys.argv[1:])))
