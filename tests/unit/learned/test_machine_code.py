"""Compiled functions: what they take and return, and that what was made is kept on disk and loaded again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from clusterproof.checker.learned import code_store, compiling, machine_code
from clusterproof.checker.learned.machine_code import AVAILABLE, compiled, part

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="numba is missing")

LOADED_BY_A_SEARCH = """
import sys
from clusterproof.checker.check import check_system
from clusterproof.models import two_phase_commit
check_system(two_phase_commit.system(3), engine="learned")
print("numba" in sys.modules)
"""


class Sums(NamedTuple):
    """Numbers by row, and room for what they come to."""

    numbers: NDArray[np.uint8]
    sums: NDArray[np.int64]


@part
def twice(number: int) -> int:
    """A part."""
    return 2 * number


def add_up(given: Sums, start: int) -> tuple[int, int]:
    """The sum of everything, doubled, and how many rows there are; fills the sums."""
    total = start
    for row in range(given.numbers.shape[0]):
        for column in range(given.numbers.shape[1]):
            given.sums[row] += given.numbers[row, column]
        total += given.sums[row]
    return twice(total), given.numbers.shape[0]


def clear(sums: NDArray[np.int64]) -> None:
    """Make everything nothing."""
    for index in range(sums.size):
        sums[index] = 0


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Two folders to keep code in; nothing is in them yet."""
    monkeypatch.setattr(code_store, "_folders", lambda: (tmp_path / "one", tmp_path / "two"))
    return tmp_path / "one", tmp_path / "two"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of functions that were compiled, in order."""
    names: list[str] = []
    make: Callable[..., bytes] = compiling.object_code

    def noting(function: Callable[..., object], *others: object) -> bytes:
        names.append(function.__name__)
        return make(function, *others)

    monkeypatch.setattr(compiling, "object_code", noting)
    return names


def test_arguments_and_results(folders, made):
    """Named tuples, arrays of several types, integers and what is returned arrive; one piece of code per shape."""
    function = compiled(add_up)
    for kind in (np.uint8, np.uint16, np.uint8):
        given = Sums(np.arange(6, dtype=kind).reshape(2, 3), np.zeros(2, np.int64))
        assert function(given, -5) == (20, 2)
        assert given.sums.tolist() == [3, 12]
    assert compiled(clear)(given.sums) is None

    assert given.sums.tolist() == [0, 0]
    assert made == ["add_up", "add_up", "clear"]


def test_code_is_kept(folders, made):
    """What was made is loaded by the next one that asks, unless the file is damaged: then it is made again."""
    numbers = np.ones(3, np.int64)
    for _ in range(2):
        compiled(clear)(numbers)
    assert made == ["clear"]
    (file,) = folders[0].iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    for _ in range(2):
        compiled(clear)(numbers)

    assert made == ["clear", "clear"]


def test_a_folder_that_cannot_be_written(folders, made):
    """Where the first folder cannot be written the second one is."""
    folders[0].write_text("no folder")
    for _ in range(2):
        compiled(clear)(np.ones(3, np.int64))

    assert made == ["clear"]
    assert [file.suffix for file in folders[1].iterdir()] == [".o"]


def test_code_by_what_a_function_is_made_of(folders, made, monkeypatch):
    """A change of a part makes another code."""
    given = Sums(np.ones((1, 1), np.uint8), np.zeros(1, np.int64))
    compiled(add_up)(given, 0)
    names = {file.name for file in folders[0].iterdir()}
    monkeypatch.setattr(machine_code, "PARTS", [*machine_code.PARTS, thrice])
    monkeypatch.setitem(add_up.__globals__, "twice", thrice)
    assert compiled(add_up)(given, 0) == (6, 1)

    assert len({file.name for file in folders[0].iterdir()} - names) == 1


def thrice(number: int) -> int:
    """Another part."""
    return 3 * number


def test_what_it_cannot_take():
    """An array with gaps is refused: the code would see something else."""
    with pytest.raises(TypeError, match="contiguous"):
        compiled(clear)(np.zeros(4, np.int64)[::2])


def test_kept_code_needs_no_numba():
    """A search whose code is on disk does not load numba."""
    outputs = [
        subprocess.run([sys.executable, "-c", LOADED_BY_A_SEARCH], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]

    assert outputs[1] == "False\n"
