"""The trace of one object is told as the trace of another, by steps that really happen."""

from __future__ import annotations

from symmetric_systems import reach

from clusterproof.checker.learned.orbits import find_classes, renamed_trace
from clusterproof.checker.replay import replay_steps
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster

PODS = [mini_cluster.PodId(f"pod-{i}") for i in range(3)]
NODES = [mini_cluster.NodeId(f"node-{i}") for i in range(2)]


def way_to(compiled, path, value):
    """A shortest way to a state in which a slot has a value."""
    reached = reach(compiled, most=20_000)
    slot = next(slot.number for slot in compiled.schema.slots if slot.path == path)
    found = next(i for i, row in enumerate(reached.rows) if compiled.schema.value_at(row, slot) == value)
    return reached.path(found), slot


def test_a_trace_of_one_node_becomes_one_of_another():
    """Every step and row is renamed, also where a pool hands out an id on the way; the result replays."""
    compiled = Compiled(mini_cluster.system())
    classes = find_classes(compiled)
    path, slot = way_to(compiled, "pods[pod-1].node", "node-1")

    renamed, renaming = renamed_trace(compiled, path, classes.of[1].exchange(*NODES), classes)

    assert renaming == {mini_cluster.NodeId: {NODES[0]: NODES[1], NODES[1]: NODES[0]}}
    assert compiled.schema.value_at(renamed.rows[-1], slot) == "node-0"
    assert len(renamed.steps) == len(path.steps)
    assert replay_steps(compiled, renamed.rows[0], renamed.steps, renamed.rows) == list(renamed.rows)
    assert [label for _, label in renamed.steps if label] == ["node=node-0"]


def test_a_pool_says_itself_which_id_it_hands_out():
    """Two pods created at the same moments are the same pods in every trace, whatever a renaming wants."""
    compiled = Compiled(mini_cluster.system())
    classes = find_classes(compiled)
    path, slot = way_to(compiled, "pods[pod-1].node", "node-1")

    renamed, renaming = renamed_trace(compiled, path, classes.of[0].exchange(PODS[0], PODS[2]), classes)

    assert renamed == path
    assert all(one == other for one, other in renaming[mini_cluster.PodId].items())
    assert compiled.schema.value_at(renamed.rows[-1], slot) == "node-1"


def test_there_is_no_trace_from_elsewhere():
    """A renamed row that is no initial one starts no trace."""
    compiled = Compiled(mini_cluster.system())
    classes = find_classes(compiled)
    path, _ = way_to(compiled, "nodes[node-0].up", value=False)
    late = type(path)(steps=(), rows=path.rows[-1:])

    assert renamed_trace(compiled, late, classes.of[1].exchange(*NODES), classes) is None
