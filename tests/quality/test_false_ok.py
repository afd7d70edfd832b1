"""The ten traps by which model checkers have said "ok" wrongly: here each is walked into, with every engine.

Each test has a counterpart that fails if the system or the property had nothing to say.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Literal, NewType

import pytest
from hypothesis import given, settings
from strategies_worlds import CELLS, TOP, World, system_of, worlds

from clusterproof import (
    Bounds,
    Claims,
    Component,
    Map,
    Property,
    SpecError,
    System,
    Table,
    Whenever,
    always,
    always_eventually,
    claim,
    eventually_always,
    leads_to,
    reachable,
    require,
    state,
    strong,
    weak,
)
from clusterproof.checker.check import check_system
from clusterproof.checker.engines import ENGINES
from clusterproof.checker.result import CheckResult
from clusterproof.checker.verdict import Verdict

PROVED, REFUTED, UNDETERMINED, ERROR = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDETERMINED, Verdict.ERROR
Check = Callable[..., CheckResult]
Item = NewType("Item", str)


@pytest.fixture(params=sorted(ENGINES))
def check(request: pytest.FixtureRequest) -> Check:
    """Check a system with one of the engines."""
    return partial(check_system, engine=request.param)


@state
class At:
    """Where a system is: systems here are graphs, and an action is a set of edges."""

    place: int = 0
    turns: int = 0


Edges = dict[int, int]


def moves(edges: Edges, name: str) -> Callable[[At], None]:
    """An action that leads from place to place."""

    def move(s: At) -> None:
        require(s.place in edges)
        s.place = edges[s.place]

    move.__name__ = name
    return move


def graph(properties: Sequence[Property[Any]], *actions: tuple[Edges, Any], **options: Any) -> System[At]:
    """A system whose actions are edges, each with its fairness; they are named a, b, c... and not urgent."""
    walker = Component("walker", urgent=False)
    for name, (edges, fair) in zip("abcdefgh", actions, strict=False):
        walker.action(fair=fair)(moves(edges, name))
    return System(options.pop("start", At()), components=[walker], properties=properties, **options)


def verdicts(result: CheckResult) -> list[Verdict | None]:
    """The verdicts in the order of the properties."""
    return [one.verdict for one in result.properties]


def is_at(kind: Any, name: str, *places: int) -> Property[At]:
    """A property that says one is at one of these places."""

    def look(s: At) -> Claims:
        yield claim(s.place in places, f"at {places}")

    return kind(name=name)(look)  # type: ignore[no-any-return]


def from_the_start(*places: int) -> Property[At]:
    """A leads_to: whoever starts gets to one of these places."""

    def look(s: At) -> Whenever:
        return Whenever(given=s.place == 0, then=s.place in places)

    return leads_to(look)


def rise(s: At) -> None:
    """Count for ever."""
    s.turns += 1


def square(s: At) -> None:
    """Grow beyond every machine word."""
    require(s.turns < 2**70)
    s.turns = max(s.turns, 2) ** 2


def below(limit: int) -> Property[At]:
    """The count stays below a limit."""

    def look(s: At) -> Claims:
        yield claim(s.turns < limit, "it stays below")

    return always(look)


def counting(action: Callable[[At], None], *properties: Property[Any], **options: Any) -> System[At]:
    """A system that does one thing."""
    counter = Component("counter", fair=weak)
    counter.action(action)
    return System(At(), components=[counter], properties=properties, **options)


def test_a_truncated_search_is_no_proof(check):
    """1: what lies beyond a bound, or beyond the range of a small integer, is not said to hold."""
    system = counting(rise, below(300))

    for bounds in (Bounds(states=200), Bounds(depth=200), Bounds(states=1), Bounds(seconds=0)):
        found = check(system, bounds=bounds)
        assert (verdicts(found), found.exhaustive, found.exit_code()) == ([UNDETERMINED], False, 3)
    (beyond,) = check(system).properties
    assert (beyond.verdict, len(beyond.traces[0].steps)) == (REFUTED, 300)
    (large,) = check(counting(square, below(2**64))).properties
    assert (large.verdict, len(large.traces[0].steps)) == (REFUTED, 6)


@pytest.mark.parametrize("turn", [(1, 2), (2, 1)])
def test_liveness_looks_at_runs_not_at_states(check, turn):
    """2: of two ways that meet again only one keeps the promise; the one searched first does not answer for both."""
    first, second = turn
    meet = [({0: first}, weak), ({0: second}, weak), ({1: 3, 2: 3}, weak)]
    meeting = graph([from_the_start(1), from_the_start(3)], *meet)
    circling = graph([from_the_start(9), from_the_start(2)], ({0: first, first: 0}, None), ({0: second}, None))

    assert verdicts(check(meeting)) == [REFUTED, PROVED]
    assert verdicts(check(circling)) == [REFUTED, REFUTED]


def test_fairness_is_judged_on_the_loop_itself(check):
    """3: a loop is fair or not by what is enabled on it; it is shown alone; and resting for ever is a run, too."""
    ring, back_and_forth = {0: 1, 2: 3, 3: 4, 4: 5, 5: 0}, ({1: 2, 2: 1}, weak)
    again = is_at(always_eventually, "again", 0)
    inside = graph([again], (ring, weak), back_and_forth, ({4: 5}, strong))  # what is strong is enabled elsewhere
    outside = graph([again], (ring, strong), back_and_forth)
    resting = graph([again], ({0: 1}, weak), ({1: 0}, None))  # may stay where it is, for nothing is promised
    moving = graph([again], ({0: 1}, weak), ({1: 0}, weak))

    (trace,) = check(inside).traces
    assert trace.loop_from == len(trace.steps) - 2
    assert {row["place"] for row in trace.states[trace.loop_from :]} == {1, 2}
    assert verdicts(check(outside)) == [PROVED]
    assert [trace.stutters for trace in check(resting).traces] == [True]
    assert verdicts(check(moving)) == [PROVED]


@state
class Shelf:
    """Objects from a pool."""

    items: Table[Item, At]


def test_a_bound_makes_no_promise_true(check):
    """4: where states are left out, or a pool has no id left, no run is said to keep its promise."""
    far = is_at(eventually_always, "far", 5)
    chain = graph([far, from_the_start(5)], ({0: 1, 1: 2, 2: 3, 3: 4, 4: 5}, weak))
    clerk = Component("clerk", fair=weak)

    @clerk.action
    def add(s: Shelf) -> None:
        s.items.add(At())

    @eventually_always
    def never_full(s: Shelf) -> Claims:
        yield claim(len(s.items) < 3, "there is room")

    @eventually_always
    def one_or_more(s: Shelf) -> Claims:
        yield claim(len(s.items) > 0, "there is one")

    shelf = System(Shelf(items=Table([Item("a"), Item("b")])), components=[clerk], properties=[never_full, one_or_more])

    assert verdicts(check(chain)) == [PROVED, PROVED]
    assert verdicts(check(chain, bounds=Bounds(depth=3))) == [UNDETERMINED, UNDETERMINED]
    assert verdicts(check(chain, bounds=Bounds(states=3))) == [UNDETERMINED, UNDETERMINED]
    assert verdicts(check(shelf)) == [UNDETERMINED, UNDETERMINED]
    assert "ran out of ids" in check(shelf).properties[0].reason


def test_liveness_does_not_depend_on_the_order_of_the_search(check):
    """5: whichever action comes first, after a run that was cut short, and beside others, the answer is the same."""
    again, away = is_at(always_eventually, "again", 0), is_at(always_eventually, "away", 3)
    actions = [({0: 1, 1: 2}, weak), ({2: 0}, strong), ({2: 3, 3: 0}, weak), ({1: 0}, None)]
    systems = [graph([again, away], *order) for order in itertools.permutations(actions)]

    def answer(system: System[At]) -> list[tuple[Verdict | None, int]]:
        check(system, bounds=Bounds(states=2))
        return [(one.verdict, len(one.traces[0].steps) if one.traces else 0) for one in check(system).properties]

    alone = answer(systems[0])
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(answer, systems))

    assert [verdict for verdict, _ in alone] == [PROVED, REFUTED]
    assert together == [alone] * len(systems)


@state
class Desk:
    """Items that are interchangeable, as far as the actions go."""

    done: Map[Item, bool]


ITEMS = tuple(map(Item, "xyz"))


def desk(*properties: Property[Any], partial_to: Item | None = None, **options: Any) -> System[Desk]:
    """A desk with a worker, who may be partial to an item."""
    worker = Component("worker", fair=weak)

    @worker.action
    def finish(s: Desk, i: Item) -> None:
        require(not s.done[i])
        require(partial_to is None or i == partial_to or s.done[partial_to])
        s.done[i] = True

    return System(Desk(done=Map((i, False) for i in ITEMS)), components=[worker], properties=properties, **options)


@always
def not_the_last_alone(s: Desk) -> Claims:
    """Tells ids apart: true of no renaming of itself."""
    yield claim(not (s.done[ITEMS[-1]] and not s.done[ITEMS[0]]), "the last is not done before the first")


@eventually_always
def all_done(s: Desk) -> Claims:
    """The same of each item."""
    yield claim(all(s.done.values()), "all are done")


def test_symmetry_is_checked_and_harms_nobody(check):
    """6: what is not symmetric is refused; a property that tells ids apart keeps its answer, with real names."""
    with pytest.raises(SpecError, match=r"tells apart ids that are declared symmetric"):
        check(desk(all_done, partial_to=ITEMS[1], symmetric=[Item]))
    plain, declared = (check(desk(not_the_last_alone, all_done, symmetric=ids)) for ids in ([], [Item]))

    assert verdicts(plain) == verdicts(declared) == [REFUTED, PROVED]
    for result in (plain, declared):
        assert [str(step) for step in result.traces[0].steps] == ["worker.finish(z)"]


@state
class Two:
    """A spinner that nobody asks about, and a place."""

    place: int = 0
    spin: int = 0


def two(fair: Any, *properties: Property[Any]) -> System[Two]:
    """A step that is asked about, beside one that goes on for ever."""
    spinner, walker = Component("spinner"), Component("walker", fair=fair)

    @spinner.action
    def turn(s: Two) -> None:
        s.spin = 1 - s.spin

    @walker.action
    def arrive(s: Two) -> None:
        s.place = 1

    return System(Two(), components=[spinner, walker], properties=properties)


@eventually_always
def arrives(s: Two) -> Claims:
    """Is put off for ever by the spinner unless it is promised."""
    yield claim(s.place == 1, "it is there")


@leads_to
def starts_and_arrives(s: Two) -> Whenever:
    """The same as a response."""
    return Whenever(given=s.place == 0, then=s.place == 1)


@pytest.mark.parametrize("fair", [None, weak, strong])
@pytest.mark.parametrize("reduced", [{}, {"sliced": True, "whole_first": 0}], ids=["whole", "sliced"])
def test_a_reduction_keeps_the_runs_that_put_things_off(check, reduced, fair):
    """7: leaving out what is independent neither loses the run that does nothing else, nor invents one."""
    result = check(two(fair, arrives, starts_and_arrives), **reduced)

    assert verdicts(result) == [REFUTED if fair is None else PROVED] * 2
    assert {one.states for one in result.explorations} == ({2} if reduced else {4})  # it was left out, or was not


@always
def never_so(w: World) -> Claims:
    """A claim."""
    yield claim(sum(w.cells.values()) < TOP, "the cells are low")


@reachable
def possibly_not(w: World) -> Claims:
    """Its opposite, as a witness."""
    yield claim(sum(w.cells.values()) >= TOP, "the cells are high")


@always
def ever_not(w: World) -> Claims:
    """Its opposite, in every state."""
    yield claim(sum(w.cells.values()) >= TOP, "the cells are high")


@eventually_always
def settles_low(w: World) -> Claims:
    """In the end."""
    yield claim(w.cells[CELLS[1]] < TOP, "it is low")


@always_eventually
def high_again(w: World) -> Claims:
    """Its opposite."""
    yield claim(w.cells[CELLS[1]] == TOP, "it is high")


@leads_to
def low_rises(w: World) -> Whenever:
    """Always in the end: what `settles_low` rules out as well."""
    return Whenever(given=True, then=w.cells[CELLS[1]] == TOP)


CONTRADICTIONS = (never_so, possibly_not, ever_not, settles_low, high_again, low_rises)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_contradictions_are_not_both_proved(name: str):
    """8: of a claim and its opposite at most one is proved, and by its witness or its trace exactly one is."""
    met: set[tuple[str, Verdict | None]] = set()

    @settings(max_examples=80, derandomize=True, deadline=None, database=None)
    @given(worlds())
    def ask(plan: Any) -> None:
        system = system_of(plan)
        system.properties = CONTRADICTIONS
        result = check_system(system, engine=name, bounds=Bounds(states=100))
        said = {one.name: one.verdict for one in result.properties}
        met.update(said.items())
        for one, other in (
            ("never-so", "possibly-not"),
            ("never-so", "ever-not"),
            ("settles-low", "high-again"),
            ("settles-low", "low-rises"),
        ):
            assert (said[one], said[other]) != (PROVED, PROVED)
        if result.exhaustive:
            assert {said["never-so"], said["possibly-not"]} == {PROVED, REFUTED}

    ask()
    assert {verdict for _, verdict in met} >= {PROVED, REFUTED}
    assert {name for name, verdict in met if verdict is PROVED} >= {"never-so", "possibly-not", "settles-low"}


def test_an_enabled_guard_is_no_step(check):
    """9: an action whose guard holds and that changes nothing never fired, and proves nothing of what needs it."""
    walker = Component("walker")

    @walker.action
    def idle(s: At) -> None:
        require(s.place == 0)
        s.place = 0

    @walker.action
    def go(s: At) -> None:
        s.turns = 1

    @always(needs=("idle",))
    def about_idling(s: At) -> Claims:
        yield claim(s.place == 0, "it stays")

    @always(needs=("go",))
    def about_going(s: At) -> Claims:
        yield claim(s.place == 0, "it stays")

    system = System(At(), components=[walker], properties=[about_idling, about_going])
    result = check(system)

    assert (verdicts(result), result.properties[0].reason) == ([None, PROVED], "idle never fired")
    assert result.never_fired == ("walker.idle",)
    assert result.stuttering > 0
    assert verdicts(check(system, properties=["about-idling"])) == [UNDETERMINED]


def flips() -> Iterator[int]:
    """A hidden memory."""
    yield from itertools.cycle((0, 1))


COIN = flips()
HIDDEN: dict[str, Callable[[], object]] = {
    "random numbers": random.random,
    "the wall clock": time.perf_counter_ns,
    "a global that counts": partial(next, COIN),
    "the address of an object": lambda: hash(object()),
}


@pytest.mark.parametrize("source", HIDDEN)
@pytest.mark.parametrize("where", ["action", "property"])
def test_hidden_nondeterminism_is_found(check, source: str, where: Literal["action", "property"]):
    """10: a function that depends on more than the state is an error that names it, and never a proof."""
    kept: list[object] = []

    def look() -> object:
        kept.append(object())  # so that no address comes twice
        return HIDDEN[source]()

    def act(s: At) -> None:
        require(s.turns == 0)
        s.turns = hash((look(),) if where == "action" else "a") or 1

    @always
    def holds(_s: At) -> Claims:
        yield claim(True, "it holds" if where == "action" else f"it holds {look()}")

    result = check(counting(act, holds), verify=100)
    blamed = "counter.act()" if where == "action" else "holds"

    assert (result.exit_code(), verdicts(result)[-1]) == (4, ERROR)
    assert any(one.reason.startswith(f"{blamed} did something else") for one in result.properties)
    assert check(counting(rise, below(9)), bounds=Bounds(depth=5), verify=100).exit_code() == 3
