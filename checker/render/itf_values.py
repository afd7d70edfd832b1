"""Values of a state in the Informal Trace Format: plain JSON where that is exact, tagged objects elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from clusterproof.checker.render.itf_reading import TraceFileError

# Beyond it, other readers of JSON lose digits.
MAX_PLAIN_INTEGER = 2**53
MAX_DIGITS = 4000
MAX_DEPTH = 50
# An absent value, as Quint writes its options.
NONE = {"tag": "None", "value": {"#tup": []}}


def value_to_json(value: Any) -> Any:
    """Write one value; an enum by its name, an unknown type as its text."""
    if value is None:
        return NONE
    if isinstance(value, Enum):
        return value.name
    if type(value) in (bool, str):
        return value
    if type(value) is int:
        return value if abs(value) < MAX_PLAIN_INTEGER else {"#bigint": str(value)}
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, list):
        return [value_to_json(item) for item in value]
    if isinstance(value, tuple):
        return {"#tup": [value_to_json(item) for item in value]}
    if isinstance(value, AbstractSet):
        return {"#set": sorted((value_to_json(item) for item in value), key=json.dumps)}
    if isinstance(value, Mapping):
        return {"#map": [[value_to_json(key), value_to_json(item)] for key, item in value.items()]}
    return {"#unserializable": str(value)}


def value_from_json(data: Any, place: str, depth: int = 0) -> Any:
    """Read one value. Raises TraceFileError, which names the place, for what `value_to_json` never writes."""
    if depth > MAX_DEPTH:
        raise TraceFileError(f"{place}: is nested more than {MAX_DEPTH} deep")
    if isinstance(data, bool | int | float | str):
        return data
    if isinstance(data, list):
        return [value_from_json(item, place, depth + 1) for item in data]
    if data == NONE:
        return None
    if isinstance(data, dict) and len(data) == 1:
        [(tag, inner)] = data.items()
        if tag == "#bigint":
            return _big_integer(inner, place)
        if tag == "#unserializable" and isinstance(inner, str):
            return inner
        if isinstance(inner, list) and tag in ("#tup", "#set", "#map"):
            return _collection(tag, [value_from_json(item, place, depth + 1) for item in inner], place)
    raise TraceFileError(f"{place}: is no value of the trace format")


def _big_integer(text: Any, place: str) -> int:
    digits = text.removeprefix("-") if isinstance(text, str) else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        raise TraceFileError(f"{place}: '#bigint' should be text of at most {MAX_DIGITS} digits")
    return int(text)


def _collection(tag: str, items: list[Any], place: str) -> Any:
    if tag == "#tup":
        return tuple(items)
    if tag == "#set":
        return frozenset(_hashable(item, place) for item in items)
    for pair in items:
        if not (isinstance(pair, list) and len(pair) == 2):
            raise TraceFileError(f"{place}: '#map' should be a list of pairs")
    return {_hashable(key, place): item for key, item in items}


def _hashable(value: Any, place: str) -> Hashable:
    try:
        hash(value)
    except TypeError:
        raise TraceFileError(f"{place}: a list or a map cannot be in a set or be a key") from None
    return value  # type: ignore[no-any-return]
