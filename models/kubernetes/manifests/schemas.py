"""The API's own schemas, as kubernetes-validate has them for each release: of every kind, whether modelled or not.

This needs the extra `clusterproof[k8s]`; without it manifests are read as before, and nothing here is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from attrs import Factory, define

from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.fields import did_you_mean
from clusterproof.models.kubernetes.manifests.yaml_tree import Entry, ListNode, MapNode, Node, ScalarNode, describe

_KIND = re.compile(r"[A-Za-z0-9]{1,100}", re.ASCII)
_API_VERSION = re.compile(r"(?:([a-z0-9-]{1,63})[a-z0-9.-]{0,190}/)?(v[0-9a-z]{1,20})", re.ASCII)
_DEFINITIONS = "_definitions"
_KIND_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}

Path = Sequence[str | int]


@define
class Schemas:
    """The schemas of one release; version is its minor version, such as 1.35."""

    version: str
    _directory: str
    _validators: dict[tuple[str, str], Any] = Factory(dict)

    @classmethod
    def nearest(cls, kubernetes_version: str) -> Schemas | None:
        """The schemas of a version of Kubernetes, or of the nearest one there is; None without the extra."""
        try:
            library = import_module("kubernetes_validate.utils")
        except ImportError:
            return None
        minor = int(kubernetes_version.split(".")[1])
        full = min(library.all_versions(), key=lambda version: abs(int(version.split(".")[1]) - minor))
        return cls(library.major_minor(full), f"kubernetes-json-schema/v{full}-local-strict")

    def check(self, node: MapNode, file: str, api_version: str, kind: str) -> None:
        """Compare an object with the schema of its kind, if there is one. Raises ManifestError for a mistake."""
        if (api_version, kind) not in self._validators:
            self._validators[api_version, kind] = self._validator(api_version, kind)
        validator = self._validators[api_version, kind]
        if validator is None:
            return
        try:
            found = sorted(validator.iter_errors(_plain(node)), key=lambda error: error.validator == "required")
        except RecursionError:
            raise ManifestError(file, node.line, "document", "is nested too deeply; write it flatter") from None
        if found:  # of one line, a field that is unknown before one that is missing: it is the same, misspelt
            raise min((self._error(error, node, file) for error in found), key=lambda error: error.line)

    def _validator(self, api_version: str, kind: str) -> Any:
        """What checks a kind; None where there is no schema, as for custom resources."""
        found = _API_VERSION.fullmatch(api_version)
        if found is None or not _KIND.fullmatch(kind):
            return None
        try:
            schema = self._contents("-".join([kind.lower(), *filter(None, found.groups())]))
        except FileNotFoundError:
            return None
        # The files are named by the first word of the group alone, and some are of parts of objects.
        if api_version not in schema.get("properties", {}).get("apiVersion", {}).get("enum", ()):
            return None
        referencing, jsonschema = import_module("referencing"), import_module("jsonschema")
        resources = [referencing.Resource.from_contents(each) for each in (schema, self._contents(_DEFINITIONS))]
        return jsonschema.Draft202012Validator(schema, registry=resources @ referencing.Registry())

    def _contents(self, name: str) -> Any:
        library = import_module("kubernetes_validate.utils")
        return library.schema_contents(f"{self._directory}/{name}.json", self.version)

    def _error(self, error: Any, node: Node, file: str) -> ManifestError:
        path, message = _explained(error, self.version, _at(node, error.absolute_path)[1])
        line, _ = _at(node, path)
        return ManifestError(file, line, _field(path), message)


def _explained(error: Any, version: str, node: Node) -> tuple[Path, str]:
    """Where an error is and what it says; about a field that is missing or unknown, the path of that field."""
    path = list(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in known)
        hint = did_you_mean(unknown, known) or "; remove it"
        return [*path, unknown], f"Kubernetes {version} has no such field here{hint}"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return [*path, missing], f"is missing; Kubernetes {version} requires it"
    if error.validator == "type":
        kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        wanted = " or ".join(_KIND_WORDS[kind] for kind in kinds if kind in _KIND_WORDS)
        return path, f"must be {wanted}, not {describe(node)}"
    if error.validator == "enum":
        return path, f"must be one of {', '.join(map(str, error.validator_value))}, not {describe(node)}"
    return path, f"does not fit the schema of Kubernetes {version}: {error.message}"


def _plain(node: Node) -> Any:
    """A tree as plain values; what is null counts as absent, as in the API."""
    match node:
        case ScalarNode():
            return node.value
        case ListNode():
            return [_plain(item) for item in node.items]
        case MapNode():
            return {key: _plain(entry.node) for key, entry in _given(node)}


def _given(node: MapNode) -> Iterator[tuple[str, Entry]]:
    for key, entry in node.entries.items():
        if not (isinstance(entry.node, ScalarNode) and entry.node.value is None):
            yield key, entry


def _at(node: Node, path: Path) -> tuple[int, Node]:
    """The line of what is at a path, and the node; where it does not exist, of the nearest thing above."""
    line = node.line
    for part in path:
        if isinstance(node, MapNode) and part in node.entries:
            entry = node.entries[str(part)]
            line, node = entry.line, entry.node
        elif isinstance(node, ListNode) and isinstance(part, int):
            node = node.items[part]
            line = node.line
    return line, node


def _field(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "document"
