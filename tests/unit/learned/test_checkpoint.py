"""Checkpoints: a search that was cut at any level goes on as if it had not been, and nothing else is taken for one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pytest
from hotel_properties import marks_stay, never_closes, opens_again, the_marked_hold
from resuming import Death, dying, facts
from small_systems import (
    a_loss_is_noticed,
    all_is_done,
    box,
    count,
    done_is_done,
    errand,
    inverse_is_small,
    it_is_delivered,
    lease,
    never_full,
    notices_in_time,
    numbers,
    only_workers_change_jobs,
    shop,
    small,
    something_is_lost,
    the_lost_are_done,
    the_machine_is_up,
    things_are_new,
)
from symmetric_systems import Recipe, symmetric_system

from clusterproof import Bounds, Property, System
from clusterproof.checker import check
from clusterproof.checker.check import check_system
from clusterproof.checker.checkpoints import CHECK_FILE, CheckpointError, Checkpoints
from clusterproof.checker.learned import engine
from clusterproof.checker.learned import learner as learning
from clusterproof.checker.learned.archive import Archive, read_archive, write_archive
from clusterproof.checker.learned.checkpoint import Checkpointer
from clusterproof.checker.learned.search import LearnedSearch
from clusterproof.checker.result import CheckResult
from clusterproof.components import Fairness
from clusterproof.models import mini_cluster

FILE, ENDED_FILE = "exploration-1.npz", "exploration-1-ended.npz"

SYSTEMS: dict[str, Callable[[], System[Any]]] = {
    "shop": lambda: shop(something_is_lost, done_is_done, only_workers_change_jobs, all_is_done, the_lost_are_done),
    "cycles": lambda: shop(the_machine_is_up),
    "box": lambda: box(things_are_new, never_full),
    "lease": lambda: lease(notices_in_time, a_loss_is_noticed, spinning=True),
    "errand": lambda: errand(it_is_delivered),
    "error": lambda: numbers(inverse_is_small, small, only=[count]),
    "cluster": lambda: mini_cluster.system(p=2, maxdown=0),
}


def many_rooms(*more: Property[Any]) -> System[Any]:
    """Rooms that open and close, and guests who come, are marked, and hold: properties of each depend on little."""
    rules = (((), ("arrive",)), ((), ("toggle",)), ((), ("mark",)), ((), ("hold",)), ((), ("let go",)))
    recipe = Recipe(tangled=False, guests=2, rooms=1, present=1, rules=rules, fairness=(Fairness.WEAK,) * len(rules))
    return symmetric_system(recipe, *more, opens_again, the_marked_hold, marks_stay)


def checked(system: System[Any], depth: int | None = None, **options: Any) -> CheckResult:
    """The result of the learned engine, to some depth."""
    return check_system(system, bounds=Bounds(depth=depth), engine="learned", sliced=False, symmetry=False, **options)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("direct", [False, True], ids=["learned", "direct"])
def test_a_resumed_search_is_the_same(name: str, direct: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the checkpoint of every level the search comes to the same counts, verdicts and traces."""
    if direct:  # every tree that can be given up is
        monkeypatch.setattr(learning, "HOPELESS_ROWS", 4)
        monkeypatch.setattr(learning, "HOPELESS_SHARE", 0.0)
    last = 9 if name == "error" else 40
    whole = checked(SYSTEMS[name](), last)
    expected = facts(whole)
    deepest = min(last, whole.explorations[0].depth)
    depths = range(1, deepest, max(deepest // 4, 1))

    for depth in depths:
        directory = tmp_path / str(depth)
        checked(SYSTEMS[name](), depth, checkpoints=Checkpoints(directory=directory, every_seconds=0))
        assert len(read_archive(directory / FILE).header["first"]) == depth + 1
        resumed = checked(SYSTEMS[name](), last, checkpoints=Checkpoints(directory=directory, resume=True))

        assert facts(resumed) == expected, depth


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a checkpoint of a small search lies."""
    checked(SYSTEMS["shop"](), 3, checkpoints=Checkpoints(directory=tmp_path, every_seconds=0))
    return tmp_path


def refusal(directory: Path, system: System[Any] | None = None, file: str = FILE, **options: Any) -> str:
    """What is said of a file when somebody goes on with checkpoints."""
    with pytest.raises(CheckpointError) as caught:
        checked(system or SYSTEMS["shop"](), checkpoints=Checkpoints(directory=directory, resume=True), **options)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{directory / file}: ")
    return text.removeprefix(f"{directory / file}: ")


def rewritten(directory: Path, file: str = FILE, header: dict[str, Any] | None = None, **arrays: Any) -> None:
    """Change parts of a checkpoint."""
    known = read_archive(directory / file)
    changed = {name: [arrays.get(name, part)] for name, part in known.arrays.items()}
    write_archive(directory / file, {**known.header, **(header or {})}, changed)


def test_another_model_is_refused(directory: Path) -> None:
    """Checkpoints of another model, of other properties, or made with other options, are refused."""
    expected = "is of another model, other properties or other options than this check"

    for other in (SYSTEMS["box"](), SYSTEMS["cycles"](), attrs.evolve(SYSTEMS["shop"](), timing="untimed")):
        assert refusal(directory, other, CHECK_FILE) == expected
    assert refusal(directory, file=CHECK_FILE, stop_at_first=True) == expected
    assert refusal(directory, file=CHECK_FILE, fingerprint_bits=128) == expected


@pytest.mark.parametrize("what", ["format", "clusterproof", "code", "python"])
def test_another_version_is_refused(what: str, directory: Path) -> None:
    """Checkpoints of another format or version are refused, and both are named."""
    file = directory / CHECK_FILE
    file.write_text(json.dumps({**json.loads(file.read_text()), what: 99}))

    assert refusal(directory, file=CHECK_FILE).startswith(f"was written under {what} 99, and this is {what} ")


def test_what_is_no_checkpoint_is_refused(directory: Path) -> None:
    """Nothing, other files and other archives are refused."""
    file = directory / FILE
    np.savez(file, some=np.zeros(3))
    assert refusal(directory) == "is no checkpoint of clusterproof"
    np.savez(file, header=np.array([{"format": 1}], object))
    assert refusal(directory).startswith("is no whole checkpoint: Object arrays cannot be loaded")
    file.write_bytes(b"hello")
    assert refusal(directory) == "is no whole checkpoint: File is not a zip file"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no checkpoint to go on with"),
        ("", "is no whole checkpoint: Expecting value"),
        ('{"format": 2, "che', "is no whole checkpoint: Unterminated string"),
        ("[]", "is no checkpoint of clusterproof"),
        ("{}", "is no checkpoint of clusterproof"),
        ("[" * 100_000, "is no whole checkpoint: "),
    ],
)
def test_a_check_that_nobody_began_is_refused(text: str | None, says: str, directory: Path) -> None:
    """Nothing is gone on with where the file that says which check it was is missing, or something else."""
    (directory / CHECK_FILE).unlink()
    if text is not None:
        (directory / CHECK_FILE).write_text(text)

    assert refusal(directory, file=CHECK_FILE).startswith(says)


@pytest.mark.parametrize("file", [FILE, ENDED_FILE])
def test_an_exploration_of_another_check_is_refused(file: str, directory: Path) -> None:
    """A file of another check is refused, even among those of the right one; what it knows is never taken over."""
    rewritten(directory, file, {"check": "0" * 64})

    assert refusal(directory, file=file) == "is of another check than the others in this directory"


def test_truncated_and_damaged_files_are_refused(directory: Path) -> None:
    """Wherever a checkpoint ends early, or a byte of it is another one, it is refused."""
    file = directory / FILE
    whole = file.read_bytes()
    for size in range(0, len(whole), max(len(whole) // 20, 1)):
        file.write_bytes(whole[:size])
        refusal(directory)
    file.write_bytes(whole)
    middle = whole.index(b"table_first.npy") + 1000
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert refusal(directory).startswith("is no whole checkpoint: Bad CRC-32")


@pytest.mark.parametrize("file", [CHECK_FILE, FILE, ENDED_FILE])
def test_no_flipped_bit_changes_an_answer(file: str, directory: Path) -> None:
    """Whichever bit is another one, what comes of it is what came of it before, or a refusal."""
    options = {"checkpoints": Checkpoints(directory=directory, resume=True, every_seconds=1e9)}
    depth = 3 if file == ENDED_FILE else 40  # what has ended is read where it would end again
    expected = facts(checked(SYSTEMS["shop"](), depth))
    whole = (directory / file).read_bytes()
    refused = 0
    for place in range(0, len(whole), max(len(whole) // 60, 1)):
        (directory / file).write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        try:
            found = facts(checked(SYSTEMS["shop"](), depth, **options))
        except CheckpointError:
            refused += 1
        else:
            assert found == expected, place

    assert refused > 20


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("level", lambda level: level + 200, "its rows do not fit its columns"),
        ("level", lambda level: level[:-1], "hashes is not what a checkpoint holds"),
        ("marks", lambda marks: marks[:-1], "marks is not what a checkpoint holds"),
        ("origins", lambda origins: origins + 10**6, "its ways do not fit together"),
        ("hashes", lambda hashes: hashes[:, :1], "hashes is not what a checkpoint holds"),
        ("table_first", lambda table: table * 0, "its table does not fit its states"),
        ("edges", lambda edges: edges + 10**6, "its edges do not fit its states"),
        ("calls", lambda calls: calls + 10**6, "does not fit this model"),
        ("calls", lambda calls: calls[:, :-1], "does not fit this model"),
    ],
)
def test_parts_that_do_not_fit_are_refused(name: str, change: Any, says: str, directory: Path) -> None:
    """Arrays of a whole file that do not fit each other or the model are refused."""
    part = read_archive(directory / FILE).arrays[name]
    rewritten(directory, **{name: change(part).astype(part.dtype)})

    assert says in refusal(directory)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({"ended": None}, "does not say how the search has ended"),
        ({"ended": {"cut": None, "needs_more_bits": False}, "first": [0]}, "its levels do not fit together"),
        ({"learned": "0" * 64}, "does not fit this model: its functions do something else than when it was written"),
        ({"buckets": []}, "its levels do not fit together"),
        ({"looked_at": "often"}, "does not fit this model: ValueError"),
    ],
)
def test_an_end_that_does_not_fit_is_refused(header: dict[str, Any], says: str, directory: Path) -> None:
    """What came of a search is refused where its parts do not fit each other or the model."""
    checked(SYSTEMS["shop"](), 3, checkpoints=Checkpoints(directory=directory, resume=True))  # as it is, it is not
    rewritten(directory, ENDED_FILE, header)
    with pytest.raises(CheckpointError) as caught:
        checked(SYSTEMS["shop"](), 3, checkpoints=Checkpoints(directory=directory, resume=True))

    assert says in str(caught.value)


def test_a_level_is_no_end(directory: Path) -> None:
    """A checkpoint between two levels is refused where it stands in the place of what came of a search."""
    level = read_archive(directory / FILE)
    rewritten(directory, header={"ended": read_archive(directory / ENDED_FILE).header["ended"]})
    (directory / FILE).rename(directory / ENDED_FILE)
    with pytest.raises(CheckpointError, match="its levels do not fit together"):
        checked(SYSTEMS["shop"](), 3, checkpoints=Checkpoints(directory=directory, resume=True))

    assert len(level.arrays["level"]) > 0


def test_a_checkpoint_is_not_written_over(directory: Path) -> None:
    """Who asks for checkpoints where some are already is told to go on with them."""
    with pytest.raises(CheckpointError, match="is there already; go on with --resume"):
        checked(SYSTEMS["shop"](), checkpoints=Checkpoints(directory=directory))


def test_what_has_ended_is_not_explored_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on with a check that has ended gives its answers without exploring, unless a bound is larger now."""
    checkpoints = Checkpoints(directory=tmp_path / "kept")
    expected = facts(checked(SYSTEMS["shop"](), 3, checkpoints=checkpoints))
    expand = LearnedSearch._expand_level
    levels: list[int] = []
    monkeypatch.setattr(LearnedSearch, "_expand_level", lambda self: (levels.append(len(self.level)), expand(self)))
    resumed = attrs.evolve(checkpoints, resume=True)

    assert facts(checked(SYSTEMS["shop"](), 3, checkpoints=resumed)) == expected
    assert levels == []
    assert facts(checked(SYSTEMS["shop"](), 4, checkpoints=resumed)) == facts(checked(SYSTEMS["shop"](), 4))
    assert levels != []


def test_what_was_found_before_takes_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes to read what has ended, it does not use up the time after the first refutation."""
    now = [0.0]
    go_back_to = Checkpointer._go_back_to

    def slow(self: Checkpointer, archive: Archive) -> None:
        now[0] += 1000.0
        go_back_to(self, archive)

    def result(*, resume: bool) -> CheckResult:
        kept = Checkpoints(directory=tmp_path / "kept", resume=resume)
        return check_system(
            many_rooms(never_closes), engine="learned", sliced=True, whole_first=20, more_seconds=9.0, checkpoints=kept
        )

    for module in (check, engine):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(Checkpointer, "_go_back_to", slow)
    expected = facts(result(resume=False))

    assert facts(result(resume=True)) == expected
    assert now[0] >= 3000
    assert {one["verdict"] for one in expected["properties"]} >= {"PROVED", "REFUTED"}


def test_values_are_one_text_in_every_process() -> None:
    """Sets inside of values, however deep, are told in one order, whatever strings are hashed to."""
    code = """
import attrs, typing
from clusterproof.checker.learned.model_hash import canonical

@attrs.frozen
class Labels:
    names: frozenset[str]

class Pair(typing.NamedTuple):
    one: Labels
    other: object

words = frozenset("the quick brown fox jumps over a lazy dog".split())
print(canonical((Pair(Labels(words), (words, 1)), True)))
"""
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in (1, 2, 3)
    }

    assert len(texts) == 1
    assert "quick" in texts.pop()


def test_whenever_a_check_dies(tmp_path: Path) -> None:
    """Whenever a check of slices with merged states dies, it comes to the answers of one that does not."""

    def result(checkpoints: Checkpoints | None) -> CheckResult:
        return check_system(
            many_rooms(), engine="learned", sliced=True, whole_first=20, more_seconds=600.0, checkpoints=checkpoints
        )

    expected = facts(result(None))
    with dying(None) as moments:
        result(Checkpoints(directory=tmp_path / "all", every_seconds=0))
    for moment in range(1, len(moments)):
        directory = tmp_path / str(moment)
        with dying(moment), pytest.raises(Death):
            result(Checkpoints(directory=directory, every_seconds=0))

        assert facts(result(Checkpoints(directory=directory, every_seconds=0, resume=True))) == expected, moment
    assert sum("exploration-3" in moment for moment in moments) > 2
    assert sum("remove" in moment for moment in moments) > 1
    assert {one["symmetry"] for one in expected["explorations"]} != {"none"}
