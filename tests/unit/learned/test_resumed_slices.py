"""What a check that is gone on with must see again: whatever was watched, besides what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NewType

import pytest
from resuming import facts

from clusterproof import Claims, Component, SetOf, System, always, claim, require, state
from clusterproof.checker.check import check_system
from clusterproof.checker.checkpoints import CheckpointError, Checkpoints
from clusterproof.checker.learned import journal
from clusterproof.checker.learned import learner as learning
from clusterproof.checker.learned.learner import Learner
from clusterproof.checker.result import CheckResult
from clusterproof.checker.verdict import Verdict

MOST = 60
"""So far each of the counters goes: farther together than anybody looks before a slice is explored."""


@state
class Depths:
    """Two counters, and something that is seen only where both are large."""

    left: int
    right: int
    deep: bool = False
    broken: bool = False


divers = Component("divers")


def _dive(d: Depths) -> None:
    d.deep = d.left + d.right > 2 * MOST - 5


@divers.action
def go_left(d: Depths) -> None:
    """One counter goes up."""
    require(d.left < MOST)
    d.left += 1
    _dive(d)


@divers.action
def go_right(d: Depths) -> None:
    """The other one does."""
    require(d.right < MOST)
    d.right += 1
    _dive(d)


@divers.action
def burst(d: Depths) -> None:
    """What the sample never sees happen."""
    require(d.deep)
    d.broken = True


@always
def stays_whole(d: Depths) -> Claims:
    """Is broken by what a slice leaves out, until its proof sees that."""
    yield claim(d.left + d.right >= 0 and not d.broken, "it is whole")


# ---------------------------------------------------------------- symmetry
Guest = NewType("Guest", str)
GUESTS = [Guest(name) for name in ("ada", "bob", "cyd")]
LONG = 20
"""So long nobody comes: longer than walks at random last, where anybody may start to wait anew."""


@state
class Desk:
    """Who stands in line, and since when somebody waits for them."""

    marked: SetOf[Guest]
    line: tuple[Guest, ...] = ()
    waited: int = 0


desk = Component("desk")


@desk.action
def come(d: Desk, g: Guest) -> None:
    """Somebody comes at last."""
    require(d.waited == LONG and g not in d.line)
    d.line = (*d.line, g)


@desk.action
def wait(d: Desk) -> None:
    """Nobody comes."""
    require(d.waited < LONG)
    d.waited += 1


@desk.action
def start_anew(d: Desk) -> None:
    """Somebody else waits."""
    d.waited = 0


@always
def is_short(d: Desk) -> Claims:
    """Says something of every state."""
    yield claim(len(d.line) < 4, "the line is short")


# ---------------------------------------------------------------- tests
def sliced(checkpoints: Checkpoints | None = None) -> CheckResult:
    """The result of checking slices of the counters, after two states of the whole."""
    system = System(Depths(left=0, right=0), components=[divers], properties=[stays_whole])
    return check_system(
        system, engine="learned", sliced=True, whole_first=2, more_seconds=600.0, checkpoints=checkpoints
    )


def merged(checkpoints: Checkpoints | None = None) -> CheckResult:
    """The result of checking the desk, guests being interchangeable."""
    system = System(Desk(marked=SetOf(GUESTS)), components=[desk], properties=[is_short], symmetric=[Guest])
    return check_system(system, engine="learned", sliced=False, checkpoints=checkpoints)


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoints:
    """Checkpoints of a check that gives up every tree it can."""
    monkeypatch.setattr(learning, "HOPELESS_ROWS", 4)
    monkeypatch.setattr(learning, "HOPELESS_SHARE", 0.0)
    return Checkpoints(directory=tmp_path / "kept", every_seconds=0)


def resumed(checkpoints: Checkpoints) -> Checkpoints:
    """The same, to go on with."""
    return Checkpoints(directory=checkpoints.directory, every_seconds=0, resume=True)


def forget(monkeypatch: pytest.MonkeyPatch, forgotten: int) -> None:
    """Let calls of one kind be lost that change nothing of what was learned."""
    note = journal.Journal.note

    def noted(self: journal.Journal, kind: int, *rest: Any, **more: Any) -> None:
        if kind != forgotten:
            note(self, kind, *rest, **more)

    monkeypatch.setattr(journal.Journal, "note", noted)


def test_slices_are_shown_what_functions_wrote(checkpoints: Checkpoints) -> None:
    """Functions called row by row are called again, so that the proof of a slice knows what they cut away wrote."""
    expected = facts(sliced())

    assert facts(sliced(checkpoints)) == expected
    assert facts(sliced(resumed(checkpoints))) == expected
    assert [one["verdict"] for one in expected["properties"]] == ["REFUTED"]


def test_the_slices_would_be_wrong_otherwise(checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were only those calls made again that taught the engine something, the slice would prove what is wrong."""
    note_direct = Learner._note_direct

    def only_what_taught(self: Learner, kind: int, root: int, row: str, *, changed: bool) -> None:
        if changed:
            note_direct(self, kind, root, row, changed=changed)

    monkeypatch.setattr(Learner, "_note_direct", only_what_taught)
    assert sliced(checkpoints).verdict is Verdict.REFUTED

    assert sliced(resumed(checkpoints)).verdict is Verdict.PROVED


def test_images_are_made_in_their_order(checkpoints: Checkpoints) -> None:
    """Values that only renaming made get the numbers they had, so that merged states are found again."""
    expected = facts(merged())

    assert facts(merged(checkpoints)) == expected
    assert facts(merged(resumed(checkpoints))) == expected
    assert [one["symmetry"] for one in expected["explorations"]] != ["none"]


def test_numbers_would_differ_otherwise(checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it lost when images were made, numbers would stand for other values, which is noticed."""
    forget(monkeypatch, journal.RENAME)
    merged(checkpoints)

    with pytest.raises(CheckpointError, match="does not fit this model"):
        merged(resumed(checkpoints))
