"""Checkpoints of a search: what it needs to go on, between two levels, and what came of it once it has ended.

Going on repeats the calls that taught the search something, so that whoever looks on sees all of them again, and then
puts back what compiled code made of them. What another check, or another version, has written is refused.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field

from clusterproof.checker.checkpoints import CheckpointDirectory
from clusterproof.checker.learned.archive import Archive, read_archive, write_archive
from clusterproof.checker.learned.journal import Journal, digest_of, numbering_of, replay
from clusterproof.checker.learned.model_hash import canonical, digest
from clusterproof.checker.learned.saved_search import arrays_of, header_of, restore
from clusterproof.checker.search import Cut
from clusterproof.errors import SpecError, UserCodeError

if TYPE_CHECKING:
    from clusterproof.checker.learned.search import LearnedSearch

MOST_SHARE = 0.05
"""Writing takes no larger share of the time than this."""


@define(eq=False)
class Checkpointer:
    """Writes checkpoints of one search, and takes the search back to one.

    path: of the last one between two levels. ended_path: of the one that says what came of the search.
    exploration: a hash of all that decides what the search finds, bounds excepted. was_ended: it was read what came of
    the search.
    """

    search: LearnedSearch
    directory: CheckpointDirectory
    path: Path = field(init=False)
    ended_path: Path = field(init=False)
    exploration: str = field(init=False)
    _due: float = field(init=False)
    was_ended: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self.path = self.directory.next_exploration()
        self.ended_path = self.path.with_stem(f"{self.path.stem}-ended")
        self.exploration = _hash_of(self.search, self.directory.check)
        self.search.learner.journal = Journal(self.search.learner.initial_rows[0])
        self._due = time.monotonic() + self.directory.wanted.every_seconds

    # ---------------------------------------------------------------- writing
    def level_done(self) -> None:
        """A level is expanded: write a checkpoint when it is time to. Raises Cut when that fails."""
        started = time.monotonic()
        if started < self._due:
            return
        try:
            self._write(self.path, None)
        except OSError as error:
            raise Cut(f"a checkpoint that could not be written: {error.strerror}", by_chance=True) from None
        ended = time.monotonic()
        every = self.directory.wanted.every_seconds
        self._due = ended + max(every, (ended - started) / MOST_SHARE if every else 0.0)

    def ended(self) -> None:
        """The search has ended, and would end here again: write what came of it. Raises OSError."""
        search = self.search
        if self.was_ended:
            return
        self._write(self.ended_path, {"cut": search.cut, "needs_more_bits": search.needs_more_bits, **self._bounds()})
        if search.cut is None:  # no larger bound makes more of it
            self.path.unlink(missing_ok=True)

    def _write(self, path: Path, ended: dict[str, Any] | None) -> None:
        identity = {"check": self.directory.check, "exploration": self.exploration, "ended": ended}
        learned = digest_of(self.search.learner)
        write_archive(path, {**identity, "learned": learned, **header_of(self.search)}, arrays_of(self.search))

    def _bounds(self) -> dict[str, int | None]:
        """The bounds that decide where a search ends, whatever the machine."""
        bounds = self.search.options.bounds
        return {"states": bounds.states, "depth": bounds.depth}

    # ---------------------------------------------------------------- reading
    def resume(self) -> bool:
        """Take the search to where it ended, else to where the last checkpoint was written; whether there is one.

        Where more was explored before than by the process that wrote it, as bounds of time allow, there is none that
        fits. Raises CheckpointError.
        """
        ended = self._read(self.ended_path)
        if ended is not None and self._would_end_there(ended):
            self._go_back_to(ended)
            self.was_ended = True
            return True
        going = self._read(self.path)
        if going is not None:
            self._go_back_to(going)
        return going is not None

    def _read(self, path: Path) -> Archive | None:
        """The checkpoint in a file, if it is one of this exploration."""
        if not self.directory.wanted.resume or not path.exists():
            return None
        archive = read_archive(path)
        if archive.header.get("check") != self.directory.check:
            raise archive.error("is of another check than the others in this directory")
        return archive if archive.header.get("exploration") == self.exploration else None

    def _would_end_there(self, archive: Archive) -> bool:
        """Whether a search that has ended would end at the same place under the bounds of today."""
        ended = archive.header.get("ended")
        if not isinstance(ended, dict):
            raise archive.error("does not say how the search has ended")
        return ended.get("cut") is None or all(ended.get(name) == bound for name, bound in self._bounds().items())

    def _go_back_to(self, archive: Archive) -> None:
        try:
            self._repeat_calls(archive)
            restore(self.search, archive)
            ended = archive.header["ended"]
            if ended is not None:
                self.search.cut = None if ended["cut"] is None else str(ended["cut"])
                self.search.needs_more_bits = bool(ended["needs_more_bits"])
            self._look_whether_whole(archive, ended=ended is not None)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise archive.error(f"does not fit this model: {type(error).__name__}: {error}") from None

    def _repeat_calls(self, archive: Archive) -> None:
        learner = self.search.learner
        calls, differences = archive.array("calls", [np.int64], 4, -1), archive.array("differences", [np.uint32], 2, -1)
        try:
            replay(learner, calls, differences, self._rename)
        except (SpecError, UserCodeError) as error:
            raise archive.error(f"does not fit this model: {' '.join(str(error).split())}") from None
        if digest_of(learner) != archive.header["learned"]:
            raise archive.error("does not fit this model: its functions do something else than when it was written")

    def _rename(self) -> None:
        if self.search.orbits is not None:
            self.search.orbits.update()

    def _look_whether_whole(self, archive: Archive, *, ended: bool) -> None:
        """Refuse what ended with states left to expand, and what goes on without any."""
        search = self.search
        judged = len(search.marks) == len(search.trail.first)
        if ended is not judged or ended is bool(len(search.level)):
            raise archive.error("its levels do not fit together")


def _hash_of(search: LearnedSearch, check: str) -> str:
    """A hash of an exploration: what is explored, by which properties it is judged, and what numbers stand for."""
    compiled, classes = search.compiled, search.classes
    texts = [check, repr(sorted(compiled.cut)), repr([instance.number for instance in compiled.instances])]
    texts += sorted(str(hint) for hint in compiled.nameless)
    texts.append(repr((search.options.fingerprint_bits, search.wants_graph, search.keeps_rows, classes is not None)))
    for each in () if classes is None else classes.of:
        texts.append(f"{each} {canonical(each.ids)} {each.declared} {each.pooled}")
    for finding in search.findings:
        texts.append(f"{finding.kind} {finding.about.judged.name} {canonical(finding.about.arguments)}")
    texts += (repr(list(map(ord, row))) for row in search.learner.initial_rows)
    return digest([*texts, *numbering_of(compiled)])
