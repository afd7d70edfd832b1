"""What Hypothesis draws before each batch of walks: where, with which actions, and in which manner to walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import Factory, frozen
from hypothesis import strategies as st

Manner = Literal["uniform", "rare", "priority"]

MOST_CHANGES = 4
DISTURBANCE_RATES = (0.3, 0.1, 0.03, 0.01)
RESTART_RATES = (0.0, 0.5, 0.9)
WEIGHTS = (1, 1, 1, 4, 16)


@frozen(kw_only=True)
class Mix:
    """One way to walk.

    scope: which of the systems. off: actions that are not taken (swarm testing: what is left gets a chance to be taken
    often). weights: how much more often than others an action is taken. manner: see `schedule.py`. changes: how often
    priorities change. disturbance_rate: the chance that a step is one nobody promised, such as a fault, where others
    are possible. restart_rate: the chance that a walk begins where few walks have been, not at the start. brief: most
    walks are much shorter than they may be. seed: of the choices made on the way.
    Source: Groce and others, "Swarm Testing" (ISSTA 2012).
    """

    scope: int = 0
    off: frozenset[str] = frozenset()
    weights: Mapping[str, int] = Factory(dict)
    manner: Manner = "uniform"
    changes: int = 1
    disturbance_rate: float = 0.1
    restart_rate: float = 0.5
    brief: bool = False
    seed: int = 0


@st.composite
def mixes(draw: st.DrawFn, actions_of_scopes: Sequence[Sequence[str]]) -> Mix:
    """A mix. actions_of_scopes: per scope the names of its actions and faults, `component.action`."""
    scope = draw(st.integers(0, len(actions_of_scopes) - 1)) if len(actions_of_scopes) > 1 else 0
    names = st.sampled_from(actions_of_scopes[scope]) if actions_of_scopes[scope] else st.nothing()
    some = bool(actions_of_scopes[scope]) and draw(st.booleans())
    return Mix(
        scope=scope,
        off=draw(st.frozensets(names, max_size=len(actions_of_scopes[scope]) // 2)) if some else frozenset(),
        weights=draw(st.dictionaries(names, st.sampled_from(WEIGHTS), max_size=4)) if some else {},
        manner=draw(st.sampled_from(("uniform", "rare", "priority"))),
        changes=draw(st.integers(0, MOST_CHANGES)),
        disturbance_rate=draw(st.sampled_from(DISTURBANCE_RATES)),
        restart_rate=draw(st.sampled_from(RESTART_RATES)),
        brief=draw(st.sampled_from((True, True, False))),
        seed=draw(st.integers(0, 2**32 - 1)),
    )
