"""Typed reading of one mapping, field by field; what nobody asked for is reported at the end.

    fields = Fields.of(node, "spec", document)
    replicas = fields.integer("replicas", 1, minimum=0)
    fields.close(not_modelled=("revisionHistoryLimit",))

A field that is absent or null gives the default, as in the API.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NoReturn, TypeVar

from attrs import define, field

from clusterproof.models.kubernetes.manifests.errors import ManifestError, one_line, quoted, shortened
from clusterproof.models.kubernetes.manifests.yaml_tree import Entry, ListNode, MapNode, Node, ScalarNode, describe
from clusterproof.models.kubernetes.objects import IntOrPercent, Source

TextDefault = TypeVar("TextDefault", str, None)
NumberDefault = TypeVar("NumberDefault", int, None)

INT32_MAX = 2**31 - 1
_LONGEST_WORD = 100
_PERCENT = re.compile(r"(0|[1-9][0-9]{0,8})%", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)


@define
class Document:
    """The object being read, and what was noted about it.

    title: kind and name, as far as they are known, for the notes.
    """

    file: str
    title: str = ""
    _notes: list[tuple[int, str]] = field(init=False, factory=list)

    def note(self, line: int, path: str, remark: str) -> None:
        """Record that something given is not modelled, as one sentence with its place."""
        self._notes.append((line, one_line(f"{self.file}:{line}: {shortened(self.title)} {shortened(path)} {remark}.")))

    def notes(self) -> Iterator[str]:
        """What was noted, in the order of the lines."""
        return (text for _, text in sorted(self._notes, key=lambda note: note[0]))


@define
class Fields:
    """The fields of one mapping.

    line: of the key that leads here, where an error about a missing field points.
    """

    document: Document
    path: str
    line: int
    node: MapNode
    _asked: set[str] = field(init=False, factory=set)

    @classmethod
    def of(cls, node: Node, path: str, document: Document, line: int | None = None) -> Fields:
        """The fields of a node that has to be a mapping."""
        if not isinstance(node, MapNode):
            message = f"must be a mapping, not {describe(node)}"
            raise ManifestError(document.file, node.line, path or "document", message)
        return cls(document, path, node.line if line is None else line, node)

    @property
    def source(self) -> Source:
        """Where the mapping stands."""
        return Source(self.document.file, self.line)

    def place(self, name: str) -> str:
        """The full path of a field."""
        if not _PLAIN_KEY.fullmatch(name):
            return f'{self.path}["{name}"]'
        return f"{self.path}.{name}" if self.path else name

    def line_of(self, name: str) -> int:
        """The line of a field's key, or of the mapping where the field is absent."""
        entry = self.node.entries.get(name)
        return self.line if entry is None else entry.line

    def error(self, message: str) -> ManifestError:
        """The error about the mapping as a whole, for the caller to raise."""
        return ManifestError(self.document.file, self.line, self.path or "document", message)

    def fail(self, name: str, message: str) -> NoReturn:
        """Raise ManifestError about a field."""
        raise ManifestError(self.document.file, self.line_of(name), self.place(name), message)

    def note(self, name: str, remark: str) -> None:
        """Record that a field is given and not modelled."""
        self.document.note(self.line_of(name), self.place(name), remark)

    def has(self, name: str) -> bool:
        """Whether a field is given and not null; asking does not count as reading it."""
        return name in self.names()

    def names(self) -> Iterator[str]:
        """The names of the fields that are given and not null."""
        return (name for name, entry in self.node.entries.items() if not _is_null(entry.node))

    def _get(self, name: str) -> Entry | None:
        self._asked.add(name)
        entry = self.node.entries.get(name)
        return None if entry is None or _is_null(entry.node) else entry

    def _scalar(self, name: str, expected: str, kinds: type | tuple[type, ...]) -> ScalarNode | None:
        entry = self._get(name)
        if entry is None:
            return None
        node = entry.node
        if not isinstance(node, ScalarNode) or not isinstance(node.value, kinds):
            self.fail(name, f"must be {expected}, not {describe(node)}")
        if isinstance(node.value, bool) and kinds is not bool:
            self.fail(name, f"must be {expected}, not {describe(node)}")
        return node

    def text(self, name: str, default: TextDefault) -> str | TextDefault:
        """A string."""
        entry = self._get(name)
        if entry is None:
            return default
        return _string(entry.node, lambda message: self.fail(name, message))

    def required_text(self, name: str, hint: str) -> str:
        """A string that must be given and not be empty; hint says what to write."""
        value = self.text(name, None)
        if not value:
            self.fail(name, f"is missing; {hint}")
        return value

    def choice(self, name: str, allowed: Collection[str], default: TextDefault) -> str | TextDefault:
        """One of a few words; the empty string counts as absent, as in Go."""
        value = self.text(name, None)
        if not value:
            return default
        if value not in allowed:
            self.fail(name, f"{quoted(value)} is unknown{did_you_mean(value, allowed)}; write {_listed(allowed)}")
        return value

    def integer(
        self, name: str, default: NumberDefault, *, minimum: int = -INT32_MAX, maximum: int = INT32_MAX
    ) -> int | NumberDefault:
        """A whole number within bounds."""
        node = self._scalar(name, "a whole number", (int, float, str))
        if node is None:
            return default
        if not isinstance(node.value, int):
            written = _integer_in(node.text)
            hint = f"; write {written}" + (" without quotes" if isinstance(node.value, str) else "")
            self.fail(name, f"must be a whole number, not {describe(node)}{hint if written is not None else ''}")
        if not minimum <= node.value <= maximum:
            above = f"at least {minimum}" if maximum == INT32_MAX else f"between {minimum} and {maximum}"
            self.fail(name, f"is {node.text[:40]}; write a number {above}")
        return node.value

    def required_integer(self, name: str, *, minimum: int, maximum: int = INT32_MAX) -> int:
        """A whole number that must be given."""
        value = self.integer(name, None, minimum=minimum, maximum=maximum)
        if value is None:
            self.fail(name, f"is missing; write a number from {minimum}")
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        """true or false."""
        node = self._scalar(name, "true or false", bool)
        return default if node is None else node.value is True

    def scalar_text(self, name: str) -> str | None:
        """A quantity, as it was written."""
        node = self._scalar(name, "a quantity", (str, int, float))
        return None if node is None else node.text

    def scalars(self, name: str) -> tuple[str, ...]:
        """One quantity or a list of them, as they were written."""
        entry = self._get(name)
        nodes = entry.node.items if entry is not None and isinstance(entry.node, ListNode) else ()
        if not nodes:
            text = self.scalar_text(name)
            return () if text is None else (text,)
        for node in nodes:
            if not isinstance(node, ScalarNode) or isinstance(node.value, bool) or node.value is None:
                self.fail(name, f"must be a list of quantities; one is {describe(node)}")
        return tuple(node.text for node in nodes if isinstance(node, ScalarNode))

    def integer_or_text(self, name: str) -> int | str | None:
        """A number or a string, such as a port or its name."""
        node = self._scalar(name, "a number or a string", (int, str))
        return node.value if node is not None and isinstance(node.value, int | str) else None

    def count_or_percent(self, name: str, *, percent_maximum: int | None = 100) -> IntOrPercent | None:
        """A number from 0 or a percentage, kept as it was written.

        Source: pkg/apis/apps/validation/validation.go (ValidatePositiveIntOrPercent, IsNotMoreThan100Percent)
        """
        node = self._scalar(name, 'a number or a percentage such as "25%"', (int, str))
        if node is None:
            return None
        if isinstance(node.value, int):
            if not 0 <= node.value <= INT32_MAX:
                self.fail(name, f"is {node.text[:40]}; write a number of at least 0")
            return node.value
        match = _PERCENT.fullmatch(node.text)
        if match is None:
            self.fail(name, f'is {quoted(node.text)}; write a number such as 1 or a percentage such as "25%"')
        if percent_maximum is not None and int(match[1]) > percent_maximum:
            self.fail(name, f"is {quoted(node.text)}; write at most {percent_maximum}%")
        return node.text

    def fields(self, name: str) -> Fields | None:
        """A nested mapping."""
        entry = self._get(name)
        return None if entry is None else Fields.of(entry.node, self.place(name), self.document, entry.line)

    def required_fields(self, name: str, hint: str) -> Fields:
        """A nested mapping that must be given."""
        nested = self.fields(name)
        if nested is None:
            self.fail(name, f"is missing; {hint}")
        return nested

    def items(self, name: str) -> tuple[Fields, ...]:
        """A list of mappings."""
        return tuple(
            Fields.of(node, f"{self.place(name)}[{index}]", self.document)
            for index, node in enumerate(self._list(name))
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""

        def item(index: int, node: Node) -> str:
            def refuse(message: str) -> NoReturn:
                raise ManifestError(self.document.file, node.line, f"{self.place(name)}[{index}]", message)

            return _string(node, refuse)

        return tuple(item(index, node) for index, node in enumerate(self._list(name)))

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        found: list[int] = []
        for node in self._list(name):
            value = node.value if isinstance(node, ScalarNode) else None
            if not isinstance(value, int) or isinstance(value, bool) or abs(value) > INT32_MAX:
                self.fail(name, f"must be whole numbers, not {describe(node)}; write for example [1, 2]")
            found.append(value)
        return tuple(found)

    def _list(self, name: str) -> tuple[Node, ...]:
        entry = self._get(name)
        if entry is None:
            return ()
        if not isinstance(entry.node, ListNode):
            self.fail(name, f"must be a list (lines starting with -), not {describe(entry.node)}")
        return entry.node.items

    def text_map(self, name: str) -> dict[str, str]:
        """A mapping of strings to strings, such as labels."""
        nested = self.fields(name)
        if nested is None:
            return {}
        return {key: nested.text(key, "") for key in nested.node.entries}

    def scalar_texts(self, name: str) -> tuple[Fields, dict[str, str]] | None:
        """A mapping of strings to scalars, each as it was written, and its fields to report errors with."""
        nested = self.fields(name)
        if nested is None:
            return None
        texts = {}
        for key in nested.names():
            node = nested._scalar(key, "a quantity", (str, int, float))  # noqa: SLF001
            if node is not None:
                texts[key] = node.text
        return nested, texts

    def ignore(self, *names: str) -> None:
        """Fields that say nothing about what happens, such as a description."""
        self._asked.update(names)

    def close(self, not_modelled: Iterable[str] = ()) -> None:
        """Note the fields that exist in Kubernetes and are not modelled, refuse those that do not exist."""
        known = frozenset(not_modelled)
        for name, entry in self.node.entries.items():
            if name in self._asked:
                continue
            if name not in known:
                hint = did_you_mean(name, known | self._asked) or "; remove it"
                self.fail(name, f"Kubernetes has no such field here{hint}")
            if not _is_empty(entry.node):
                self.note(name, "is not modelled")


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The nearest candidate as the end of a message, or nothing where none is near."""
    if len(word) > _LONGEST_WORD:  # comparing takes its length squared
        return ""
    by_lower = {candidate.lower(): candidate for candidate in sorted(candidates)}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""


def _string(node: Node, refuse: Callable[[str], NoReturn]) -> str:
    if isinstance(node, ScalarNode):
        if node.value is None:
            return ""
        if isinstance(node.value, str):
            return node.value
    hint = f'; write "{node.text[:60]}" with quotes' if isinstance(node, ScalarNode) else ""
    return refuse(f"must be a string, not {describe(node)}{hint}")


def _integer_in(text: str) -> int | None:
    try:
        number = float(text) if len(text) <= 40 else 0.5
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _is_empty(node: Node) -> bool:
    """Null, and collections of nothing but such: giving them says nothing."""
    match node:
        case ScalarNode():
            return node.value is None
        case ListNode():
            return not node.items
        case MapNode():
            return all(_is_empty(entry.node) for entry in node.entries.values())


def _listed(words: Collection[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
