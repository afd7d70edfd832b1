"""What a plain YAML scalar means: null, a boolean, a number or a string.

The rules are those of the Go library that kubectl uses, not PyYAML's: `1e3` is a number, `y` a
boolean, `12:30` a string. Dates stay the strings they were written as. Source: sigs.k8s.io/yaml, goyaml.v2/resolve.go
"""

from __future__ import annotations

import re

Scalar = str | int | float | bool | None

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE_WORDS = ("y", "yes", "true", "on")
_FALSE_WORDS = ("n", "no", "false", "off")
_BOOLEANS = {
    spelling: word in _TRUE_WORDS
    for word in (*_TRUE_WORDS, *_FALSE_WORDS)
    for spelling in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)

_TAG = "tag:yaml.org,2002:"
_LONGEST_NUMBER = 400  # digits; int() refuses more than 4300, and no field holds that many


def resolve(text: str, *, plain: bool, tag: str | None) -> Scalar:
    """The value of a scalar, given whether it was written without quotes and its explicit tag, if any.

    Raises ValueError for a tag that is not one of the safe ones, or that the text does not fit.
    """
    if tag is None or tag == "!":
        return resolve_plain(text) if plain and tag is None else text
    kind = tag.removeprefix(_TAG)
    if tag == kind or kind not in ("str", "int", "float", "bool", "null"):
        raise ValueError(f"the tag {tag} is not allowed; leave it out")
    if kind == "str":
        return text
    value = resolve_plain(text)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if {"int": int, "float": float, "bool": bool, "null": type(None)}[kind] is not type(value):
        raise ValueError(f"the text does not fit its tag !!{kind}; leave the tag out")
    return value


def resolve_plain(text: str) -> Scalar:
    """The value of a scalar that was written without quotes and without a tag."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    number = text.replace("_", "") if text[0] in "+-0123456789" else text
    if _INTEGER.fullmatch(number):
        return _integer(number)
    if _FLOAT.fullmatch(number):
        return float(number)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text


def _integer(text: str) -> int:
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits.startswith("0") and digits[1:2].isdigit():
        digits = f"0o{digits[1:]}"  # YAML 1.1: a leading zero means octal
    value = int(digits, 0)
    return -value if text.startswith("-") else value
