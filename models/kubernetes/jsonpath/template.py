"""What a template consists of, and the errors about one."""

from __future__ import annotations

from attrs import frozen


class TemplateError(ValueError):
    """A template that cannot be understood, or not be carried out; its text is one line."""


@frozen
class Field:
    """A field by its name: `.metadata`."""

    name: str


@frozen
class Wildcard:
    """Everything in an object or a list: `.*`, `[*]`."""


@frozen
class Descent:
    """An object or list and everything below it: `..`."""


@frozen
class Slice:
    """Some items of a list; `index` for exactly one: `[0]`, `[-1]`, `[0:2]`, `[::2]`."""

    start: int | None = None
    end: int | None = None
    step: int | None = None
    index: int | None = None


@frozen
class Union:
    """Several paths from the same places, the results of one after those of the other: `[0,2]`, `['a.b','c']`."""

    members: tuple[Path, ...]


@frozen
class Filter:
    """The items of a list for which a comparison holds; without an operator, those that have the left side."""

    left: Expression
    operator: str = ""
    right: Expression | None = None


Step = Field | Wildcard | Descent | Slice | Union | Filter


@frozen
class Literal:
    """A number, true, false or quoted text."""

    value: str | float | bool


@frozen
class Path:
    """Steps from the current object; none of them is the object itself."""

    steps: tuple[Step, ...] = ()


Expression = Literal | Path


@frozen
class Range:
    """A part of a template that is repeated for each result of an expression."""

    over: Path
    body: tuple[Part, ...]


Part = Literal | Path | Range
"""Text, a value, or a repetition."""
