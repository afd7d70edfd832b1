"""Checkpoints: a search that was cut at any level goes on as if it had not been, and nothing else is taken for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
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

from clusterproof import Bounds, System
from clusterproof.checker.check import check_system
from clusterproof.checker.learned import learner as learning
from clusterproof.checker.learned.archive import CheckpointError, read_archive, write_archive
from clusterproof.checker.learned.checkpoint import FILE
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import Checkpoints
from clusterproof.models import mini_cluster

SYSTEMS: dict[str, Callable[[], System[Any]]] = {
    "shop": lambda: shop(something_is_lost, done_is_done, only_workers_change_jobs, all_is_done, the_lost_are_done),
    "cycles": lambda: shop(the_machine_is_up),
    "box": lambda: box(things_are_new, never_full),
    "lease": lambda: lease(notices_in_time, a_loss_is_noticed, spinning=True),
    "errand": lambda: errand(it_is_delivered),
    "error": lambda: numbers(inverse_is_small, small, only=[count]),
    "cluster": lambda: mini_cluster.system(p=2, maxdown=0),
}


def checked(system: System[Any], depth: int | None = None, **options: Any) -> CheckResult:
    """The result of the learned engine, to some depth."""
    return check_system(system, bounds=Bounds(depth=depth), engine="learned", sliced=False, symmetry=False, **options)


def facts(result: CheckResult) -> dict[str, Any]:
    """Everything that is the same in every run."""
    data = json.loads(json.dumps(result.to_json()))
    for each in (data, *data["explorations"]):
        each.pop("seconds", None)
    data.pop("peak_mib")
    return data


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


def refusal(directory: Path, system: System[Any] | None = None) -> str:
    """What is said when somebody goes on with a checkpoint, after the name of the file."""
    with pytest.raises(CheckpointError) as caught:
        checked(system or SYSTEMS["shop"](), checkpoints=Checkpoints(directory=directory, resume=True))
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{directory / FILE}: ")
    return text.removeprefix(f"{directory / FILE}: ")


def rewritten(directory: Path, header: dict[str, Any] | None = None, **arrays: Any) -> None:
    """Change parts of the checkpoint."""
    known = read_archive(directory / FILE)
    changed = {name: [arrays.get(name, part)] for name, part in known.arrays.items()}
    write_archive(directory / FILE, {**known.header, **(header or {})}, changed)


def test_another_model_is_refused(directory: Path) -> None:
    """A checkpoint of another model, or of other properties, is refused."""
    expected = "is of another model, or of other properties, than what is checked now"

    assert refusal(directory, SYSTEMS["box"]()) == expected
    assert refusal(directory, SYSTEMS["cycles"]()) == expected
    assert refusal(directory, attrs.evolve(SYSTEMS["shop"](), timing="untimed")) == expected


@pytest.mark.parametrize("what", ["format", "clusterproof", "python"])
def test_another_version_is_refused(what: str, directory: Path) -> None:
    """A checkpoint of another format or version is refused, and both are named."""
    rewritten(directory, {what: 99})

    assert refusal(directory).startswith(f"was written under {what} 99, and this is {what} ")


def test_what_is_no_checkpoint_is_refused(directory: Path) -> None:
    """Nothing, other files and other archives are refused."""
    file = directory / FILE
    np.savez(file, some=np.zeros(3))
    assert refusal(directory) == "is no checkpoint of clusterproof"
    np.savez(file, header=np.array([{"format": 1}], object))
    assert refusal(directory).startswith("is no whole checkpoint: Object arrays cannot be loaded")
    file.write_bytes(b"hello")
    assert refusal(directory) == "is no whole checkpoint: File is not a zip file"
    file.unlink()
    assert refusal(directory) == "there is no checkpoint to go on with"


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


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("level", lambda level: level + 200, "its rows do not fit its columns"),
        ("level", lambda level: level[:-1], "marks is not what a checkpoint holds"),
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


def test_a_checkpoint_is_not_written_over(directory: Path) -> None:
    """Who asks for checkpoints where one is already is told to go on with it."""
    with pytest.raises(CheckpointError, match="is there already; go on with --resume"):
        checked(SYSTEMS["shop"](), checkpoints=Checkpoints(directory=directory))
