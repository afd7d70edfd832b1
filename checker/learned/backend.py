"""The loops of a search, compiled by numba or written with numpy: same answers, other speed."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from clusterproof.checker.learned import kernel, kernel_orbits, kernel_states
from clusterproof.checker.learned.machine_code import AVAILABLE
from clusterproof.checker.learned.vectorised import expanding, orbits, states, table


@frozen
class Backend:
    """expand: see kernel.expand. judge: see kernel_states.judge_states. insert, move: see kernel_states. full_states:
    see kernel_orbits.
    """

    expand: Callable[..., int]
    judge: Callable[..., None]
    insert: Callable[..., None]
    move: Callable[..., None]
    full_states: Callable[..., int]


def backend(*, machine_code_wanted: bool = True) -> Backend:
    """The compiled loops where they are wanted and can be had, else those of numpy."""
    if machine_code_wanted and AVAILABLE:
        return Backend(
            kernel.expand,
            kernel_states.judge_states,
            kernel_states.insert,
            kernel_states.move,
            kernel_orbits.full_states,
        )
    return Backend(expanding.expand, states.judge_states, table.insert, table.move, orbits.full_states)
