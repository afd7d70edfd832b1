"""`count`, `total` and `matching`: what they say, what is recorded of them, and what might escape, which is refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from language_systems import HOUSE, A, B, C, Color, House, Id, Lamp, footprint, reads

from clusterproof import Component, Map, SpecError, choose, cover, require
from clusterproof.evaluation import Evaluation, Evaluator
from clusterproof.folds import Folds
from clusterproof.schema import Schema

SEEN: list[Id] = []
SIZES = {"small": 0}


def is_big(i: Id, c: House) -> bool:
    """Whether a lamp is big."""
    return c.lamps[i].size > 1


def size_of(i: Id, c: House) -> int:
    """How large a lamp is."""
    return c.lamps[i].size


def is_colored(i: Id, c: House, color: Color) -> bool:
    """Whether a lamp has a color, and the door is open."""
    return c.door and c.lamps[i].color is color


def evaluated(function: Callable[..., Any], start: House = HOUSE) -> tuple[Schema, Evaluation]:
    """What an action made of the function does in a house."""
    schema = Schema(start)
    action = Component("tester").action(function)
    return schema, Evaluator(schema).run_action(action, (), schema.row(start), "tester.act()")


def folded(function: Callable[..., Any], start: House = HOUSE) -> tuple[Schema, Folds]:
    """What it folds."""
    schema, evaluation = evaluated(function, start)
    assert evaluation.folds is not None
    return schema, evaluation.folds


def paths(schema: Schema, slots: tuple[int, ...]) -> list[str]:
    """What slots are called."""
    return [schema.slots[slot].path for slot in slots]


def test_values():
    """Outside of an evaluation they say what a loop says, of a Table, a Map, a SetOf, and of some ids only."""
    assert HOUSE.lamps.count(is_big, HOUSE) == 1
    assert HOUSE.lamps.matching(is_big, HOUSE) == (B,)
    assert HOUSE.lamps.count(is_big, HOUSE, among=(A, C)) == 0
    assert HOUSE.rooms.matching(lambda i, c: c.rooms[i] > 1, HOUSE) == (B, C)
    assert HOUSE.lit.count(lambda i: i != A) == 1
    assert HOUSE.rooms.total(lambda i, c: c.rooms[i] - 2, HOUSE) == sum(size - 2 for size in HOUSE.rooms.values())
    assert HOUSE.lamps.total(size_of, HOUSE) == sum(lamp.size for lamp in HOUSE.lamps.values())
    assert HOUSE.lamps.total(size_of, HOUSE, among=(A, C)) == HOUSE.lamps[A].size
    assert HOUSE.lit.total(lambda _, each: each, -(10**30)) == -2 * 10**30
    assert HOUSE.lamps.matching(is_colored, HOUSE, Color.RED) == (A, B)


def test_views():
    """An action is told the same."""

    def act(c: House) -> None:
        c.notes = (
            c.lamps.count(is_big, c),
            c.rooms.matching(lambda i, h: h.rooms[i] > 1, c),
            c.lit.count(lambda _: True),
            c.rooms.total(lambda i, h: h.rooms[i], c),
        )

    assert footprint(act).writes == {"notes": (1, (B, C), 2, sum(HOUSE.rooms.values()))}


def test_everything_looked_at_is_read():
    """The footprint has what was looked at for every id, whether the object exists among it."""
    assert reads(lambda c: c.lamps.count(is_big, c)) == [
        "lamps[a]",
        "lamps[a].size",
        "lamps[b]",
        "lamps[b].size",
        "lamps[c]",
    ]


def test_what_comes_after_rests_on_the_result():
    """What was read one by one is kept apart from what was folded, and read once more when it is read afterwards."""

    def act(c: House) -> None:
        require(c.door)
        if c.lamps.count(is_big, c) == 1:
            c.owner = c.lamps[B].room

    schema, folds = folded(act)
    slots, joins = folds.trail()
    assert paths(schema, folds.exact) == ["door", "lamps[b]", "lamps[b].room"]
    assert paths(schema, slots)[-3:] == ["lamps[c]", "lamps[b]", "lamps[b].room"]
    assert [(join.position, join.done, join.found) for join in joins] == [(1, 0, None), (3, 1, 0), (5, 2, 1), (6, 3, 1)]


def test_totals_rest_on_the_sum_so_far():
    """Behind every id of a total stands what was found so far, and an id that is not there adds nothing."""

    def act(c: House) -> None:
        require(c.lamps.total(size_of, c) == 2)

    _, joins = folded(act)[1].trail()
    sizes = [lamp.size for lamp in HOUSE.lamps.values()]
    assert [(join.done, join.found) for join in joins] == [(0, None), (1, sizes[0]), (2, sum(sizes)), (3, sum(sizes))]


def test_what_was_read_before_is_not_read_again():
    """A slot that was read before the fold is known in it."""

    def act(c: House) -> None:
        require(c.door)
        require(c.lamps.count(is_colored, c, Color.RED) == 2)

    schema, folds = folded(act)
    assert "door" not in paths(schema, folds.trail()[0])[1:]
    assert all(schema.slots[part.slots[1]].path == "door" for part in folds.each[0].parts[:2])


def test_the_branches_of_a_choice_fold_once():
    """What was folded before a choice is not looked at again for each option; what comes after it is."""

    def before(c: House) -> None:
        c.notes = c.lamps.count(is_big, c) + choose(range(3))

    def after(c: House) -> None:
        option = choose(range(3))
        c.notes = c.lamps.count(is_big, c) + option

    assert len(folded(before)[1].each) == 1
    assert len(folded(after)[1].each) == 3
    notes = [footprint(act).outcomes for act in (before, after)]
    assert notes[0] == notes[1] == [(str(n), {"notes": n + 1}) for n in range(3)]


def test_the_component_counts_for_itself():
    """What `runs_when` folds is no answer to what the action folds."""
    tester = Component("tester", runs_when=lambda c: c.lamps.count(is_big, c) == 1)

    @tester.action
    def act(c: House) -> None:
        c.notes = choose((c.lamps.count(is_colored, c, Color.RED), c.lamps.count(is_colored, c, Color.BLUE)))

    schema = Schema(HOUSE)
    evaluation = Evaluator(schema).run_action(act, (), schema.row(HOUSE), "tester.act()")
    assert [outcome.label for outcome in evaluation.outcomes] == ["2", "0"]


def test_what_was_counted_is_no_soft_read():
    """A slot that was counted is not only looked up for a free id: what it holds matters."""

    def act(c: House) -> None:
        require(c.lamps.count(lambda i, h: h.lamps[i].room == A, c) == 1)
        c.lamps.add(Lamp())

    schema, evaluation = evaluated(act)
    assert {"lamps[a].room", "lamps[b].room"} <= set(paths(schema, evaluation.reads))
    assert not {"lamps[a].room", "lamps[b].room"} & set(paths(schema, tuple(evaluation.soft_reads)))


def test_inside_of_another_one():
    """A count inside of a count is a loop: part of the look at one id."""

    def neighbours(i: Id, c: House) -> bool:
        return c.lamps.count(is_big, c) > 0 and i != C

    def act(c: House) -> None:
        require(c.rooms.count(neighbours, c) == 2)

    _, folds = folded(act)
    assert len(folds.each) == 1
    assert len(folds.each[0].parts) == 3


def test_ended_by_an_exception():
    """Of an id at which a function ends, all that was read counts as read one by one."""

    def picky(i: Id, c: House) -> bool:
        return require(c.rooms[i] < 2)

    def act(c: House) -> None:
        try:
            c.rooms.count(picky, c)
        except BaseException:  # noqa: BLE001  (a function of the user's may do this)
            c.notes = "ended"

    schema, folds = folded(act)
    assert not folds.each[0].complete
    assert paths(schema, folds.exact) == ["rooms[b]"]
    assert len(folds.each[0].parts) == 1


def remembers_globally(i: Id, _c: House) -> bool:
    """Notes what it saw."""
    SEEN.append(i)
    return True


def assigns_globally(i: Id, _c: House) -> bool:
    """Notes what it saw."""
    global LAST  # noqa: PLW0603  (that is what is refused)
    LAST = i
    return True


def with_memory(i: Id, _c: House, seen: list[Id] = []) -> bool:  # noqa: B006  (that is what is refused)
    """Notes what it saw."""
    return not seen.append(i)


def assigns(i: Id, c: House) -> bool:
    """Changes the state."""
    c.lamps[i].size = 3
    return True


def guesses(i: Id, c: House) -> bool:
    """Returns no answer."""
    return c.lamps[i].size  # type: ignore[return-value]


def weighs(_i: Id, c: House) -> float:
    """Returns no whole number."""
    return c.lamps[A].size / 2


def chooses(_i: Id, _c: House) -> bool:
    """Chooses."""
    return choose((True, False))


def marks(_i: Id, _c: House) -> bool:
    """Covers."""
    cover("seen")
    return True


class Sized:
    """Has a method."""

    def is_it(self, _i: Id) -> bool:
        """A look that may remember."""
        return True


def closed(c: House, seen: list[Id]) -> int:
    """Counts with a lambda that remembers."""
    return c.lamps.count(lambda i, _: not seen.append(i), c)


ESCAPES: dict[str, tuple[Callable[[House], object], str]] = {
    "a closure": (lambda c: closed(c, []), r"uses seen of the function around it"),
    "a global list": (lambda c: c.lamps.count(remembers_globally, c), r"uses the global SEEN, a list"),
    "a global dict": (lambda c: c.lamps.count(lambda _, h: SIZES["small"] == h.hall.size, c), r"uses the global SIZES"),
    "a global variable": (lambda c: c.lamps.count(assigns_globally, c), r"assigns to the global LAST"),
    "a default": (lambda c: c.lamps.count(with_memory, c), r"has a default value that is a list"),
    "a partial": (lambda c: c.lamps.count(functools.partial(is_big, c=c)), r"a partial might remember what it saw"),
    "a method": (lambda c: c.lamps.count(Sized().is_it), r"a method might remember what it saw"),
    "a list": (lambda c: c.lamps.count(lambda i, seen: not seen.append(i), []), r"a list might change"),
    "a list in a tuple": (
        lambda c: c.lamps.count(lambda i, seen: not seen[0].append(i), ([],)),
        r"a tuple might change",
    ),
    "an object": (lambda c: c.lamps.count(lambda i, _: i == A, Sized()), r"a Sized might change"),
    "a part of the state": (
        lambda c: c.lamps.count(lambda i, lamps: i in lamps, c.lamps),
        r"a place in the state might",
    ),
    "a write": (lambda c: c.lamps.count(assigns, c), r"assigns to the state inside of count\(\)"),
    "a choice": (lambda c: c.lamps.count(chooses, c), r"choose\(\) inside of count\(\)"),
    "a mark": (lambda c: c.lamps.matching(marks, c), r"cover\('seen'\) inside of matching\(\)"),
    "no answer": (lambda c: c.lamps.count(guesses, c), r"guesses returned 0 for 'a': does it count or not"),
    "half an answer": (lambda c: c.lamps.total(weighs, c), r"weighs returned 0.0 for 'a': how much is that"),  # type: ignore[arg-type]
    "yes and no": (lambda c: c.lamps.total(is_big, c), r"is_big returned False for 'a': how much is that"),
    "a total that closes": (lambda c: c.lamps.total(lambda i: len(str(c)) + len(i)), r"uses c of the function around"),
    "a set of ids": (lambda c: c.lamps.count(is_big, c, among={A}), r"the order of a set changes"),
    "objects": (lambda c: c.lamps.count(is_big, c, among=c.lamps.values()), r"a place in the state is no id"),
}


@pytest.mark.parametrize("escape", ESCAPES)
def test_what_might_escape(escape):
    """A function that might let out more than its answer is refused, with what to write instead."""
    look, says = ESCAPES[escape]
    with pytest.raises(SpecError, match=says) as raised:
        footprint(lambda c: require(look(c) is not None))
    assert "\n  " in str(raised.value)


def test_a_map_of_states():
    """A plain state counts as an argument; so tests can call what an action calls."""
    lamps = Map({A: Lamp(size=2), B: Lamp()})
    assert lamps.count(lambda _, lamp: lamp.size == 2, Lamp(size=2)) == 2
