"""A search as numbers: what a checkpoint holds of it, and how it is put back.

There is no value of the model among them: which value a number stands for comes out of repeating the calls of the
journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clusterproof.checker.judging import Finding, Place
from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.archive import Archive
from clusterproof.checker.learned.kernel import Table
from clusterproof.checker.search import LevelCounts
from clusterproof.compiled import Instance, Step

if TYPE_CHECKING:
    from clusterproof.checker.learned.search import LearnedSearch

ROW_KINDS = (np.uint8, np.uint16, np.uint32)


# ---------------------------------------------------------------- writing
def header_of(search: LearnedSearch) -> dict[str, Any]:
    """What is no array, as JSON takes it."""
    learner, rooms = search.learner, search.rooms
    return {
        "first": search.trail.first,
        "buckets": search.trail.buckets,
        "levels": [(one.states, one.transitions, one.stuttering) for one in search.level_counts],
        "transitions": search.transitions,
        "stuttering": search.stuttering,
        "full_states": search.full_states,
        "chunk": search.chunk,
        "rooms": [len(rooms.found.origins), len(rooms.edges), len(rooms.scratch.candidates)],
        "calls": learner.calls,
        "looked_at": learner.looked_at,
        "refuted": search.notes.refuted,
        "findings": [_told(finding) for finding in search.findings],
    }


def arrays_of(search: LearnedSearch) -> dict[str, Sequence[NDArray[Any]]]:
    """The arrays, each in parts that follow one another."""
    learner = search.learner
    ways, states, steps = learner.ways, learner.state_judgements, learner.step_judgements
    found: dict[str, Sequence[NDArray[Any]]] = {
        "level": [search.level],
        "hashes": [search.hashes],
        "origins": search.trail.origins,
        "marks": search.marks,
        "edges": search.edges or [np.zeros((0, 3), np.uint32)],
        "learned_per_root": [learner.learned],
        "actions_before": [learner.learned_before[0]],
        "states_before": [learner.learned_before[1]],
        "leaves_seen": [ways.leaves_seen],
        "ways_seen": [ways.seen],
        "states_seen": [states.seen.items],
        "state_places": [states.places.items],
        "steps_seen": [steps.seen.items],
        "step_places": [steps.places.items],
    }
    found |= {f"table_{name}": [part] for name, part in search.rooms.table._asdict().items()}
    found |= {f"kept_{level}": [rows] for level, rows in enumerate(search.kept_rows)}
    for number, finding in enumerate(search.findings):
        found[f"good_{number}"] = [np.frombuffer(finding.good, np.uint8)]
        found[f"given_{number}"] = [np.frombuffer(finding.given, np.uint8)]
    journal = learner.journal
    if journal is not None:
        found |= {name: [part] for name, part in journal.arrays().items()}
    return found


# ---------------------------------------------------------------- reading
def restore(search: LearnedSearch, archive: Archive) -> None:
    """Put everything back but what was learned, which the search knows again by now.

    Raises CheckpointError, and what comes of headers in which parts are missing or something else.
    """
    header = archive.header
    first = [int(number) for number in header["first"]]
    _restore_trail(search, archive, first)
    _restore_level(search, archive)
    search.level_counts = [LevelCounts(*map(int, each)) for each in header["levels"]]
    search.full_states = int(header["full_states"])
    if len(search.level_counts) not in (len(first) - 1, len(first)):
        raise archive.error("its levels do not fit together")
    _restore_kept_rows(search, archive)
    _restore_rooms(search, archive)
    _restore_learner(search, archive)
    _restore_findings(search, archive)


def _restore_trail(search: LearnedSearch, archive: Archive, first: list[int]) -> None:
    """The levels, and the way to every state."""
    learner, trail = search.learner, search.trail
    origins, starts = archive.array("origins", [np.uint32], -1, 2), len(trail.initial_rows)
    states = starts + len(origins)
    ends = [*first[1:], states]
    whole = first[0] == 0 and all(a < b for a, b in zip(first, ends, strict=True))
    if not whole or (len(first) > 1 and first[1] != starts):
        raise archive.error("its levels do not fit together")
    if len(origins) and (origins.max(axis=0) >= (states, len(learner.ways.taken))).any():
        raise archive.error("its ways do not fit together")
    trail.first, trail.states = first, states
    trail.buckets = [[int(end) for end in ends] for ends in archive.header["buckets"]]
    trail.origins = [origins[max(a - starts, 0) : max(b - starts, 0)] for a, b in zip(first, ends, strict=True)]
    if len(trail.buckets) != len(first):
        raise archive.error("its levels do not fit together")


def _restore_level(search: LearnedSearch, archive: Archive) -> None:
    """The level to be expanded next, if any, and what was done with the states of the others."""
    trail = search.trail
    search.level = _rows(search, archive, "level")
    search.hashes = archive.array("hashes", [np.uint64], len(search.level), 2)
    marks = archive.array("marks", [np.uint8], trail.states - len(search.level))
    ends = [*trail.first, trail.states]
    if len(marks) not in ends:
        raise archive.error("its levels do not fit together")
    search.marks = [marks[a:b] for a, b in pairwise(ends) if b <= len(marks)]
    if len(search.marks) < len(trail.first) - 1:
        raise archive.error("its levels do not fit together")


def _rows(search: LearnedSearch, archive: Archive, name: str) -> NDArray[Any]:
    """An array of rows, which may have fewer columns than there are now."""
    rows = archive.array(name, ROW_KINDS, -1, -1)
    capacity = np.array(search.learner.columns.capacity[: rows.shape[1]], np.int64)
    if rows.shape[1] != len(capacity) or (rows.max(axis=0, initial=0) >= capacity).any():
        raise archive.error("its rows do not fit its columns")
    return rows


def _restore_kept_rows(search: LearnedSearch, archive: Archive) -> None:
    """The states, level by level, where they are wanted."""
    if not search.keeps_rows:
        return
    search.kept_rows = [_rows(search, archive, f"kept_{level}") for level in range(len(search.marks))]
    if list(map(len, search.kept_rows)) != list(map(len, search.marks)):
        raise archive.error("its levels do not fit together")


def _restore_rooms(search: LearnedSearch, archive: Archive) -> None:
    rooms, header, states = search.rooms, archive.header, search.trail.states
    table = archive.array("table_first", [np.uint64], -1)
    size = len(table)
    if size & (size - 1) or not 0 < np.count_nonzero(table) <= states or 4 * states > 3 * size:
        raise archive.error("its table does not fit its states")
    second = archive.array("table_second", [np.uint64], size if rooms.wide else 1)
    state = archive.array("table_state", [np.uint32], size if rooms.graph else 1)
    plain = archive.array("table_plain", [np.uint64], size if rooms.graph and rooms.merging else 1)
    edges = archive.array("edges", [np.uint32], -1, 3)
    if len(edges) and (
        edges[:, 0].max() >= states or ((edges[:, 2] >= states) & (edges[:, 2] != kernel.UNKNOWN)).any()
    ):
        raise archive.error("its edges do not fit its states")
    rooms.table = Table(table, second, state, plain)
    search.edges = [edges] if len(edges) else []
    rooms.counts[kernel.TRANSITIONS] = header["transitions"]
    rooms.counts[kernel.STUTTERING] = header["stuttering"]
    rooms.restore(search.level, *map(int, header["rooms"]))
    search.chunk = int(header["chunk"])


def _restore_learner(search: LearnedSearch, archive: Archive) -> None:
    learner = search.learner
    learner.learned[:] = archive.array("learned_per_root", [np.int64], len(learner.learned))
    for before, name in zip(learner.learned_before, ("actions_before", "states_before"), strict=True):
        before[:] = archive.array(name, [np.int64], len(before))
    learner.looked_at = int(archive.header["looked_at"])
    learner.calls = {str(name): int(times) for name, times in archive.header["calls"].items()}
    ways = learner.ways
    ways.leaves_seen[:] = archive.array("leaves_seen", [np.uint8], len(ways.leaves_seen))
    ways.seen[:] = archive.array("ways_seen", [np.uint8], len(ways.seen))
    for judgements, seen, places in (
        (learner.state_judgements, "states_seen", "state_places"),
        (learner.step_judgements, "steps_seen", "step_places"),
    ):
        size = len(judgements.said)
        judgements.seen.items[:] = archive.array(seen, [np.uint8], size)
        judgements.places.items[:] = archive.array(places, [np.int64], size, 2)
        judgements.newly_seen()  # they were noted before


def _restore_findings(search: LearnedSearch, archive: Archive) -> None:
    search.notes.refuted = bool(archive.header["refuted"])
    by_number = {instance.number: instance for instance in search.learner.actors}
    told = zip(search.findings, archive.header["findings"], strict=True)
    for number, (finding, each) in enumerate(told):
        finding.good = bytearray(archive.array(f"good_{number}", [np.uint8], -1).tobytes())
        finding.given = bytearray(archive.array(f"given_{number}", [np.uint8], -1).tobytes())
        finding.said = set(map(str, each["said"]))
        finding.places = {str(says): _place(place, by_number) for says, place in each["places"]}
        place = each["error_place"]
        finding.error_place = None if place is None else _place(place, by_number)
        if (finding.error is None) is not (finding.error_place is None):
            raise archive.error("does not fit this model: a property raised an error once, and now it does not")


# ---------------------------------------------------------------- findings
def _told(finding: Finding) -> dict[str, Any]:
    return {
        "said": sorted(finding.said),
        "places": [(says, _place_told(place)) for says, place in finding.places.items()],
        "error_place": None if finding.error_place is None else _place_told(finding.error_place),
    }


def _place_told(place: Place) -> list[Any]:
    step = place.step
    if step is None:
        return [place.nearness, place.state, None]
    rows = [list(map(ord, row)) for row in (step.row, step.raw)]
    return [place.nearness, place.state, [step.instance.number, step.label, *rows, step.marks]]


def _place(told: Sequence[Any], by_number: Mapping[int, Instance]) -> Place:
    (depth, faults, order), state, step = told
    nearness = int(depth), int(faults), int(order)
    if step is None:
        return Place(nearness=nearness, state=int(state))
    number, label, row, raw, marks = step
    after, seen = ("".join(map(chr, codes)) for codes in (row, raw))
    return Place(
        nearness=nearness, state=int(state), step=Step(by_number[number], str(label), after, seen, tuple(marks))
    )
