"""Hostile files made from good ones: small edits of their trees, of their text and of their bytes.

An edit is a triple of numbers, (what, where, with what), so that Hypothesis shrinks a failure to few and small ones.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    3,
    65536,
    2**31,
    10**30,
    10**399,
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "0",
    "-1",
    "101%",
    "1..9999",
    "1e3",
    "500m",
    "1Ei",
    "2024-01-01",
    "a" * 64,
    "a" * 5000,
    "\x1b[31m",
    "new\nline",
    "\u202eevil",
    "\x00",
    "<script>",
    "../../etc/passwd",
    "module:system",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"a": {"b": {"c": 1}}},
    ["x"] * 300,
    {str(number): number for number in range(50)},
)
TEXTS = (
    "\t", "\n", "\r", "\x00", "\x1b", "\ufeff", "\ud800", "---\n", "...\n", "%YAML 9.9\n", "&a ", "*a", "<<: *a",
    "!!python/object:os ", "!x ", "? ", "- ", ": ", "{", "}", "[", "]", '"', "'", "#", "|", ">", ",", "@", "`",
    "{{ x }}", "\\ud800", "\\", "1e999", "[" * 200,
)  # fmt: skip

Edit = tuple[int, int, int]
edits = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=4)
text_edits = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9999), st.integers(0, 99)), max_size=3)
"""Most files are edited as trees only: an edit of the text is mostly a syntax error."""


def edited(document: Any, changes: Sequence[Edit], other: Any) -> Any:
    """A copy of a tree with edits; other: a tree to take parts from."""
    holder = [copy.deepcopy(document)]
    for what, where, value in changes:
        places = list(_places(holder))
        _edit(*places[where % len(places)], what, value, other)
    return holder[0] if holder else None


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree, as a list or mapping and the index or key in it."""
    for key in range(len(tree)) if isinstance(tree, list) else list(tree):
        yield tree, key
        if isinstance(tree[key], list | dict):
            yield from _places(tree[key])


def _edit(parent: Any, key: Any, what: int, number: int, other: Any) -> None:
    value = copy.deepcopy(VALUES[number % len(VALUES)])
    parts = [(part, at) for part, at in _places([other])]
    part, at = parts[number % len(parts)]
    match what:
        case 0:  # retype
            parent[key] = value
        case 1:  # delete
            if isinstance(parent, dict) or len(parent) > 1:
                del parent[key]
        case 2:  # duplicate
            if isinstance(parent, list):
                parent.extend(copy.deepcopy([parent[key]] * (number % 3 + 1)))
            else:
                parent[f"{key}{number}"] = copy.deepcopy(parent[key])
        case 3 if isinstance(parent, dict):  # rename
            names = (key[1:], key + "s", key.upper(), "\x1b[2J", "a" * 2000, "true", key[::-1])
            parent[names[number % len(names)]] = parent.pop(key)
        case 4:  # splice
            parent[key] = copy.deepcopy(part[at])
        case 5:  # nest
            parent[key] = [parent[key]] if number % 2 else {"items": parent[key]}
        case _:  # make it a string
            parent[key] = json.dumps(parent[key], default=str)[:200]


def scrambled(text: str, changes: Sequence[Edit]) -> str:
    """A text with edits: something put in, cut out, written twice or moved to the end."""
    for what, where, number in changes:
        at = where % (len(text) + 1)
        cut = text[at : at + number % 20 + 1]
        after = text[at + len(cut) :]
        match what:
            case 0:
                text = text[:at] + TEXTS[number % len(TEXTS)] + text[at:]
            case 1:
                text = text[:at] + after
            case 2:
                text = text[:at] + cut + cut + after
            case _:
                text = text[:at] + after + cut
    return text
