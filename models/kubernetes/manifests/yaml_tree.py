"""YAML documents as small immutable trees that know their lines.

Built from PyYAML's parser events, so that lines, duplicate keys, depth and alias expansion are ours to judge and no
object is ever constructed. Keys become strings, as in the JSON that kubectl sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

import yaml
from attrs import frozen

from clusterproof.models.kubernetes.manifests.allowance import NODE_LIMIT, Allowance
from clusterproof.models.kubernetes.manifests.errors import ManifestError, quoted
from clusterproof.models.kubernetes.manifests.yaml_scalars import Scalar, resolve

DEPTH_LIMIT = 100
ALIAS_LIMIT = 100_000
"""How many nodes all aliases of one file may stand for together; a "billion laughs" file stands for billions."""

_COLLECTION_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


@frozen
class ScalarNode:
    """A scalar; text is what the user wrote, for quantities are exact and floats are not."""

    value: Scalar
    text: str
    line: int
    size: int = 1
    height: int = 1


@frozen
class ListNode:
    """A list; size counts the nodes of the whole subtree and height its levels, aliases expanded."""

    items: tuple[Node, ...]
    line: int
    size: int
    height: int


@frozen
class Entry:
    """The value of a key, and the line of the key."""

    line: int
    node: Node


@frozen
class MapNode:
    """A mapping, its merge keys already applied."""

    entries: Mapping[str, Entry]
    line: int
    size: int
    height: int


Node = ScalarNode | ListNode | MapNode


def parse_documents(text: str, file: str, allowance: Allowance | None = None) -> tuple[Node, ...]:
    """The documents of a YAML or JSON text, without the empty ones.

    allowance: what may still be read, where files are read together. Raises ManifestError for syntax errors, duplicate
    keys, foreign tags and what exceeds the limits.
    """
    allowance = Allowance() if allowance is None else allowance
    allowance.take_text(text, file)
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")  # JSON may be indented with tabs; inside its strings a tab is an escape
    try:
        documents = tuple(_Composer(text, file, allowance).documents())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be parsed"
        raise ManifestError(file, mark.line + 1 if mark else 1, "YAML", _syntax_message(problem, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"the character U+{ord(text[error.position]):04X} is not allowed; remove it"
        raise ManifestError(file, line, "YAML", message) from None
    except (ValueError, OverflowError) as error:  # PyYAML's own for numbers in escapes and directives
        if isinstance(error, ManifestError):
            raise
        raise ManifestError(file, 1, "YAML", _syntax_message(str(error), text)) from None
    return tuple(document for document in documents if not _is_null(document))


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _syntax_message(problem: str, text: str) -> str:
    return f"not valid YAML: {problem}" + _template_hint(text)


def _template_hint(text: str) -> str:
    return "; this looks like a template, render it first (for example: helm template)" if "{{" in text else ""


class _Composer:
    """Builds the trees of one file from its events."""

    def __init__(self, text: str, file: str, allowance: Allowance) -> None:
        self._text = text
        self._allowance = allowance
        self._file = file
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._anchors: dict[str, Node | None] = {}  # None while the anchored node is still being read
        self._expanded = 0
        self._path: list[str] = []
        self._depth = 0

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                yield self._node(next(self._events))

    def _node(self, event: yaml.Event) -> Node:
        if not self._allowance.take_node():
            self._fail(event, f"is one value too many, for {NODE_LIMIT:,} are read at most; check less at a time")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if self._depth >= DEPTH_LIMIT:
            self._fail(event, f"nested deeper than {DEPTH_LIMIT} levels; write it flatter")
        self._depth += 1
        node = self._anchored(event)
        self._depth -= 1
        return node

    def _anchored(self, event: yaml.Event) -> Node:
        assert isinstance(event, yaml.NodeEvent)
        anchor: str | None = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(event)
        else:
            assert isinstance(event, yaml.MappingStartEvent)
            node = self._map(event)
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor or ""
        if name not in self._anchors:
            self._fail(event, f"the alias *{name} has no anchor; write &{name} before it")
        node = self._anchors[name]
        if node is None:
            self._fail(event, f"the alias *{name} stands inside its own anchor; write the value out")
        self._expanded += node.size
        if self._expanded > ALIAS_LIMIT:
            self._fail(event, f"aliases stand for more than {ALIAS_LIMIT} nodes; write the values out")
        if self._depth + node.height > DEPTH_LIMIT:
            self._fail(event, f"with the alias *{name}, nested deeper than {DEPTH_LIMIT} levels; write it flatter")
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        try:
            # JSON writes characters beyond U+FFFF as two escapes
            text = event.value.encode("utf-16", "surrogatepass").decode("utf-16")
            value = resolve(text, plain=event.style is None, tag=event.tag)
        except UnicodeDecodeError:
            self._fail(event, "half a surrogate pair is no character; write both halves")
        except ValueError as error:
            self._fail(event, str(error))
        return ScalarNode(value, text, _line(event))

    def _list(self, event: yaml.SequenceStartEvent) -> ListNode:
        self._check_tag(event)
        items: list[Node] = []
        while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
            self._path.append(f"[{len(items)}]")
            items.append(self._node(following))
            self._path.pop()
        size, height = 1 + sum(item.size for item in items), 1 + max((item.height for item in items), default=0)
        return ListNode(tuple(items), _line(event), size, height)

    def _map(self, event: yaml.MappingStartEvent) -> MapNode:
        self._check_tag(event)
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] | None = None
        while not isinstance(key_event := next(self._events), yaml.MappingEndEvent):
            if isinstance(key_event, yaml.ScalarEvent) and key_event.value == "<<" and key_event.style is None:
                if merged is not None:
                    self._fail(key_event, "is a second merge key; write <<: [*one, *other]")
                merged = self._merge(key_event)
                continue
            key = self._key(key_event)
            if key in entries:
                self._path.append(f".{key}")
                self._fail(key_event, f"is given twice, first on line {entries[key].line}; remove one")
            self._path.append(f".{key}")
            entries[key] = Entry(_line(key_event), self._node(next(self._events)))
            self._path.pop()
        for key, entry in (merged or {}).items():
            entries.setdefault(key, entry)
        nodes = [entry.node for entry in entries.values()]
        size, height = 1 + sum(node.size for node in nodes), 1 + max((node.height for node in nodes), default=0)
        return MapNode(entries, _line(event), size, height)

    def _merge(self, key_event: yaml.Event) -> dict[str, Entry]:
        """What a merge key brings in; the first of several mappings wins. Source: https://yaml.org/type/merge.html"""
        self._path.append(".<<")
        node = self._node(next(self._events))
        merged: dict[str, Entry] = {}
        for part in node.items if isinstance(node, ListNode) else (node,):
            if not isinstance(part, MapNode):
                self._fail(key_event, "merges something that is no mapping; write <<: *anchor of a mapping")
            merged = {**part.entries, **merged}
        self._path.pop()
        return merged

    def _key(self, event: yaml.Event) -> str:
        node = self._node(event)
        if not isinstance(node, ScalarNode):
            self._fail(event, f"a key must be a string, not a list or mapping{_template_hint(self._text)}")
        if isinstance(node.value, bool):
            return "true" if node.value else "false"
        return str(node.value) if isinstance(node.value, int) else node.text

    def _check_tag(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag not in _COLLECTION_TAGS:
            self._fail(event, f"the tag {event.tag} is not allowed; leave it out")

    def _fail(self, event: yaml.Event, message: str) -> NoReturn:
        raise ManifestError(self._file, _line(event), "".join(self._path).lstrip(".") or "YAML", message)


def _line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark is not None else 1


def describe(node: Node) -> str:
    """What a node is, for an error message: its kind and, for a scalar, its value."""
    match node:
        case ListNode():
            return "a list"
        case MapNode():
            return "a mapping"
        case ScalarNode(value=bool() as value):
            return f"the boolean {str(value).lower()}"
        case ScalarNode(value=int() | float()):
            return f"the number {node.text[:60]}"
        case ScalarNode(value=None):
            return "null"
    return f"the string {quoted(node.text)}"
