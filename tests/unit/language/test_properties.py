"""Properties yield claims, over one state or over a step, and say what each claim was judged by."""

from __future__ import annotations

from typing import Any

import pytest
from language_systems import HOUSE, A, B, C, House, Id, judged

from clusterproof import (
    Claims,
    Property,
    SpecError,
    StepInfo,
    System,
    Whenever,
    always,
    always_eventually,
    choose,
    claim,
    eventually_always,
    evolve,
    leads_to,
    reachable,
    require,
    step,
)
from clusterproof.compiled import Compiled
from clusterproof.errors import UserCodeError


@always
def two_clauses(c: House) -> Claims:
    """The door is open and the hall is small.

    This second paragraph is for readers of the source.
    """
    yield claim(c.door, "the door is open")
    yield claim(c.hall.size < 3 and c.door, "the hall is small", A, B)


def test_each_claim_knows_what_it_was_judged_by():
    """The slots read since the claim before, or all of them where it reads nothing new."""
    judgement = judged(two_clauses)
    (first, door), (second, size) = judgement.claims

    assert judgement.holds
    assert (first.says, second.about) == ("the door is open", (A, B))
    assert len(door) == len(size) == 1
    assert judgement.reads == door + size


def test_a_claim_that_reads_nothing_new_is_judged_by_all():
    """Nothing new read means that what was read before decides."""

    @always
    def twice(c: House) -> Claims:
        """The same twice."""
        yield claim(c.door, "open")
        yield claim(not c.door, "closed")

    judgement = judged(twice)

    assert [slots for _, slots in judgement.claims] == [judgement.reads, judgement.reads]
    assert not judgement.holds


def test_no_claim_is_no_failure():
    """A property that has nothing to say of a state holds there."""

    @always
    def silent(c: House) -> Claims:
        """Speaks of an owner."""
        if c.owner is not None:
            yield claim(c.door, "open")

    assert judged(silent).claims == ()
    assert judged(silent).holds


def test_a_property_has_a_name_a_line_and_parameters():
    """The name has dashes, the line is the first of the docstring, parameters quantify over objects."""

    @step(name="given-name", needs=["drain"], timed_only=True)
    def a_step(before: House, after: House, by: StepInfo, i: Id) -> Claims:
        """Nothing is said."""
        yield claim(before == after, by.action, i)

    assert (two_clauses.name, two_clauses.doc) == ("two-clauses", "The door is open and the hall is small.")
    assert (a_step.name, a_step.needs, a_step.timed_only) == ("given-name", ("drain",), True)
    assert a_step.parameters == {"i": Id}
    assert a_step.wants_step
    assert (a_step.states, two_clauses.states) == (2, 1)
    assert repr(two_clauses) == "<always property two-clauses>"


def test_every_kind_keeps_its_name():
    """The decorators differ in the kind of what they make."""

    def body(c: House) -> Claims:
        yield claim(c.door, "open")

    made = [decorate(body).kind for decorate in (always, eventually_always, always_eventually, reachable)]
    made += [step(lambda before, after: iter(())).kind, leads_to(lambda c: Whenever(given=True, then=True)).kind]

    assert made == ["always", "eventually_always", "always_eventually", "reachable", "step", "leads_to"]


def test_a_template_is_instantiated_per_object():
    """One instance per id, named for people."""

    @always
    def is_lit(c: House, i: Id) -> Claims:
        """It shines."""
        yield claim(i in c.lit, "it is lit", i)

    compiled = Compiled(System(HOUSE))
    instances = compiled.property_instances(is_lit)
    (row,) = compiled.initial_rows()

    assert [about.arguments for about in instances] == [(A,), (B,), (C,)]
    assert [about.object_name for about in instances] == ["lamps/a", "lamps/b", "lamps/c"]
    assert [compiled.judge(about, row).holds for about in instances] == [True, True, False]


def test_a_step_property_sees_both_states():
    """Slots of the state after are told from those before."""

    @step
    def grows(before: House, after: House) -> Claims:
        """The hall does not shrink."""
        yield claim(after.hall.size >= before.hall.size, "it grows")

    bigger = evolve(HOUSE, hall=evolve(HOUSE.hall, size=1))

    assert judged(grows, HOUSE, bigger).holds
    assert not judged(grows, bigger, HOUSE).holds
    assert len(judged(grows, HOUSE, bigger).reads) == 2


def test_a_response_has_two_halves():
    """leads_to hands back the condition and what has to follow."""

    @leads_to
    def answered(c: House) -> Whenever:
        """Open doors are answered."""
        return Whenever(given=c.door, then=c.owner is not None)

    assert judged(answered).response == Whenever(given=True, then=False)


def in_property(body: Any) -> Property[Any]:
    """An always property that does this before it makes a claim."""

    def careless(c: House) -> Claims:
        body(c)
        yield claim(c.door, "open")

    return always(careless)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (lambda c: setattr(c, "door", False), "assigns to the state, but it may only look"),
        (lambda c: c.lit.add(C), "may only look"),
        (lambda c: c.rooms.__setitem__(A, 3), "may only look"),
        (lambda c: c.lamps.__delitem__(A), "may only look"),
        (lambda c: c.lamps.add(HOUSE.hall), "may only look"),
        (lambda c: choose((1, 2)), "properties look, they do not choose"),
        (lambda c: require(False), r"calls require\(\): a property makes no claim instead"),
        (lambda c: c.lamps[C], r"lamps\[c\] does not exist in this state"),
        (lambda c: claim(1, "one"), "a claim holds or it does not"),
        (lambda c: claim(c.owner, "owner"), "a claim holds or it does not"),
        (lambda c: Whenever(given=c.owner, then=True), r"Whenever\(given=None\): a condition holds or it does not"),
    ],
)
def test_misuse_in_a_property_is_taught(body: Any, text: str):
    """Properties look: what changes, chooses or guesses is refused, naming the property."""
    with pytest.raises(SpecError, match=text) as caught:
        judged(in_property(body))

    assert str(caught.value).startswith("careless")


@pytest.mark.parametrize("returned", [True, None, claim(True, "x"), [True], ["text"]])
def test_what_is_no_claim_is_refused(returned: object):
    """A property yields claims, never a bool."""
    with pytest.raises(SpecError, match=r"yield claim\(condition"):
        judged(always(lambda c: returned))


def test_a_response_is_a_whenever():
    """leads_to refuses anything else."""
    with pytest.raises(SpecError, match=r"returns Whenever\(given, then\)"):
        judged(leads_to(lambda c: True))


def test_an_exception_in_a_property_names_it():
    """What user code raises is told from an error of the specification."""
    with pytest.raises(UserCodeError, match="careless raised ZeroDivisionError"):
        judged(in_property(lambda c: 1 / 0))


def test_parameters_of_properties_are_annotated():
    """A parameter without type has no domain; a property takes a state, a step property two."""
    with pytest.raises(SpecError, match="annotate c"):
        _ = always(lambda c: iter(())).parameters
    with pytest.raises(SpecError, match=r"write def <lambda>\(state: S\) for @always"):
        _ = always(lambda: iter(())).parameters
    with pytest.raises(SpecError, match=r"write def <lambda>\(before: S, after: S\) for @step"):
        _ = step(lambda before: iter(())).parameters


def test_a_plain_function_is_no_property():
    """A forgotten decorator is said at once."""
    with pytest.raises(SpecError, match="test_a_plain_function_is_no_property is a plain function"):
        System(HOUSE, properties=[test_a_plain_function_is_no_property])  # type: ignore[list-item]
