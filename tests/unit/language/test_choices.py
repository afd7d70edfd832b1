"""`require` guards, `choose` branches, `cover` marks; the recorder runs a function once per branch."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_systems import HOUSE, A, B, Color, House, footprint, system_of

from clusterproof import SpecError, choose, cover, require
from clusterproof.compiled import Compiled
from clusterproof.recorder import Disabled, Recorder, current_recorder, recording


def labels(function: Any) -> list[str]:
    """The labels of the outcomes."""
    return [label for label, _ in footprint(function).outcomes]


# --- require


def test_require_hands_back_its_argument_without_the_none():
    """What is there is handed back as it is."""
    assert require(A) is A
    assert require(True) is True
    assert require(3) == 3


@pytest.mark.parametrize("no", [False, None])
def test_false_and_none_refuse(no: object):
    """Without its guard an action has no outcome."""
    assert footprint(lambda c: require(no)).outcomes == []
    with pytest.raises(Disabled):
        require(no)


@pytest.mark.parametrize("guess", [0, 0.0, "", (), [], {}, set(), frozenset()])
def test_what_may_mean_no_is_refused(guess: object):
    """Zero and empty collections are no answer to whether."""
    with pytest.raises(SpecError, match="write the comparison"):
        require(guess)


@pytest.mark.parametrize("name", ["lamps", "lit"])
def test_empty_collections_of_the_state_are_refused_too(name: str):
    """A SetOf or Table with nothing in it is a guess as well."""

    def act(c: House) -> None:
        for i in list(c.lamps):
            del c.lamps[i]
        for i in c.lit.universe:
            c.lit.discard(i)
        require(getattr(c, name))

    with pytest.raises(SpecError, match=rf"require\({name}\): is that 'no'\?"):
        footprint(act)


@pytest.mark.parametrize(
    "never", [lambda: True, HOUSE.hall.is_like, (x for x in ())], ids=["lambda", "method", "generator"]
)
def test_what_is_never_no_is_refused(never: object):
    """A function that was not called would be a guard that always holds."""
    with pytest.raises(SpecError, match="never 'no'"):
        require(never)


def test_disabled_is_not_swallowed():
    """`except Exception` and `suppress(Exception)` do not catch a guard."""

    def act(c: House) -> None:
        with contextlib.suppress(Exception):
            require(not c.door)
        try:
            require(not c.door)
        except Exception:  # noqa: BLE001
            c.door = False

    assert footprint(act).outcomes == []
    assert not issubclass(Disabled, Exception)


# --- choose


def test_choose_takes_each_option_in_order():
    """One outcome per option, labelled."""

    def act(c: House) -> None:
        c.notes = choose((3, 1, 2), label="n")

    assert footprint(act).outcomes == [("n=3", {"notes": 3}), ("n=1", {"notes": 1}), ("n=2", {"notes": 2})]


def test_choices_multiply_like_an_odometer():
    """The last choice turns fastest."""

    def act(c: House) -> None:
        c.notes = (choose("xy"), choose((1, 2)))

    assert labels(act) == ["x, 1", "x, 2", "y, 1", "y, 2"]


def test_later_choices_may_depend_on_earlier_ones():
    """Nested choices may differ in number, order and existence."""

    def act(c: House) -> None:
        first = choose((0, 1, 2))
        c.notes = (first, *(choose(range(first), label="then") for _ in range(first - 1)))

    assert labels(act) == ["0", "1", "2, then=0", "2, then=1"]


def test_a_branch_that_is_not_enabled_is_left_out():
    """A guard after a choice prunes that branch only."""

    def act(c: House) -> None:
        n = choose((1, 2, 3))
        require(n != 2)
        c.notes = n

    assert labels(act) == ["1", "3"]


def test_nothing_to_choose_from_is_not_enabled():
    """An empty choice is no outcome, wherever it is."""
    assert footprint(lambda c: choose(())).outcomes == []
    assert footprint(lambda c: choose(n for n in c.rooms if c.rooms[n] > 5)).outcomes == []


def test_all_branches_are_one_path():
    """The reads of all branches are in the footprint of the one evaluation, each once."""

    def act(c: House) -> None:
        which = choose((A, B))
        c.notes = c.rooms[which] + c.hall.size

    assert footprint(act).reads == ["rooms[a]", "hall.size", "rooms[b]"]


def test_writes_do_not_leak_between_branches():
    """Each branch starts from the state, not from what another wrote."""

    def act(c: House) -> None:
        if choose((True, False)):
            c.door = False
        c.notes = c.door

    assert [writes for _, writes in footprint(act).outcomes] == [{"door": False, "notes": False}, {"notes": True}]


def test_choose_from_the_state():
    """Tables, sets and Maps of the state are chosen from in their order; Enums by name."""

    def act(c: House) -> None:
        c.notes = (choose(c.lamps, label="lamp"), choose(c.lit), choose(Color))

    assert labels(act)[:4] == ["lamp=a, a, RED", "lamp=a, a, GREEN", "lamp=a, a, BLUE", "lamp=a, b, RED"]
    assert len(labels(act)) == 12


@pytest.mark.parametrize("options", [{1, 2}, frozenset({1})])
def test_sets_are_not_chosen_from(options: Any):
    """The order of a set changes from run to run."""
    with pytest.raises(SpecError, match=r"choose\(sorted"):
        footprint(lambda c: choose(options))


def test_choose_needs_an_action():
    """Outside, and in guards of components, there is nothing to choose."""
    with pytest.raises(SpecError, match="only makes sense inside an action"):
        choose((1, 2))


@given(st.lists(st.integers(1, 3), max_size=4))
def test_the_odometer_counts_every_combination(widths: list[int]):
    """Independent choices of so many options give the product, each combination once."""
    recorder = Recorder()
    recorder.begin("test", may_write=True)
    seen = []
    while True:
        seen.append(tuple(recorder.pick(width) for width in widths))
        if not recorder.next_branch():
            break
        recorder.begin_branch()
    expected = 1
    for width in widths:
        expected *= width

    assert len(set(seen)) == len(seen) == expected
    assert seen == sorted(seen)


# --- cover, and the recorder itself


def test_cover_marks_the_outcome():
    """A mark belongs to the branch in which it was reached; outside it says nothing."""

    def act(c: House) -> None:
        if choose((True, False)):
            cover("left")
            c.door = False
        else:
            c.notes = 1

    compiled = Compiled(system_of(act))
    (row,) = compiled.initial_rows()

    assert [step.marks for step in compiled.steps(row).steps] == [("left",), ()]
    cover("nobody listens")


def test_the_recorder_is_ambient_and_nested():
    """An evaluation inside another has a recorder of its own; afterwards there is none."""
    outer, inner = Recorder(), Recorder()
    with recording(outer):
        with recording(inner):
            assert current_recorder() is inner
        assert current_recorder() is outer
    assert current_recorder() is None
