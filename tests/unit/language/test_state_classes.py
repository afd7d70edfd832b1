"""What a @state class may not contain, because an action sees a place in the state instead of a value."""

from __future__ import annotations

import functools
from typing import Any

import attrs
import pytest

from clusterproof import SpecError, field, state


class Remembering:
    """A base class that remembers."""

    @functools.cached_property
    def answer(self) -> int:
        """Computed once."""
        return 42


def with_member(**members: Any) -> type:
    """A class with these members and a field."""
    return type("Made", (), {"__annotations__": {"size": int}, "size": 0, "__module__": __name__, **members})


@pytest.mark.parametrize(
    ("cls", "text"),
    [
        (with_member(answer=Remembering.answer), r"Made\.answer is a cached_property.*\n  write @property"),
        (type("Made", (Remembering,), {"__module__": __name__}), r"Made\.answer is a cached_property"),
        (with_member(size=[]), r"Made\.size = \[\] is mutable and shared by all states.\n  use a tuple"),
        (with_member(cache={}), r"Made\.cache = \{\} is mutable"),
        (with_member(size=attrs.field(converter=int)), r"Made\.size has a converter"),
        (with_member(size=attrs.field(init=False, default=1)), r"Made\.size cannot be given to the constructor"),
        (with_member(__annotations__={"_size": int}, _size=0), r"Made\._size cannot be given to the constructor"),
        (with_member(__eq__=lambda self, other: True), r"Made\.__eq__: states are equal when their fields are"),
        (with_member(__attrs_post_init__=lambda self: None), r"Made\.__attrs_post_init__ is not called when"),
    ],
    ids=["cached property", "inherited cached property", "mutable default", "mutable attribute", "converter", "init",
         "private name", "own equality", "post init"],
)  # fmt: skip
def test_what_a_state_class_may_not_have(cls: type, text: str):
    """Each would differ between the value and the draft; it is refused when the class is made."""
    with pytest.raises(SpecError, match=text):
        state(cls)


def test_a_state_class_is_frozen_and_keyword_only():
    """What is left is a plain frozen attrs class."""

    @state
    class Box:
        """A box."""

        size: int = field(default=1)
        name: str = "box"

    with pytest.raises(TypeError):
        Box(1)  # type: ignore[misc]
    assert Box(size=2) == Box(size=2, name="box")
    assert repr(Box()).endswith("Box(size=1, name='box')")
