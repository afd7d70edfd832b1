"""The part of openAPIV3Schema that is understood: reading a schema, and reading values by it.

object with properties, object of strings (additionalProperties), array of objects or strings, string, integer, boolean;
required, enum, minimum, maximum, default. What restricts further (pattern, x-kubernetes-validations...) is noted.
Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import Factory, evolve, frozen

from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import INT32_MAX, Fields

Json = Any

TYPES = ("object", "array", "string", "integer", "boolean")
_ONLY_DESCRIBES = ("description", "title", "example", "externalDocs", "format")
_NOT_MODELLED = (
    *("enum", "allOf", "anyOf", "oneOf", "not", "pattern", "nullable", "multipleOf"),
    *("exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "x-kubernetes-validations", "x-kubernetes-embedded-resource"),
    *("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"),
)
_REFUSED = ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string", "$ref")


@frozen(kw_only=True)
class Schema:
    """What a value may be. default: None for no default. items: of an array, or of an object of strings."""

    type: str
    properties: Mapping[str, Schema] = Factory(dict)
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    minimum: int = -INT32_MAX
    maximum: int = INT32_MAX
    default: Json = None
    items: Schema | None = None

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, Schema]]:
        """The scalars below an object, by their path, such as `sync.status`."""
        for name, inner in self.properties.items():
            if inner.type == "object":
                yield from inner.leaves(f"{prefix}{name}.")
            elif inner.type != "array":
                yield f"{prefix}{name}", inner

    def zero(self) -> int | str | bool:
        """What a scalar counts as before anybody has written it: its default, or Go's zero value."""
        if self.default is not None:
            given: int | str | bool = self.default
            return given
        if self.type == "string":
            return ""
        return 0 if self.type == "integer" else False

    def accepts(self, value: object) -> bool:
        """Whether a scalar is of this type and within its bounds."""
        if self.type == "integer":
            return type(value) is int and self.minimum <= value <= self.maximum
        if self.type == "string":
            return isinstance(value, str) and (not self.enum or value in self.enum)
        return self.type == "boolean" and isinstance(value, bool)


EMPTY = Schema(type="object")
"""The schema of an object without any fields."""


def read_schema(fields: Fields) -> Schema:
    """A schema of a CustomResourceDefinition. Raises ManifestError for types that are not understood."""
    fields.ignore(*_ONLY_DESCRIBES)
    for name in _REFUSED:
        if fields.has(name):
            fields.fail(name, "is not understood; write the schema of the fields")
    kind = fields.choice("type", TYPES, None)
    if kind is None:
        fields.fail("type", f"is missing; write one of {', '.join(TYPES)}")
    schema = Schema(
        type=kind,
        properties=_read_properties(fields),
        required=fields.texts("required"),
        enum=fields.texts("enum") if kind == "string" else (),
        minimum=fields.integer("minimum", -INT32_MAX),
        maximum=fields.integer("maximum", INT32_MAX),
        items=_read_items(fields, kind),
    )
    for name in schema.required:
        if name not in schema.properties:
            fields.fail("required", f"{quoted(name)} is not among the properties; write its schema, too")
    default = read_value(fields, "default", schema)
    fields.close(_NOT_MODELLED)
    return schema if default is None else evolve(schema, default=default)


def _read_properties(fields: Fields) -> dict[str, Schema]:
    properties = fields.fields("properties")
    if properties is None:
        return {}
    return {
        name: read_schema(properties.required_fields(name, "write its schema")) for name in list(properties.names())
    }


def _read_items(fields: Fields, kind: str) -> Schema | None:
    if kind == "array":
        items = read_schema(fields.required_fields("items", "write the schema of the items"))
        if items.type not in ("object", "string"):
            fields.fail("items", f"lists of {items.type} are not understood; write objects or strings")
        return items
    if kind == "object" and fields.has("additionalProperties"):
        values = read_schema(fields.required_fields("additionalProperties", "write the schema of the values"))
        if values.type != "string":
            fields.fail("additionalProperties", f"maps to {values.type} are not understood; write strings")
        return values
    return None


def read_value(parent: Fields, name: str, schema: Schema) -> Json:
    """The value of a field by its schema, frozen, or its default, or None. Raises ManifestError for what is invalid."""
    if not parent.has(name):
        parent.ignore(name)
        return schema.default
    if schema.type == "integer":
        return parent.integer(name, None, minimum=schema.minimum, maximum=schema.maximum)
    if schema.type == "boolean":
        return parent.boolean(name, default=False)
    if schema.type == "string":
        return parent.choice(name, schema.enum, None) if schema.enum else parent.text(name, None)
    if schema.type == "array":
        if schema.items is not None and schema.items.type == "string":
            return parent.texts(name)
        return tuple(read_object_value(each, schema.items or EMPTY) for each in parent.items(name))
    if schema.items is not None:
        return MappingProxyType(parent.text_map(name))
    return read_object_value(parent.required_fields(name, ""), schema)


def read_object_value(fields: Fields, schema: Schema) -> Mapping[str, Json]:
    """The fields of an object by its schema, with defaults; fields that the schema does not know are refused."""
    found: dict[str, Json] = {}
    for name, inner in schema.properties.items():
        value = read_value(fields, name, inner)
        if value is None and name in schema.required:
            fields.fail(name, "is missing; the schema of the CustomResourceDefinition requires it")
        if value is not None:
            found[name] = value
    fields.close()
    return MappingProxyType(found)
