"""The classic models read alike, and their actions are pure functions."""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_systems import walk

from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster, philosophers, two_phase_commit

CLASSICS = (two_phase_commit, philosophers, mini_cluster)
SYSTEMS = {module.__name__: Compiled(module.system()) for module in CLASSICS}


@pytest.mark.parametrize("module", CLASSICS)
def test_a_model_has_five_sections(module: ModuleType):
    """State, actions, faults, properties, system: in this order, under these headings."""
    headings = re.findall(r"^# --- (\w+)", inspect.getsource(module), flags=re.MULTILINE)

    assert headings == ["state", "actions", "faults", "properties", "system"]


@pytest.mark.parametrize("name", SYSTEMS)
@given(turns=st.lists(st.integers(0, 50), max_size=12))
@settings(max_examples=25, deadline=None)
def test_outcomes_are_a_pure_function(name: str, turns: list[int]):
    """In any reachable state an action gives the same outcomes twice, those of the engine, and leaves it as it was."""
    compiled = SYSTEMS[name]
    *_, row = walk(compiled, turns)
    given_state = compiled.schema.state(row)
    text = repr(given_state)
    for instance in compiled.instances:
        action: Any = instance.action
        outcomes = action.outcomes(given_state, *instance.arguments)
        evaluation = compiled.evaluate(row, instance)

        assert outcomes == action.outcomes(given_state, *instance.arguments)
        assert [*outcomes] == [outcome.label for outcome in evaluation.outcomes]
        for outcome, after in zip(evaluation.outcomes, outcomes.values(), strict=True):
            applied = compiled.apply(row, instance, outcome) or row
            assert compiled.schema.state(applied) == after
    assert given_state == compiled.schema.state(row)
    assert repr(given_state) == text


def test_outcomes_are_called_like_functions():
    """Arguments by position or by name; what is missing or too much is a TypeError; not enabled is empty."""
    start = mini_cluster.system().initial_states[0]
    pod, node = mini_cluster.PodId("pod-0"), mini_cluster.NodeId("node-1")
    ((label, created),) = mini_cluster.create_pod.outcomes(start).items()
    bound = mini_cluster.bind.outcomes(created, p=pod)

    assert label == ""
    assert list(bound) == ["node=node-0", "node=node-1"]
    assert bound["node=node-1"].pods[pod].node == node
    assert mini_cluster.bind.outcomes(start, pod) == {}
    with pytest.raises(TypeError, match="missing a required argument: 'p'"):
        mini_cluster.bind.outcomes(created)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="too many positional"):
        mini_cluster.bind.outcomes(created, pod, node)  # type: ignore[call-arg]
