"""The inner loop, compiled: walk the trees of each row, change fingerprints, and keep what is new.

Nothing here knows what a state means. Every argument is a number or a flat array; the tuples name them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.compressed_graph import RENAMED
from clusterproof.checker.learned.forest import COLUMN_BITS, COLUMN_MASK, DIRECT
from clusterproof.checker.learned.kernel_orbits import Orbits, begin_orbit, orbit_of_step
from clusterproof.checker.learned.machine_code import compiled, part, prefetch
from clusterproof.checker.learned.ways import END, FIRST, FLAGS, LABEL, RAW, SURE, WayArrays

UNKNOWN = 0xFFFFFFFF
"""The target of a step that wanted an id from an exhausted pool; its label is the leaf that says so."""

ROW_DONE = 1
"""Mark of a row whose steps by other than faults were all taken."""

FAULTS_DONE = 2
"""Mark of a row whose faults were all taken."""

MOVED = 4
"""Mark of a row from which something leads on, or would have, had a pool not been exhausted."""

MISSES, DEFERRED, NEW, EDGES, TRANSITIONS, STUTTERING, FULL = range(7)
"""Indices of `counts`; FULL is 1 when the bound on states was reached."""


class Level(NamedTuple):
    """The rows that are expanded.

    rows: uint8, uint16 or uint32 [rows, columns]. hashes: uint64[rows, 2]. marks: uint8[rows], see ROW_DONE.
    told: int32[trees given up, rows], what their functions did on each row, stored as in a tree; 0 where not asked yet.
    first_number: number of the first row among all states.
    """

    rows: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    marks: NDArray[np.uint8]
    told: NDArray[np.int32]
    first_number: int


class Numbers(NamedTuple):
    """What values contribute to fingerprints: see Columns for offset and numbers."""

    offset: NDArray[np.int32]
    numbers: NDArray[np.uint64]


class Trees(NamedTuple):
    """A forest: see Forest for nodes and roots.

    first, end: the roots to walk. clock: the root of the clock, or -1. bundles: see Bundles.
    """

    nodes: NDArray[np.int64]
    roots: NDArray[np.int64]
    bundles: NDArray[np.int32]
    first: int
    end: int
    clock: int


class StepTrees(NamedTuple):
    """The trees of step properties.

    nodes, roots: as in Forest, over two rows side by side. asked: int32[properties, 2], the root of each, and 1 where
    there is a root per instance from there on. seen: uint8, leaf -> met. places: int64[leaves, 2], number of the state
    and the way where a leaf was first met.
    """

    nodes: NDArray[np.int64]
    roots: NDArray[np.int64]
    asked: NDArray[np.int32]
    seen: NDArray[np.uint8]
    places: NDArray[np.int64]


class Table(NamedTuple):
    """All states seen: open addressing, linear probing.

    first: uint64[size], fingerprints, 0 for a free place. second: uint64[size], a second one of each, or of size 1 when
    one is enough. state: uint32[size], numbers of the states, or of size 1 when nobody asks. plain: uint64[size], where
    states are merged and numbered, by which fingerprint the state itself is known, and not its orbit; else of size 1.
    """

    first: NDArray[np.uint64]
    second: NDArray[np.uint64]
    state: NDArray[np.uint32]
    plain: NDArray[np.uint64]


class Found(NamedTuple):
    """Room for what is new: rows, their two fingerprints, and uint32[rows, 2], the state before and the way taken."""

    rows: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    origins: NDArray[np.uint32]


class Misses(NamedTuple):
    """Room for what is not learned.

    holes: int32[holes, 4], the row, the tree, where the walk fell off, and for the tree of a step property the way,
    else -1; when the room is used up, rows are put off all the same and met again. deferred: int32, the rows put off.
    """

    holes: NDArray[np.int32]
    deferred: NDArray[np.int32]


class Scratch(NamedTuple):
    """Working memory.

    candidates: int32[room, 2], source row and way of each step not looked up yet. fingerprints: uint64[room, 2], of
    the states they lead to. leaves: int32[leaves, 2], root and number of those of one row. lists: int32[leaves], what
    is left to walk. pair: [1, 2 * columns], two rows side by side.
    """

    candidates: NDArray[np.int32]
    fingerprints: NDArray[np.uint64]
    leaves: NDArray[np.int32]
    lists: NDArray[np.int32]
    pair: NDArray[np.uint8]


BLOCK = 64
"""How many rows are walked before their candidates are looked up."""

MOST_DIRECT = 2**20
"""More trees than are ever given up."""


@part
def walk(rows: NDArray[np.uint8], r: int, nodes: NDArray[np.int64], child: int, hole: int) -> tuple[int, int]:
    """From a root to a leaf or a hole: the child found, and its place in the array (`hole` when that is the root)."""
    while child >= 0:
        hole = (child >> COLUMN_BITS) + rows[r, child & COLUMN_MASK]
        child = nodes[hole]
    return child, hole


@part
def note_miss(misses: Misses, counts: NDArray[np.int64], row: int, tree: int, hole: int, way: int) -> None:
    """Write down a hole, while there is room."""
    number = counts[MISSES]
    if number < misses.holes.shape[0]:
        misses.holes[number, 0] = row
        misses.holes[number, 1] = tree
        misses.holes[number, 2] = hole
        misses.holes[number, 3] = way
        counts[MISSES] += 1


@part
def note_edge(edges: NDArray[np.uint32], counts: NDArray[np.int64], source: int, label: int, target: int) -> None:
    """Write down an edge: uint32[edges, 3], the states it leads from and to, and between them the instance."""
    edges[counts[EDGES], 0] = source
    edges[counts[EDGES], 1] = label
    edges[counts[EDGES], 2] = target
    counts[EDGES] += 1


@part
def changes_row(rows: NDArray[np.uint8], r: int, ways: WayArrays, way: int) -> bool:
    """Whether a way changes something in a row."""
    if ways.ways[way, SURE] < ways.ways[way, END]:
        return True
    for write in range(ways.ways[way, FIRST], ways.ways[way, SURE]):
        if rows[r, ways.writes[write, 0]] != ways.writes[write, 1]:
            return True
    return False


@part
def child_of_root(level: Level, r: int, trees: Trees, root: int) -> int:
    """Where the walk of a tree begins on a row."""
    child = int(trees.roots[root])
    return child if child >= DIRECT + MOST_DIRECT else int(level.told[child - DIRECT, r])


@part
def find_leaves(level: Level, r: int, trees: Trees, misses: Misses, scratch: Scratch, counts: NDArray[np.int64]) -> int:
    """Collect the leaves of all instances that have a way, by root; how many, or -1 when some tree has a hole."""
    rows, bundles, lists, leaves = level.rows, trees.bundles, scratch.lists, scratch.leaves
    found, waiting = 0, 1
    lists[0] = 0
    while waiting > 0:
        waiting -= 1
        place = lists[waiting] + 2
        alone, bundled = bundles[place - 2], bundles[place - 1]
        for _ in range(alone):
            root, cell = bundles[place], bundles[place + 1]
            place += 2
            child = int(trees.nodes[cell]) if cell >= 0 else child_of_root(level, r, trees, root)
            child, _ = walk(rows, r, trees.nodes, child, 0)
            if child == -1:
                note_holes(level, r, trees, misses, counts)
                return -1
            if child != -2:
                index = found
                while index > 0 and leaves[index - 1, 0] > root:
                    leaves[index, 0], leaves[index, 1] = leaves[index - 1, 0], leaves[index - 1, 1]
                    index -= 1
                leaves[index, 0], leaves[index, 1] = root, -2 - child
                found += 1
        for _ in range(bundled):
            bundle = bundles[place]
            place += 1
            rest = bundles[bundle + 1 + rows[r, bundles[bundle]]]
            if rest > 0:
                lists[waiting] = rest
                waiting += 1
    return found


@part
def note_holes(level: Level, r: int, trees: Trees, misses: Misses, counts: NDArray[np.int64]) -> None:
    """Write down the holes of all trees on a row."""
    for root in range(trees.first, trees.end):
        child, hole = walk(level.rows, r, trees.nodes, child_of_root(level, r, trees, root), -1 - root)
        if child == -1:
            note_miss(misses, counts, r, root, hole, -1)


@part
def add_clock(
    level: Level,
    r: int,
    leaves: int,
    trees: Trees,
    ways: WayArrays,
    misses: Misses,
    scratch: Scratch,
    counts: NDArray[np.int64],
) -> int:
    """Let the clock pass, too, where nothing is awaited; returns the number of leaves, or -1."""
    for index in range(leaves):
        leaf = scratch.leaves[index, 1]
        if ways.leaves[leaf, 1] & 2:
            return leaves
        for way in range(ways.leaves[leaf, 0], ways.leaves[leaf + 1, 0]):
            if ways.ways[way, FLAGS] & 1 and changes_row(level.rows, r, ways, way):
                return leaves
    child, hole = walk(level.rows, r, trees.nodes, int(trees.roots[trees.clock]), -1 - trees.clock)
    if child == -1:
        note_miss(misses, counts, r, trees.clock, hole, -1)
        return -1
    if child != -2:
        scratch.leaves[leaves, 0], scratch.leaves[leaves, 1] = trees.clock, -2 - child
        return leaves + 1
    return leaves


@part
def judge_steps(
    level: Level,
    r: int,
    leaves: int,
    ways: WayArrays,
    trees: StepTrees,
    misses: Misses,
    scratch: Scratch,
    counts: NDArray[np.int64],
) -> int:
    """Let the step properties look at every step from a row; returns the number of leaves, or -1."""
    rows, pair = level.rows, scratch.pair
    columns = rows.shape[1]
    missed = False
    for column in range(columns):
        pair[0, column] = pair[0, columns + column] = rows[r, column]
    for index in range(leaves):
        leaf = scratch.leaves[index, 1]
        for way in range(ways.leaves[leaf, 0], ways.leaves[leaf + 1, 0]):
            if not (ways.ways[way, FLAGS] & 2 or changes_row(rows, r, ways, way)):
                continue
            for write in range(ways.ways[way, FIRST], ways.ways[way, END]):
                pair[0, columns + ways.writes[write, 0]] = ways.writes[write, 1]
            for write in range(ways.ways[way, RAW], ways.ways[way + 1, RAW]):
                pair[0, columns + ways.raw[write, 0]] = ways.raw[write, 1]
            for number in range(trees.asked.shape[0]):
                root = trees.asked[number, 0] + trees.asked[number, 1] * ways.ways[way, LABEL]
                child, hole = walk(pair, 0, trees.nodes, int(trees.roots[root]), -1 - root)
                if child == -1:
                    note_miss(misses, counts, r, root, hole, way)
                    missed = True
                elif not trees.seen[-2 - child]:
                    trees.seen[-2 - child] = 1
                    trees.places[-2 - child, 0] = level.first_number + r
                    trees.places[-2 - child, 1] = way
            for write in range(ways.ways[way, FIRST], ways.ways[way, END]):
                pair[0, columns + ways.writes[write, 0]] = rows[r, ways.writes[write, 0]]
            for write in range(ways.ways[way, RAW], ways.ways[way + 1, RAW]):
                pair[0, columns + ways.raw[write, 0]] = rows[r, ways.raw[write, 0]]
    return -1 if missed else leaves


@part
def emit(
    level: Level,
    r: int,
    leaves: int,
    waiting: int,
    ways: WayArrays,
    numbers: Numbers,
    orbits: Orbits | None,
    table: Table,
    edges: NDArray[np.uint32],
    scratch: Scratch,
    counts: NDArray[np.int64],
) -> int:
    """Add the steps from a row to the candidates; returns how many there are now."""
    rows = level.rows
    one, two = level.hashes[r, 0], level.hashes[r, 1]
    before, mask = waiting, np.uint64(table.first.shape[0] - 1)
    if orbits is not None:
        begin_orbit(rows, r, orbits)
    for index in range(leaves):
        leaf = scratch.leaves[index, 1]
        if ways.leaves[leaf, 1] & 1:
            ways.leaf_seen[leaf] = 1
            level.marks[r] |= MOVED
            if edges.shape[0] > 0:
                note_edge(edges, counts, level.first_number + r, leaf, UNKNOWN)
        for way in range(ways.leaves[leaf, 0], ways.leaves[leaf + 1, 0]):
            changed = ways.ways[way, SURE] < ways.ways[way, END]
            first, second = one ^ ways.delta[way, 0], two ^ ways.delta[way, 1]
            for write in range(ways.ways[way, FIRST], ways.ways[way, SURE]):
                column, value = ways.writes[write, 0], ways.writes[write, 1]
                old = int(rows[r, column])
                if old != value:
                    changed = True
                    place = numbers.offset[column]
                    first ^= numbers.numbers[0, place + old] ^ numbers.numbers[0, place + value]
                    second ^= numbers.numbers[1, place + old] ^ numbers.numbers[1, place + value]
            if changed:
                ways.seen[way] |= 3
                scratch.fingerprints[waiting, 0] = first
                scratch.fingerprints[waiting, 1] = second
                scratch.candidates[waiting, 0] = r
                scratch.candidates[waiting, 1] = way
                if orbits is not None:
                    first = orbit_of_step(rows, r, way, waiting, ways, orbits)
                prefetch(table.first, first & mask)
                waiting += 1
            else:
                counts[STUTTERING] += 1
                if ways.ways[way, FLAGS] & 2:
                    ways.seen[way] |= 1
    if waiting > before:
        level.marks[r] |= MOVED
    return waiting


@part
def add_state(
    level: Level, candidate: int, ways: WayArrays, found: Found, scratch: Scratch, counts: NDArray[np.int64]
) -> None:
    """Keep the row that a candidate leads to."""
    new, r, way = counts[NEW], scratch.candidates[candidate, 0], scratch.candidates[candidate, 1]
    for column in range(level.rows.shape[1]):
        found.rows[new, column] = level.rows[r, column]
    for write in range(ways.ways[way, FIRST], ways.ways[way, END]):
        found.rows[new, ways.writes[write, 0]] = ways.writes[write, 1]
    found.hashes[new, 0] = scratch.fingerprints[candidate, 0]
    found.hashes[new, 1] = scratch.fingerprints[candidate, 1]
    found.origins[new, 0] = level.first_number + r
    found.origins[new, 1] = way
    counts[NEW] += 1


@part
def look_up(
    level: Level,
    waiting: int,
    ways: WayArrays,
    orbits: Orbits | None,
    table: Table,
    found: Found,
    edges: NDArray[np.uint32],
    scratch: Scratch,
    counts: NDArray[np.int64],
    done: int,
    known_states: int,
    most_states: int,
) -> None:
    """Look the candidates up, and keep those that are new. Rows whose steps do not fit the bound are not done."""
    keys = scratch.fingerprints
    if orbits is not None:
        keys = orbits.found
    mask, one = np.uint64(table.first.shape[0] - 1), np.uint64(1)
    wide, graph = table.second.shape[0] > 1, table.state.shape[0] > 1
    for candidate in range(waiting):
        fingerprint, other = keys[candidate, 0], keys[candidate, 1]
        if fingerprint == 0:
            fingerprint = one
        place = fingerprint & mask
        while table.first[place] != 0:
            if table.first[place] == fingerprint and (not wide or table.second[place] == other):
                break
            place = (place + one) & mask
        if table.first[place] == 0:
            if known_states + counts[NEW] >= most_states:
                counts[FULL] = 1
                for rest in range(candidate, waiting):
                    level.marks[scratch.candidates[rest, 0]] &= ~np.uint8(done)
                return
            table.first[place] = fingerprint
            if wide:
                table.second[place] = other
            if graph:
                table.state[place] = known_states + counts[NEW]
                if orbits is not None:
                    table.plain[place] = scratch.fingerprints[candidate, 0]
            add_state(level, candidate, ways, found, scratch, counts)
        counts[TRANSITIONS] += 1
        if graph:
            r, label = scratch.candidates[candidate, 0], int(ways.ways[scratch.candidates[candidate, 1], LABEL])
            if orbits is not None:
                label |= RENAMED * (table.plain[place] != scratch.fingerprints[candidate, 0])
            note_edge(edges, counts, level.first_number + r, label, table.state[place])


@compiled
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
    """Take every step from some rows of a level; returns the index in `todo` where it stopped.

    It stops early where room may run out, for the caller to make more and go on. A row on which some tree has a hole is
    put off whole. done: the mark that finished rows get. known_states: how many states there are without those that
    this level finds. most_states: the bound.
    """
    room = scratch.candidates.shape[0]
    most_load = (table.first.shape[0] * 3) // 4
    graph = table.state.shape[0] > 1
    position, block = 0, 0
    # A literal would have a type of its own, and what it is given to would be compiled twice.
    waiting: int = np.int64(0)  # type: ignore[assignment]
    while position < todo.shape[0] and counts[DEFERRED] < misses.deferred.shape[0]:
        new = counts[NEW] + room
        if new > found.origins.shape[0] or known_states + new > most_load:
            break
        if graph and counts[EDGES] + 2 * room > edges.shape[0]:
            break
        r = todo[position]
        leaves = find_leaves(level, r, trees, misses, scratch, counts)
        if leaves >= 0 and trees.clock >= 0:
            leaves = add_clock(level, r, leaves, trees, ways, misses, scratch, counts)
        if step_trees is not None and leaves > 0:
            leaves = judge_steps(level, r, leaves, ways, step_trees, misses, scratch, counts)
        if leaves < 0:
            misses.deferred[counts[DEFERRED]] = r
            counts[DEFERRED] += 1
            position += 1
        elif block < BLOCK and waiting + ways.most <= room:
            waiting = emit(level, r, leaves, waiting, ways, numbers, orbits, table, edges, scratch, counts)
            level.marks[r] |= done
            block += 1
            position += 1
        else:  # the block is full, and this row has to wait for the next one
            look_up(level, waiting, ways, orbits, table, found, edges, scratch, counts, done, known_states, most_states)
            waiting, block = waiting * 0, 0
            if counts[FULL]:
                return position
    look_up(level, waiting, ways, orbits, table, found, edges, scratch, counts, done, known_states, most_states)
    return position
