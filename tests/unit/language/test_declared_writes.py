"""Actions that declare what they write: enforced wherever they are evaluated."""

from __future__ import annotations

from typing import Any

import pytest
from planted_systems import Id, Plant, Thing, planted

from clusterproof import Component, SpecError, System, Table, require
from clusterproof.checker.check import check_system
from clusterproof.compiled import Compiled

IDS = (Id("a"), Id("b"))
START = Plant(things=Table(IDS, {IDS[0]: Thing()}))


def both(p: Plant) -> None:
    """Writes two fields."""
    p.goal = 1
    p.other = 1


def system_of(function: Any, writes: Any) -> System[Plant]:
    """Plant one action that declares its writes."""
    return planted([(function, {"writes": writes})], start=START)


def written(function: Any, writes: Any) -> set[str]:
    """The paths of the slots that an action may write by its declaration."""
    compiled = Compiled(system_of(function, writes))
    slots = compiled.writable(compiled.instances[0])
    assert slots is not None
    return {compiled.schema.slots[slot].path for slot in slots}


def test_what_is_declared_may_be_written():
    """An action that keeps to its declaration is as enabled as without one."""
    assert check_system(system_of(both, ("goal", "other"))).states == 2


def test_what_is_not_declared_is_refused():
    """An assignment beside the declaration is an error that says what to add."""
    with pytest.raises(SpecError) as refused:
        check_system(system_of(both, ("goal",)))

    assert "c.both() assigns other, which it does not declare" in str(refused.value)
    assert "add 'other' to writes=(...) of c.both" in str(refused.value)


def test_a_collection_stands_for_all_of_it():
    """A field with ids in it stands for whether objects exist, and for all of their fields."""
    assert written(both, ("things",)) == {"things[a]", "things[b]", "things[a].old", "things[b].old"}
    assert written(both, ("things.old", "goal")) == {"things[a].old", "things[b].old", "goal"}


def test_deleting_writes_all_fields():
    """Who deletes an object has to declare the object, not one field."""

    def remove(p: Plant) -> None:
        require(IDS[0] in p.things)
        del p.things[IDS[0]]

    assert check_system(system_of(remove, ("things",))).states == 2
    with pytest.raises(SpecError, match=r"which it does not declare"):
        check_system(system_of(remove, ("things.old",)))


@pytest.mark.parametrize(
    ("writes", "message"),
    [
        (("gaol",), r"c.both, writes: Plant has no field 'gaol'.\n  there are goal, other"),
        (("things.young",), r"c.both, writes: Thing has no field 'young'.\n  there are old"),
        (("goal.deep",), r"c.both, writes: goal is a value, and has no field 'deep'"),
    ],
)
def test_a_declaration_that_names_nothing_is_refused(writes, message):
    """A field that the state does not have is found before anything is explored."""
    with pytest.raises(SpecError, match=message):
        Compiled(system_of(both, writes))


def test_one_text_is_not_a_list_of_fields():
    """A text would be taken for a list of letters."""
    with pytest.raises(SpecError, match=r"c.both: writes='goal' is one text.\n  write writes=\('goal',\)"):
        system_of(both, "goal")


def test_a_component_declares_for_its_actions():
    """The declaration of a component holds where an action has none of its own, for faults, too."""
    component = Component("c", writes=("goal",))
    assert component.action(both).writes == ("goal",)

    def other(p: Plant) -> None:
        p.other = 1

    assert component.action(writes=("other",))(other).writes == ("other",)

    def fails(p: Plant) -> None:
        p.goal = 1

    assert component.fault(fails).writes == ("goal",)
