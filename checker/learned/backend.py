"""The loops of a search, compiled by numba or written with numpy: same answers, other speed."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen


@frozen
class Backend:
    """expand: see kernel.expand. judge: see kernel_states.judge_states. insert: puts fingerprints into a table."""

    expand: Callable[..., int]
    judge: Callable[..., None]
    insert: Callable[..., None]


def backend(*, machine_code_wanted: bool = True) -> Backend:
    """The compiled loops where they are wanted and can be had, else those of numpy."""
    from clusterproof.checker.learned import kernel, kernel_states

    return Backend(kernel.expand, kernel_states.judge_states, kernel_states.insert)
