"""The inner loop, compiled: walk the trees of each row, change fingerprints, and keep what is new.

Nothing here knows what a state means. Every argument is a number or a flat array; the tuples name them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.learned.machine_code import compiled
from clusterproof.checker.learned.ways import WayArrays

UNKNOWN = 0xFFFFFFFF
"""The target of a step that wanted an id from an exhausted pool."""

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
    told: int32[direct instances, rows], the leaves of the instances whose functions are called for every row.
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
    """A forest: see Forest for nodes and roots. first, end: the roots to walk. clock: the root of the clock, or -1."""

    nodes: NDArray[np.int32]
    roots: NDArray[np.int32]
    first: int
    end: int
    clock: int


class StepTrees(NamedTuple):
    """The trees of step properties.

    nodes, roots: as in Forest, over two rows side by side. base: int32[properties], the root of each. by_step:
    uint8[properties], whether there is a root per instance from there on. seen: uint8, leaf -> met. source, way:
    leaf -> number of the state, and the way, where it was first met.
    """

    nodes: NDArray[np.int32]
    roots: NDArray[np.int32]
    base: NDArray[np.int32]
    by_step: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    source: NDArray[np.int64]
    way: NDArray[np.int32]


class Table(NamedTuple):
    """All states seen: open addressing, linear probing.

    first: uint64[size], fingerprints, 0 for a free place. second: uint64[size], a second one of each, or of size 1 when
    one is enough. state: uint32[size], numbers of the states, or of size 1 when nobody asks.
    """

    first: NDArray[np.uint64]
    second: NDArray[np.uint64]
    state: NDArray[np.uint32]


class Found(NamedTuple):
    """Room for what is new: rows, their two fingerprints, the number of the state before and the way taken."""

    rows: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    parent: NDArray[np.uint32]
    way: NDArray[np.uint32]


class Edges(NamedTuple):
    """Room for edges, uint32, int32 and uint32; of size 0 when nobody asks."""

    source: NDArray[np.uint32]
    label: NDArray[np.int32]
    target: NDArray[np.uint32]


class Misses(NamedTuple):
    """Room for what is not learned: the row, the tree, and where the walk fell off; and the rows put off.

    way: the step for a tree of a step property, else -1. All int32. When the room is used up, rows are put off all the
    same and met again.
    """

    row: NDArray[np.int32]
    tree: NDArray[np.int32]
    hole: NDArray[np.int32]
    way: NDArray[np.int32]
    deferred: NDArray[np.int32]


class Scratch(NamedTuple):
    """Working memory: candidates (fingerprints, source row, way), the leaves of one row, and two rows side by side."""

    first: NDArray[np.uint64]
    second: NDArray[np.uint64]
    row: NDArray[np.int32]
    way: NDArray[np.int32]
    leaves: NDArray[np.int32]
    pair: NDArray[np.uint8]


BLOCK = 64
"""How many rows are walked before their candidates are looked up."""

DIRECT = -(2**31)
"""DIRECT + n is the root of the n-th instance whose function is called for every row: see Level.told."""

MOST_DIRECT = 2**20


@compiled
def walk(rows: NDArray[np.uint8], r: int, nodes: NDArray[np.int32], child: int, hole: int) -> tuple[int, int]:
    """From a root to a leaf or a hole: the child found, and its place in the array (`hole` when that is the root)."""
    while child >= 0:
        hole = child + 1 + rows[r, nodes[child]]
        child = nodes[hole]
    return child, hole


@compiled
def note_miss(misses: Misses, counts: NDArray[np.int64], row: int, tree: int, hole: int, way: int) -> None:
    """Write down a hole, while there is room."""
    number = counts[MISSES]
    if number < misses.row.shape[0]:
        misses.row[number] = row
        misses.tree[number] = tree
        misses.hole[number] = hole
        misses.way[number] = way
        counts[MISSES] += 1


@compiled
def changes_row(rows: NDArray[np.uint8], r: int, ways: WayArrays, way: int) -> bool:
    """Whether a way changes something in a row."""
    if ways.sure[way] < ways.end[way]:
        return True
    for write in range(ways.first[way], ways.sure[way]):
        if rows[r, ways.column[write]] != ways.value[write]:
            return True
    return False


@compiled
def find_leaves(level: Level, r: int, trees: Trees, misses: Misses, scratch: Scratch, counts: NDArray[np.int64]) -> int:
    """Collect the leaves of all instances that have a way; returns how many, or -1 when some tree has a hole."""
    leaves = 0
    missed = False
    for root in range(trees.first, trees.end):
        child = np.int64(trees.roots[root])
        if child < DIRECT + MOST_DIRECT:
            child = np.int64(level.told[child - DIRECT, r])
        child, hole = walk(level.rows, r, trees.nodes, child, -1 - root)
        if child == -1:
            note_miss(misses, counts, r, root, hole, -1)
            missed = True
        elif child != -2:
            scratch.leaves[leaves] = -2 - child
            leaves += 1
    return -1 if missed else leaves


@compiled
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
        leaf = scratch.leaves[index]
        if ways.leaf_flags[leaf] & 2:
            return leaves
        for way in range(ways.leaf_first[leaf], ways.leaf_first[leaf + 1]):
            if ways.flags[way] & 1 and changes_row(level.rows, r, ways, way):
                return leaves
    child, hole = walk(level.rows, r, trees.nodes, np.int64(trees.roots[trees.clock]), -1 - trees.clock)
    if child == -1:
        note_miss(misses, counts, r, trees.clock, hole, -1)
        return -1
    if child != -2:
        scratch.leaves[leaves] = -2 - child
        return leaves + 1
    return leaves


@compiled
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
        leaf = scratch.leaves[index]
        for way in range(ways.leaf_first[leaf], ways.leaf_first[leaf + 1]):
            if not (ways.flags[way] & 2 or changes_row(rows, r, ways, way)):
                continue
            for write in range(ways.first[way], ways.end[way]):
                pair[0, columns + ways.column[write]] = ways.value[write]
            for write in range(ways.raw_first[way], ways.raw_first[way + 1]):
                pair[0, columns + ways.raw_column[write]] = ways.raw_value[write]
            for number in range(trees.base.shape[0]):
                root = trees.base[number] + (ways.label[way] if trees.by_step[number] else 0)
                child, hole = walk(pair, 0, trees.nodes, np.int64(trees.roots[root]), -1 - root)
                if child == -1:
                    note_miss(misses, counts, r, root, hole, way)
                    missed = True
                elif not trees.seen[-2 - child]:
                    trees.seen[-2 - child] = 1
                    trees.source[-2 - child] = level.first_number + r
                    trees.way[-2 - child] = way
            for write in range(ways.first[way], ways.end[way]):
                pair[0, columns + ways.column[write]] = rows[r, ways.column[write]]
            for write in range(ways.raw_first[way], ways.raw_first[way + 1]):
                pair[0, columns + ways.raw_column[write]] = rows[r, ways.raw_column[write]]
    return -1 if missed else leaves


@compiled
def emit(
    level: Level,
    r: int,
    leaves: int,
    waiting: int,
    ways: WayArrays,
    numbers: Numbers,
    edges: Edges,
    scratch: Scratch,
    counts: NDArray[np.int64],
) -> int:
    """Add the steps from a row to the candidates; returns how many there are now."""
    rows = level.rows
    one, two = level.hashes[r, 0], level.hashes[r, 1]
    before = waiting
    for index in range(leaves):
        leaf = scratch.leaves[index]
        if ways.leaf_flags[leaf] & 1:
            ways.leaf_seen[leaf] = 1
            level.marks[r] |= MOVED
            if edges.source.shape[0] > 0:
                edges.source[counts[EDGES]] = level.first_number + r
                edges.label[counts[EDGES]] = -1 - leaf
                edges.target[counts[EDGES]] = UNKNOWN
                counts[EDGES] += 1
        for way in range(ways.leaf_first[leaf], ways.leaf_first[leaf + 1]):
            changed = ways.sure[way] < ways.end[way]
            first, second = one ^ ways.delta[0, way], two ^ ways.delta[1, way]
            for write in range(ways.first[way], ways.sure[way]):
                column, value = ways.column[write], ways.value[write]
                old = np.int64(rows[r, column])
                if old != value:
                    changed = True
                    place = numbers.offset[column]
                    first ^= numbers.numbers[0, place + old] ^ numbers.numbers[0, place + value]
                    second ^= numbers.numbers[1, place + old] ^ numbers.numbers[1, place + value]
            if changed:
                ways.seen[way] |= 3
                scratch.first[waiting] = first
                scratch.second[waiting] = second
                scratch.row[waiting] = r
                scratch.way[waiting] = way
                waiting += 1
            else:
                counts[STUTTERING] += 1
                if ways.flags[way] & 2:
                    ways.seen[way] |= 1
    if waiting > before:
        level.marks[r] |= MOVED
    return waiting


@compiled
def add_state(
    level: Level, candidate: int, ways: WayArrays, found: Found, scratch: Scratch, counts: NDArray[np.int64]
) -> None:
    """Keep the row that a candidate leads to."""
    new, r, way = counts[NEW], scratch.row[candidate], scratch.way[candidate]
    for column in range(level.rows.shape[1]):
        found.rows[new, column] = level.rows[r, column]
    for write in range(ways.first[way], ways.end[way]):
        found.rows[new, ways.column[write]] = ways.value[write]
    found.hashes[new, 0] = scratch.first[candidate]
    found.hashes[new, 1] = scratch.second[candidate]
    found.parent[new] = level.first_number + r
    found.way[new] = way
    counts[NEW] += 1


@compiled
def look_up(
    level: Level,
    waiting: int,
    ways: WayArrays,
    table: Table,
    found: Found,
    edges: Edges,
    scratch: Scratch,
    counts: NDArray[np.int64],
    done: int,
    known_states: int,
    most_states: int,
) -> None:
    """Look the candidates up, and keep those that are new. Rows whose steps do not fit the bound are not done."""
    mask, one = np.uint64(table.first.shape[0] - 1), np.uint64(1)
    wide, graph = table.second.shape[0] > 1, table.state.shape[0] > 1
    for candidate in range(waiting):
        fingerprint = scratch.first[candidate]
        if fingerprint == 0:
            fingerprint = one
        place = fingerprint & mask
        while table.first[place] != 0:
            if table.first[place] == fingerprint and (not wide or table.second[place] == scratch.second[candidate]):
                break
            place = (place + one) & mask
        if table.first[place] == 0:
            if known_states + counts[NEW] >= most_states:
                counts[FULL] = 1
                for rest in range(candidate, waiting):
                    level.marks[scratch.row[rest]] &= ~np.uint8(done)
                return
            table.first[place] = fingerprint
            if wide:
                table.second[place] = scratch.second[candidate]
            if graph:
                table.state[place] = known_states + counts[NEW]
            add_state(level, candidate, ways, found, scratch, counts)
        counts[TRANSITIONS] += 1
        if graph:
            edges.source[counts[EDGES]] = level.first_number + scratch.row[candidate]
            edges.label[counts[EDGES]] = ways.label[scratch.way[candidate]]
            edges.target[counts[EDGES]] = table.state[place]
            counts[EDGES] += 1


@compiled
def most_ways(leaves: int, ways: WayArrays, scratch: Scratch) -> int:
    """How many candidates some leaves may give."""
    most = 0
    for index in range(leaves):
        leaf = scratch.leaves[index]
        most += ways.leaf_first[leaf + 1] - ways.leaf_first[leaf]
    return most


@compiled
def expand(
    level: Level,
    todo: NDArray[np.int32],
    trees: Trees,
    ways: WayArrays,
    numbers: Numbers,
    step_trees: StepTrees,
    table: Table,
    found: Found,
    edges: Edges,
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
    room = scratch.row.shape[0]
    most_load = (table.first.shape[0] * 3) // 4
    graph = table.state.shape[0] > 1
    waiting, block, position = 0, 0, 0
    while position < todo.shape[0] and counts[DEFERRED] < misses.deferred.shape[0]:
        new = counts[NEW] + room
        if new > found.parent.shape[0] or known_states + new > most_load:
            break
        if graph and counts[EDGES] + 2 * room > edges.source.shape[0]:
            break
        r = todo[position]
        leaves = find_leaves(level, r, trees, misses, scratch, counts)
        if leaves >= 0 and trees.clock >= 0:
            leaves = add_clock(level, r, leaves, trees, ways, misses, scratch, counts)
        if leaves > 0 and step_trees.base.shape[0] > 0:
            leaves = judge_steps(level, r, leaves, ways, step_trees, misses, scratch, counts)
        if leaves < 0:
            misses.deferred[counts[DEFERRED]] = r
            counts[DEFERRED] += 1
            position += 1
        elif block < BLOCK and waiting + most_ways(leaves, ways, scratch) <= room:
            waiting = emit(level, r, leaves, waiting, ways, numbers, edges, scratch, counts)
            level.marks[r] |= done
            block += 1
            position += 1
        else:  # the block is full, and this row has to wait for the next one
            look_up(level, waiting, ways, table, found, edges, scratch, counts, done, known_states, most_states)
            waiting, block = 0, 0
            if counts[FULL]:
                return position
    look_up(level, waiting, ways, table, found, edges, scratch, counts, done, known_states, most_states)
    return position
