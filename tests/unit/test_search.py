"""The breadth-first search: counts, shortest ways, stopping, reporting."""

from __future__ import annotations

import signal

import pytest
from small_systems import box, count, divide, make, numbers, shop

from clusterproof import Bounds
from clusterproof.checker.search import Options, Search, noted_interrupts
from clusterproof.compiled import Compiled


class Onlooker:
    """A watcher that writes down what it is shown."""

    wants_steps = True
    wants_graph = True
    refuted = False
    decided = False

    def __init__(self):
        self.levels = []
        self.steps = 0
        self.deadlocks = []

    def on_states(self, search, states):
        self.levels.append(states)

    def on_step(self, search, source, step):
        self.steps += 1

    def on_deadlock(self, search, state):
        self.deadlocks.append(state)


def searched(system, **options):
    """Search a system; returns the search and the onlooker."""
    onlooker = Onlooker()
    search = Search(Compiled(system), onlooker, Options(**options))
    search.run()
    return search, onlooker


def test_every_state_is_shown_once_and_by_depth():
    """The levels are the states in order, without gaps."""
    search, onlooker = searched(shop(jobs=2))

    assert [state for level in onlooker.levels for state in level] == list(range(search.states))
    assert [search.depth_of(level[0]) for level in onlooker.levels] == list(range(search.depth + 1))
    assert len(set(search.rows)) == search.states


def test_paths_are_shortest_and_lead_there():
    """The path to a state has as many steps as its depth in the graph, and each step is one of the system's."""
    search, _ = searched(shop(jobs=2))
    depths = search.graph.depths()

    for state in range(search.states):
        path = search.path(state)
        assert len(path.steps) == depths[state] == search.depth_of(state)
        assert path.rows[-1] == search.rows[state]
        for before, taken, after in zip(path.rows, path.steps, path.rows[1:], strict=False):
            found = search.compiled.steps(before).steps
            assert (*taken, after) in [(step.instance, step.label, step.row) for step in found]


def test_paths_have_the_fewest_faults_among_the_shortest():
    """The number of faults on the path to a state is the least that any way of the same length has."""
    search, _ = searched(shop(jobs=2, crashes=2))
    best = {0: 0}
    for state in range(search.states):
        for step in search.compiled.steps(search.rows[state]).steps:
            target = search.rows.index(step.row)
            if search.depth_of(target) == search.depth_of(state) + 1:
                cost = best[state] + step.instance.fault
                best[target] = min(best.get(target, cost), cost)

    for state in range(search.states):
        assert sum(instance.fault for instance, _ in search.path(state).steps) == best[state] == search.faults[state]


def test_edges_are_counted_once_and_watched():
    """Transitions are the edges of the graph, and each step is shown."""
    search, onlooker = searched(shop(jobs=2))

    assert search.transitions == onlooker.steps == sum(1 for s in range(search.states) for _ in search.graph.edges(s))
    assert search.graph.complete


@pytest.mark.parametrize("bound", [1, 2, 5, 9])
def test_a_bound_on_states_is_kept(bound):
    """Not one state more than the bound is stored, and the last state is not half expanded."""
    search, _ = searched(shop(jobs=2), bounds=Bounds(states=bound))

    assert search.states == bound
    assert search.graph.expanded < search.graph.states
    assert search.cut == f"the bound of {bound} states"


def test_a_bound_on_depth_is_kept():
    """States beyond the depth are not found."""
    search, _ = searched(numbers(only=[count]), bounds=Bounds(depth=4))

    assert (search.states, search.depth) == (5, 4)


def test_where_a_pool_ran_out_lies_the_unknown():
    """The step that wanted an id stays enabled and leads to a state that does not count."""
    search, onlooker = searched(box(names=2))
    full = search.states - 1

    assert (search.states, search.depth) == (3, 2)
    assert list(search.graph.edges(full)) == [(0, search.unknown)]
    assert onlooker.deadlocks == []
    assert search.exhausted
    assert next(iter(search.fired)).action is make


def test_errors_say_where():
    """What an action raises stops the search, and the state is known."""
    search, _ = searched(numbers(only=[count, divide]))

    assert "divide" in str(search.error)
    assert len(search.path(search.error_state).steps) == 3


def test_progress_is_reported():
    """Figures only grow, and time passes."""
    seen = []
    searched(numbers(only=[count]), bounds=Bounds(states=200), progress=seen.append, progress_every_seconds=0.0)

    assert [one.states for one in seen] == sorted(one.states for one in seen)
    assert len(seen) > 100
    assert all(one.frontier >= 0 and one.elapsed_seconds >= 0 and one.rate >= 0 for one in seen)


def test_the_second_interrupt_interrupts():
    """The first Ctrl-C is noted, the second one is the usual exception, and the handler is put back."""
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), noted_interrupts() as noted:  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        assert noted == [True]
        signal.raise_signal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is before
