"""Checks that die and are gone on with, without a process of their own, and what is compared then.

What is on the disk changes only where a file takes the place of another, or is removed. So who dies anywhere else
leaves what the last of these moments left, and trying all of them is trying every moment.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from clusterproof.checker import checkpoints
from clusterproof.checker.result import CheckResult
from clusterproof.checker.search import Cut, Pace


class Death(BaseException):
    """Nothing catches it, as nothing catches the death of a process."""


@contextmanager
def dying(moment: int | None) -> Iterator[list[str]]:
    """Die at a moment, counted from 0, of all that change the disk; never where it is None. Lists what was done."""
    done: list[str] = []

    def deadly(change: Callable[..., Any], what: str) -> Callable[..., Any]:
        def changed(path: Any, *rest: Any, **options: Any) -> Any:
            if len(done) == moment:
                if what == "replace":  # the new file is not whole yet
                    Path(path).write_bytes(Path(path).read_bytes()[:-7])
                raise Death
            done.append(f"{what} {Path(path).name}")
            return change(path, *rest, **options)

        return changed

    with (
        mock.patch.object(checkpoints.os, "replace", deadly(checkpoints.os.replace, "replace")),
        mock.patch.object(Path, "unlink", deadly(Path.unlink, "remove")),
    ):
        yield done


def facts(result: CheckResult) -> dict[str, Any]:
    """Everything that is the same in every run."""
    return facts_in(json.dumps(result.to_json()))


def facts_in(text: str) -> dict[str, Any]:
    """The same of the JSON of a run."""
    data = json.loads(text)
    for each in (data, *data["explorations"]):
        each.pop("seconds", None)
    data.pop("peak_mib")
    return dict(data)


@contextmanager
def cut_short(moment: int, *, once: bool) -> Iterator[None]:
    """Let a search have no more memory at a moment, counted in looks at the clock; then all that follow, or not."""
    pause, looks = Pace.pause, itertools.count()

    def paused(self: Pace, **told: Any) -> None:
        look = next(looks)
        if look == moment or (look > moment and not once):
            raise Cut("the bound of 1 B of memory", by_chance=True)
        pause(self, **told)

    with mock.patch.object(Pace, "pause", paused):
        yield
