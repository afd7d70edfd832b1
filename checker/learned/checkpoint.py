"""Checkpoints of a search: what it needs to go on, between two levels.

A checkpoint holds arrays of numbers and no value of the model: which value a number stands for comes out of repeating
the calls of the journal. What a search of another model, or another version, has written is refused.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from clusterproof.checker.judging import Finding, Place
from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.archive import Archive, CheckpointError, read_archive, read_header, write_archive
from clusterproof.checker.learned.journal import Journal, digest_of, replay
from clusterproof.checker.learned.kernel import Table
from clusterproof.checker.learned.model_hash import model_hash
from clusterproof.checker.search import Checkpoints, Cut, LevelCounts
from clusterproof.compiled import Instance, Step
from clusterproof.errors import SpecError, UserCodeError

if TYPE_CHECKING:
    from clusterproof.checker.learned.search import LearnedSearch

FORMAT = 1
FILE = "checkpoint.npz"

MOST_SHARE = 0.05
"""Writing takes no larger share of the time than this."""

ROW_KINDS = (np.uint8, np.uint16, np.uint32)


def checkpoint_file(wanted: Checkpoints) -> Path:
    """Where the checkpoint lies. Raises CheckpointError when it is missing, foreign, or there already."""
    path = wanted.directory / FILE
    if wanted.resume:
        _refuse_other_versions(path, read_header(path))
        return path
    if path.exists():
        raise CheckpointError(f"{path}: is there already; go on with --resume {wanted.directory}, or remove it")
    wanted.directory.mkdir(parents=True, exist_ok=True)
    return path


def _refuse_other_versions(path: Path, header: Mapping[str, Any]) -> None:
    told = {"format": FORMAT, "clusterproof": _version(), "python": _python()}
    for what, expected in told.items():
        found = header.get(what)
        if found != expected:
            raise CheckpointError(f"{path}: was written under {what} {found!s:.40}, and this is {what} {expected}")


def _version() -> str:
    try:
        return version("clusterproof")
    except PackageNotFoundError:
        return "not installed"


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


@define(eq=False)
class Checkpointer:
    """Writes checkpoints of one search, and takes the search back to one."""

    search: LearnedSearch
    wanted: Checkpoints
    path: Path = field(init=False)
    model: str = field(init=False)
    _due: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.path = checkpoint_file(self.wanted)
        search, options = self.search, self.search.options
        searched = options.fingerprint_bits, search.wants_graph
        self.model = model_hash(search.compiled, search.findings, searched)
        search.learner.journal = Journal(search.learner.initial_rows[0])
        self._due = time.monotonic() + self.wanted.every_seconds

    # ---------------------------------------------------------------- writing
    def level_done(self) -> None:
        """A level is expanded: write a checkpoint when it is time to. Raises Cut when that fails."""
        started = time.monotonic()
        if started < self._due:
            return
        try:
            write_archive(self.path, self._header(), self._arrays())
        except OSError as error:
            raise Cut(f"a checkpoint that could not be written: {error.strerror}") from None
        ended = time.monotonic()
        wait = 0.0 if not self.wanted.every_seconds else (ended - started) / MOST_SHARE
        self._due = ended + max(self.wanted.every_seconds, wait)

    def _header(self) -> dict[str, Any]:
        search, learner, rooms = self.search, self.search.learner, self.search.rooms
        return {
            "format": FORMAT,
            "clusterproof": _version(),
            "python": _python(),
            "model": self.model,
            "learned": digest_of(learner),
            "first": search.trail.first,
            "buckets": search.trail.buckets,
            "levels": [(one.states, one.transitions, one.stuttering) for one in search.level_counts],
            "transitions": search.transitions,
            "stuttering": search.stuttering,
            "chunk": search.chunk,
            "rooms": [len(rooms.found.origins), len(rooms.edges), len(rooms.scratch.candidates)],
            "calls": learner.calls,
            "refuted": search.notes.refuted,
            "findings": [_told(finding) for finding in search.findings],
        }

    def _arrays(self) -> dict[str, Sequence[NDArray[Any]]]:
        search, learner = self.search, self.search.learner
        ways, states, steps = learner.ways, learner.state_judgements, learner.step_judgements
        found: dict[str, Sequence[NDArray[Any]]] = {
            "level": [search.level],
            "hashes": [search.hashes],
            "origins": search.trail.origins,
            "marks": search.marks,
            "edges": search.edges or [np.zeros((0, 3), np.uint32)],
            "learned_per_root": [learner.learned],
            "leaves_seen": [ways.leaves_seen],
            "ways_seen": [ways.seen],
            "states_seen": [states.seen.items],
            "state_places": [states.places.items],
            "steps_seen": [steps.seen.items],
            "step_places": [steps.places.items],
        }
        for name, part in search.rooms.table._asdict().items():
            found[f"table_{name}"] = [part]
        for number, finding in enumerate(search.findings):
            found[f"good_{number}"] = [np.frombuffer(finding.good, np.uint8)]
            found[f"given_{number}"] = [np.frombuffer(finding.given, np.uint8)]
        journal = learner.journal
        if journal is not None:
            found |= {name: [part] for name, part in journal.arrays().items()}
        return found

    # ---------------------------------------------------------------- reading
    def resume(self) -> None:
        """Take the search to where the checkpoint was written. Raises CheckpointError."""
        archive = read_archive(self.path)
        if archive.header.get("model") != self.model:
            raise archive.error("is of another model, or of other properties, than what is checked now")
        try:
            self._repeat_calls(archive)
            self._restore(archive)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise archive.error(f"does not fit this model: {type(error).__name__}: {error}") from None

    def _repeat_calls(self, archive: Archive) -> None:
        learner = self.search.learner
        calls, differences = archive.array("calls", [np.int64], 4, -1), archive.array("differences", [np.uint32], 2, -1)
        try:
            replay(learner, calls, differences)
        except (SpecError, UserCodeError) as error:
            raise archive.error(f"does not fit this model: {' '.join(str(error).split())}") from None
        if digest_of(learner) != archive.header["learned"]:
            raise archive.error("does not fit this model: its functions do something else than when it was written")

    def _restore(self, archive: Archive) -> None:
        search, learner, header = self.search, self.search.learner, archive.header
        first, states = [int(number) for number in header["first"]], 0
        origins = archive.array("origins", [np.uint32], -1, 2)
        level = archive.array("level", ROW_KINDS, -1, -1)
        starts = len(learner.initial_rows)
        states = starts + len(origins)
        marks = archive.array("marks", [np.uint8], states - len(level))
        ends = [*first[1:], states]
        whole = first[0] == 0 and all(a < b for a, b in zip(first, ends, strict=True))
        if not whole or states - first[-1] != len(level) or (len(first) > 1 and first[1] != starts):
            raise archive.error("its levels do not fit together")
        capacity = np.array(learner.columns.capacity[: level.shape[1]], np.int64)
        if level.shape[1] != len(capacity) or (level.max(axis=0, initial=0) >= capacity).any():
            raise archive.error("its rows do not fit its columns")
        if len(origins) and (origins.max(axis=0) >= (states, len(learner.ways.taken))).any():
            raise archive.error("its ways do not fit together")
        search.level, search.hashes = level, archive.array("hashes", [np.uint64], len(level), 2)
        trail = search.trail
        trail.first, trail.states = first, states
        trail.buckets = [[int(end) for end in ends] for ends in header["buckets"]]
        trail.origins = [origins[max(a - starts, 0) : max(b - starts, 0)] for a, b in zip(first, ends, strict=True)]
        search.marks = [marks[a:b] for a, b in pairwise(first)]
        search.level_counts = [LevelCounts(*map(int, each)) for each in header["levels"]]
        if not len(trail.buckets) == len(first) == len(search.marks) + 1 == len(search.level_counts) + 1:
            raise archive.error("its levels do not fit together")
        self._restore_rooms(archive, states)
        self._restore_learner(archive)
        self._restore_findings(archive)

    def _restore_rooms(self, archive: Archive, states: int) -> None:
        rooms, header = self.search.rooms, archive.header
        table = archive.array("table_first", [np.uint64], -1)
        size = len(table)
        if size & (size - 1) or not 0 < np.count_nonzero(table) <= states or 4 * states > 3 * size:
            raise archive.error("its table does not fit its states")
        second = archive.array("table_second", [np.uint64], size if rooms.wide else 1)
        state = archive.array("table_state", [np.uint32], size if rooms.graph else 1)
        edges = archive.array("edges", [np.uint32], -1, 3)
        if len(edges) and (
            edges[:, 0].max() >= states or ((edges[:, 2] >= states) & (edges[:, 2] != kernel.UNKNOWN)).any()
        ):
            raise archive.error("its edges do not fit its states")
        rooms.table = Table(table, second, state, np.zeros(1, np.uint64))
        self.search.edges = [edges] if len(edges) else []
        rooms.counts[kernel.TRANSITIONS] = header["transitions"]
        rooms.counts[kernel.STUTTERING] = header["stuttering"]
        rooms.restore(self.search.level, *map(int, header["rooms"]))
        self.search.chunk = int(header["chunk"])

    def _restore_learner(self, archive: Archive) -> None:
        learner = self.search.learner
        learner.learned[:] = archive.array("learned_per_root", [np.int64], len(learner.actors))
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

    def _restore_findings(self, archive: Archive) -> None:
        search = self.search
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
