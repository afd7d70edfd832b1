"""Read JSON that somebody else may have written, with errors that say what is wrong and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.checker.render.escape import printable

MAX_SHOWN = 40
MAX_MESSAGE = 1000
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    type(None): "null",
}


class TraceFileError(ValueError):
    """A trace file is missing, damaged, or not of this version."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}..."))


class Reader:
    """One JSON object, read key by key; `place` says which one it is in error messages."""

    def __init__(self, data: Any, place: str) -> None:
        if not isinstance(data, dict):
            raise TraceFileError(f"{place} should be an object, not {_shown(data)}")
        self._data: dict[str, Any] = data
        self.place = place

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def get(self, key: str) -> Any:
        """Read a value of any type; None when it is missing."""
        return self._data.get(key)

    def text(self, key: str) -> str:
        """Read text."""
        return str(self._typed(key, str))

    def optional_text(self, key: str) -> str | None:
        """Read text or null."""
        return self.text(key) if self._needed(key) is not None else None

    def flag(self, key: str) -> bool:
        """Read true or false."""
        return bool(self._typed(key, bool))

    def count(self, key: str) -> int:
        """Read a whole number that is not negative."""
        number = int(self._typed(key, int))
        if number < 0:
            raise TraceFileError(f"{self.place}: {key!r} should not be negative, it is {number}")
        return number

    def counts(self, key: str) -> tuple[int, ...]:
        """Read a list of whole numbers that are not negative."""
        items = self._typed(key, list)
        for item in items:
            if type(item) is not int or item < 0:
                raise TraceFileError(f"{self.place}: {key!r} should be whole numbers, but it contains {_shown(item)}")
        return tuple(items)

    def optional_integer(self, key: str) -> int | None:
        """Read a whole number; None where there is none."""
        return None if self.get(key) is None else int(self._typed(key, int))

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of text."""
        items = self._typed(key, list)
        for item in items:
            if not isinstance(item, str):
                raise TraceFileError(f"{self.place}: {key!r} should be a list of text, but it contains {_shown(item)}")
        return tuple(items)

    def mapping(self, key: str) -> dict[str, Any]:
        """Read an object as it is."""
        return dict(self._typed(key, dict))

    def inner(self, key: str) -> Reader:
        """Read an object, key by key."""
        return Reader(self._typed(key, dict), f"{self.place}, {key!r}")

    def optional_inner(self, key: str) -> Reader | None:
        """Read an object or null."""
        return self.inner(key) if self._needed(key) is not None else None

    def inners(self, key: str) -> list[Reader]:
        """Read a list of objects."""
        return [Reader(item, f"{self.place}, {key!r}[{place}]") for place, item in enumerate(self._typed(key, list))]

    def optional_source(self, key: str) -> tuple[str, int] | None:
        """Read a pair of file and line, or null."""
        value = self._needed(key)
        if value is None:
            return None
        if isinstance(value, list) and [type(part) for part in value] == [str, int]:
            return str(value[0]), int(value[1])
        raise TraceFileError(f"{self.place}: {key!r} should be [file, line], not {_shown(value)}")

    def _needed(self, key: str) -> Any:
        if key not in self._data:
            raise TraceFileError(f"{self.place}: {key!r} is missing")
        return self._data[key]

    def _typed(self, key: str, kind: type) -> Any:
        value = self._needed(key)
        # Not isinstance: true is no whole number.
        if type(value) is not kind:
            raise TraceFileError(f"{self.place}: {key!r} should be {_KINDS[kind]}, not {_shown(value)}")
        return value


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return _KINDS[type(value)]
    if type(value) is int:
        return f"a number of {value.bit_length()} bits" if value.bit_length() > 64 else str(value)
    text = repr(value) if isinstance(value, str | float) else _KINDS.get(type(value), type(value).__name__)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
