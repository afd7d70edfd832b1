"""Expanding the rows of a level block by block: the steps of all rows of a block are taken at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.compressed_graph import RENAMED
from clusterproof.checker.learned.kernel import Found, Level, Misses, Numbers, Scratch, StepTrees, Table, Trees
from clusterproof.checker.learned.kernel_orbits import Orbits
from clusterproof.checker.learned.vectorised.leaves import Leaves, find_leaves, rows_that_fit, ways_of
from clusterproof.checker.learned.vectorised.orbits import orbit_fingerprints
from clusterproof.checker.learned.vectorised.steps import Steps, judge_steps, steps_of, take
from clusterproof.checker.learned.vectorised.table import distinct, find, nonzero, put
from clusterproof.checker.learned.vectorised.walking import put_off, together
from clusterproof.checker.learned.ways import CHANGED, EXHAUSTED, FLAGS, LABEL, RENUMBERS, STEPPED, WayArrays

WALKS = 1 << 16
"""How many walks are made at once at most."""


def expand(
    level: Level,
    todo: NDArray[np.int32],
    trees: Trees,
    ways: WayArrays,
    numbers: Numbers,
    orbits: Orbits | None,
    step_trees: StepTrees | None,
    table: Table,
    found: Found,
    edges: NDArray[np.uint32],
    misses: Misses,
    scratch: Scratch,
    counts: NDArray[np.int64],
    done: int,
    known_states: int,
    most_states: int,
) -> int:
    """See kernel.expand. Of scratch only the size matters: how many steps are looked up at once."""
    room, position = len(scratch.candidates), 0
    size = max(WALKS // max(trees.end - trees.first, 1), 1)
    while position < len(todo) and _has_room(room, table, found, edges, misses, counts, known_states):
        block = todo[position : position + min(size, len(misses.deferred) - int(counts[kernel.DEFERRED]))]
        leaves, holes = find_leaves(level, block, trees, ways)
        size = rows_that_fit(leaves, len(block), ways, room)
        block, leaves, holes = block[:size], leaves.chosen(leaves.at < size), holes.before(size)
        owner, way = ways_of(leaves, ways)
        at = leaves.at[owner]
        steps = steps_of(level, block[at], at, way, ways, numbers)
        if step_trees is not None and len(step_trees.asked):
            holes = together(holes, judge_steps(level, block, steps, ways, step_trees))
        whole = put_off(holes, block, misses, counts)
        _note_exhausted(level, block, leaves.chosen(whole[leaves.at]), ways, edges, counts)
        steps = _that_change(steps.chosen(whole[steps.at]), ways, counts)
        level.marks[block[steps.at]] |= kernel.MOVED
        level.marks[block[whole]] |= done
        _look_up(level, block, steps, ways, orbits, table, found, edges, counts, done, known_states, most_states)
        position += len(block)
        if counts[kernel.FULL]:
            break
    return position


def _has_room(
    room: int,
    table: Table,
    found: Found,
    edges: NDArray[np.uint32],
    misses: Misses,
    counts: NDArray[np.int64],
    known_states: int,
) -> bool:
    """Whether all arrays have room for what `room` steps may give."""
    new = int(counts[kernel.NEW]) + room
    fits = new <= len(found.origins) and known_states + new <= (len(table.first) * 3) // 4
    if len(table.state) > 1:
        fits = fits and counts[kernel.EDGES] + 2 * room <= len(edges)
    return bool(fits and counts[kernel.DEFERRED] < len(misses.deferred))


def _note_exhausted(
    level: Level,
    block: NDArray[np.int32],
    leaves: Leaves,
    ways: WayArrays,
    edges: NDArray[np.uint32],
    counts: NDArray[np.int64],
) -> None:
    """Note where a pool had no id left: something leads on there, nobody knows where to."""
    at, leaf = leaves.chosen(ways.leaves[leaves.leaf, 1] & EXHAUSTED > 0)
    ways.leaf_seen[leaf] = 1
    level.marks[block[at]] |= kernel.MOVED
    if len(edges):
        source = level.first_number + block[at].astype(np.int64)
        _add_edges(edges, counts, source, leaf, np.full(len(at), kernel.UNKNOWN))


def _that_change(steps: Steps, ways: WayArrays, counts: NDArray[np.int64]) -> Steps:
    """The steps that change the row; the others are counted."""
    unseen = steps.way[~steps.changed]
    counts[kernel.STUTTERING] += len(unseen)
    ways.seen[unseen[ways.ways[unseen, FLAGS] & RENUMBERS > 0]] |= STEPPED
    steps = steps.chosen(steps.changed)
    ways.seen[steps.way] |= STEPPED | CHANGED
    return steps


def _look_up(
    level: Level,
    block: NDArray[np.int32],
    steps: Steps,
    ways: WayArrays,
    orbits: Orbits | None,
    table: Table,
    found: Found,
    edges: NDArray[np.uint32],
    counts: NDArray[np.int64],
    done: int,
    known_states: int,
    most_states: int,
) -> None:
    """See kernel.look_up."""
    plain, keys = steps.fingerprints[:, 0], steps.fingerprints
    if orbits is not None:
        keys = orbit_fingerprints(_after(level, block, steps, ways), orbits)
    first, second = nonzero(keys[:, 0]), keys[:, 1]
    place = find(table, first, second)
    unknown = np.flatnonzero(table.first[place] == 0)
    met, which = distinct(table, first[unknown], second[unknown])
    new, states = unknown[met], known_states + int(counts[kernel.NEW])
    end, left = len(first), max(most_states - states, 0)
    if len(new) > left:
        counts[kernel.FULL] = 1
        end = int(new[left])
        new = new[:left]
        level.marks[block[steps.at[end:]]] &= np.uint8(~done & 0xFF)
    put(table, first[new], second[new], np.arange(states, states + len(new), dtype=np.uint32), plain[new])
    if len(table.state) > 1:
        target = table.state[place]
        target[unknown] = states + which
        source = level.first_number + block[steps.at].astype(np.int64)
        label = ways.ways[steps.way, LABEL].astype(np.int64)
        if orbits is not None:
            known = table.plain[place]
            known[unknown] = plain[unknown[met][which]]
            label[known != plain] |= RENAMED
        _add_edges(edges, counts, source[:end], label[:end], target[:end])
    counts[kernel.TRANSITIONS] += end
    _keep(level, block, steps, new, ways, found, counts)


def _add_edges(edges: NDArray[np.uint32], counts: NDArray[np.int64], *parts: NDArray[Any]) -> None:
    """Add edges, by source, label and target."""
    added = np.stack(parts, axis=1)
    start = int(counts[kernel.EDGES])
    edges[start : start + len(added)] = added
    counts[kernel.EDGES] += len(added)


def _keep(
    level: Level,
    block: NDArray[np.int32],
    steps: Steps,
    new: NDArray[np.int64],
    ways: WayArrays,
    found: Found,
    counts: NDArray[np.int64],
) -> None:
    """Keep the rows that some steps lead to."""
    row, way = block[steps.at[new]], steps.way[new]
    start = int(counts[kernel.NEW])
    here = slice(start, start + len(new))
    found.rows[here] = _after(level, block, steps.chosen(new), ways)
    found.hashes[here] = steps.fingerprints[new]
    found.origins[here, 0] = level.first_number + row.astype(np.int64)
    found.origins[here, 1] = way
    counts[kernel.NEW] += len(new)


def _after(level: Level, block: NDArray[np.int32], steps: Steps, ways: WayArrays) -> NDArray[Any]:
    """The rows that some steps lead to."""
    rows = level.rows[block[steps.at]]
    take(rows, steps.way, ways)
    return rows
