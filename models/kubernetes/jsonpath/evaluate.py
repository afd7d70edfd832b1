"""Carrying out a template on an object."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from clusterproof.models.kubernetes.jsonpath.template import (
    Descent,
    Expression,
    Field,
    Filter,
    Literal,
    Part,
    Path,
    Range,
    Slice,
    TemplateError,
    Union,
    Wildcard,
)

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def execute(parts: Sequence[Part], current: Any) -> str:
    """What a template prints of an object; several results of one expression stand a blank apart.

    A field that is not there prints nothing, as with kubectl. Raises TemplateError, e.g. for an index out of bounds.
    """
    printed = []
    for part in parts:
        if isinstance(part, Range):
            printed += [execute(part.body, each) for each in _results(part.over, current)]
        else:
            printed.append(" ".join(map(_text, _results(part, current))))
    return "".join(printed)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _results(expression: Expression, current: Any) -> list[Any]:
    if isinstance(expression, Literal):
        return [expression.value]
    return _along(expression, [current])


def _along(path: Path, values: list[Any]) -> list[Any]:
    """Where a path leads to from some values."""
    for step in path.steps:
        if isinstance(step, Union):
            values = [found for member in step.members for found in _along(member, values)]
        else:
            values = [found for value in values for found in _taken(step, value)]
    return values


def _taken(step: Field | Wildcard | Descent | Slice | Filter, value: Any) -> Iterator[Any]:
    """What a step leads to from one value."""
    if isinstance(step, Field):
        if isinstance(value, Mapping) and step.name in value:
            yield value[step.name]
    elif isinstance(step, Wildcard):
        yield from _inside(value)
    elif isinstance(step, Descent):
        yield from _descent(value)
    elif isinstance(step, Slice):
        yield from _items(step, value)
    else:
        yield from (each for each in _list(value, "filtered") if _holds(step, each))


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [each for _, each in sorted(value.items())]
    return list(value) if isinstance(value, list) else []


def _descent(value: Any) -> Iterator[Any]:
    if inside := _inside(value):
        yield value
        for each in inside:
            yield from _descent(each)


def _list(value: Any, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TemplateError(f"{_text(value)[:40]} is not array or slice and cannot be {what}")
    return value


def _items(step: Slice, value: Any) -> list[Any]:
    items = _list(value, "subscripted")
    if step.index is None:
        if step.step is not None and step.step < 1:
            raise TemplateError("step must be >= 1")
        return items[slice(step.start, step.end, step.step)]
    if not -len(items) <= step.index < len(items):
        raise TemplateError(f"array index out of bounds: index {step.index}, length {len(items)}")
    return [items[step.index]]


def _holds(condition: Filter, item: Any) -> bool:
    left = _results(condition.left, item)
    if condition.right is None:
        return bool(left)
    right = _results(condition.right, item)
    if len(left) > 1 or len(right) > 1:
        raise TemplateError("can only compare one element at a time")
    if not left or not right:
        return False
    return _compared(left[0], condition.operator, right[0])


def _compared(left: Any, sign: str, right: Any) -> bool:
    if sign in ("==", "!="):
        return _COMPARE[sign](_kind(left), _kind(right)) if _kind(left) != _kind(right) else _COMPARE[sign](left, right)
    if _kind(left) != _kind(right) or _kind(left) not in ("number", "text"):
        raise TemplateError(f"{_text(left)[:40]} and {_text(right)[:40]} cannot be compared by {sign}")
    return _COMPARE[sign](left, right)


def _kind(value: Any) -> str:
    """What may be compared with each other: true is no number."""
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "other"
