"""Structural schemas of custom resources: reading them, and reading objects by them.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ (structural
schemas, defaulting, validation)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import Factory, frozen

from clusterproof.models.kubernetes.manifests.errors import ManifestError, quoted
from clusterproof.models.kubernetes.manifests.fields import Fields, did_you_mean
from clusterproof.models.kubernetes.manifests.yaml_tree import ListNode, MapNode, Node, ScalarNode, describe

TYPES = ("object", "array", "string", "integer", "number", "boolean")
_NOT_MODELLED = (
    "description",
    "title",
    "format",
    "example",
    "externalDocs",
    "x-kubernetes-validations",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "x-kubernetes-int-or-string",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "uniqueItems",
    "multipleOf",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "nullable",
    "pattern",  # a regular expression from a stranger's file may take for ever
)
_SILENT = frozenset({"description", "title", "format", "example", "externalDocs"})
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@frozen(kw_only=True)
class Schema:
    """What a field may be. open: fields that are not named are kept. items: of an array. default: None where there is
    none.
    """

    type: str = "object"
    properties: Mapping[str, Schema] = Factory(dict)
    required: tuple[str, ...] = ()
    open: bool = False
    items: Schema | None = None
    enum: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    default: Node | None = None

    def scalars(self, prefix: str = "") -> Iterator[str]:
        """The names of all scalars below, joined by dots."""
        for name, schema in self.properties.items():
            if schema.type == "object":
                yield from schema.scalars(f"{prefix}{name}.")
            elif schema.type != "array":
                yield f"{prefix}{name}"


def read_schema(fields: Fields) -> Schema:
    """Read a schema; what it says and the model ignores is noted. Raises ManifestError."""
    nested = fields.fields("properties")
    properties = {}
    if nested is not None:
        properties = {name: read_schema(nested.required_fields(name, "write its type")) for name in nested.names()}
    items = fields.fields("items")
    default = fields.node.entries.get("default")
    open_ = fields.boolean("x-kubernetes-preserve-unknown-fields", default=False)
    schema = Schema(
        type=fields.choice("type", TYPES, "object"),
        properties=properties,
        required=fields.texts("required"),
        open=open_ or fields.has("additionalProperties"),
        items=None if items is None else read_schema(items),
        enum=_enum(fields),
        minimum=_whole(fields, "minimum", "minLength", "minItems"),
        maximum=_whole(fields, "maximum", "maxLength", "maxItems"),
        default=None if default is None else default.node,
    )
    for name in schema.required:
        if name not in properties:
            fields.fail("required", f"names {quoted(name)}, which is none of the properties")
    _close(fields)
    return schema


def _enum(fields: Fields) -> tuple[str, ...]:
    entry = fields.node.entries.get("enum")
    if entry is None:
        return ()
    if not isinstance(entry.node, ListNode) or not all(isinstance(item, ScalarNode) for item in entry.node.items):
        fields.fail("enum", "must be a list of scalars")
    return tuple(item.text for item in entry.node.items if isinstance(item, ScalarNode))


def _whole(fields: Fields, *names: str) -> int | None:
    values = [value for name in names if (value := fields.integer(name, None)) is not None]
    return values[0] if values else None


def _close(fields: Fields) -> None:
    """Note what is not modelled; descriptions are no loss."""
    known = ("type", "properties", "required", "items", "enum", "default", "additionalProperties")
    bounds = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
    for name in fields.node.entries:
        if name in _SILENT or name in known or name in bounds or name == "x-kubernetes-preserve-unknown-fields":
            continue
        if name not in _NOT_MODELLED:
            hint = did_you_mean(name, (*known, *bounds, *_NOT_MODELLED)) or "; remove it"
            fields.fail(name, f"a schema has no such field{hint}")
        fields.note(name, "is not modelled")


# ---------------------------------------------------------------- objects


def read_by(schema: Schema, node: Node, file: str, path: str) -> Any:
    """A value of the schema as plain data, defaults filled in. Raises ManifestError with file, line and field."""
    if schema.type == "object":
        return _object(schema, node, file, path)
    if schema.type == "array":
        if not isinstance(node, ListNode):
            raise ManifestError(file, node.line, path, f"must be a list (lines starting with -), not {describe(node)}")
        inner = schema.items or Schema(open=True)
        return tuple(read_by(inner, item, file, f"{path}[{number}]") for number, item in enumerate(node.items))
    return _scalar(schema, node, file, path)


def _object(schema: Schema, node: Node, file: str, path: str) -> dict[str, Any]:
    if not isinstance(node, MapNode):
        raise ManifestError(file, node.line, path, f"must be a mapping, not {describe(node)}")
    found: dict[str, Any] = {}
    for name, entry in node.entries.items():
        inner = schema.properties.get(name)
        if inner is None and not schema.open:
            hint = did_you_mean(name, schema.properties) or f"; it has {', '.join(schema.properties) or 'none'}"
            raise ManifestError(file, entry.line, f"{path}.{name}", f"there is no such field{hint}")
        found[name] = plain(entry.node) if inner is None else read_by(inner, entry.node, file, f"{path}.{name}")
    for name, inner in schema.properties.items():
        if name in found:
            continue
        if inner.default is not None:
            found[name] = read_by(inner, inner.default, file, f"{path}.{name}")
        elif name in schema.required:
            raise ManifestError(
                file, node.line, f"{path}.{name}", "is missing, and required by the definition; write it"
            )
    return found


def _scalar(schema: Schema, node: Node, file: str, path: str) -> Any:
    if not isinstance(node, ScalarNode):
        raise ManifestError(file, node.line, path, f"must be a {schema.type}, not {describe(node)}")
    value = node.value
    if not isinstance(value, _KINDS[schema.type]) or (isinstance(value, bool) and schema.type != "boolean"):
        raise ManifestError(file, node.line, path, f"must be of type {schema.type}, not {describe(node)}")
    if schema.enum and node.text not in schema.enum:
        raise ManifestError(file, node.line, path, f"is {quoted(node.text)}; write one of {', '.join(schema.enum)}")
    size = len(value) if isinstance(value, str) else value if isinstance(value, (int, float)) else 0
    measured = "long" if isinstance(value, str) else "large"
    if schema.minimum is not None and size < schema.minimum:
        raise ManifestError(
            file, node.line, path, f"is {quoted(node.text)}; it must be at least {schema.minimum} {measured}"
        )
    if schema.maximum is not None and size > schema.maximum:
        raise ManifestError(
            file, node.line, path, f"is {quoted(node.text)}; it may be {schema.maximum} {measured} at most"
        )
    return value


def plain(node: Node) -> Any:
    """A node as plain data: tuples for lists, dictionaries for mappings."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, ListNode):
        return tuple(map(plain, node.items))
    return {name: plain(entry.node) for name, entry in node.entries.items()}
