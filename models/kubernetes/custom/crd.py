"""CustomResourceDefinitions: reading one, and reading the objects of its kind.

Source: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ and
staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from clusterproof.models.kubernetes.custom.json_schema import EMPTY, Schema, read_object_value, read_schema
from clusterproof.models.kubernetes.manifests.errors import ManifestError, quoted
from clusterproof.models.kubernetes.manifests.fields import Document, Fields
from clusterproof.models.kubernetes.manifests.files import read_text
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.yaml_tree import MapNode, parse_documents
from clusterproof.models.kubernetes.objects import CustomResource, Source

API_VERSION = "apiextensions.k8s.io/v1"
KIND = "CustomResourceDefinition"
_NOTHING = MapNode({}, line=0, size=1, height=1)


@frozen(kw_only=True)
class CustomResourceDefinition:
    """A kind of one's own. spec, status: the schemas of these two fields, from the version that is stored."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    spec: Schema
    status: Schema
    source: Source
    not_modelled: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """What its objects write as apiVersion."""
        return f"{self.group}/{self.version}"

    def read(self, top: Fields) -> CustomResource:
        """An object of this kind, checked against its schema. Raises ManifestError for what is not valid."""
        metadata = read_metadata(top, namespaced=self.namespaced)
        if metadata.namespace and not self.namespaced:
            top.required_fields("metadata", "").fail("namespace", f"{self.kind} has scope Cluster; remove it")
        if top.has("spec"):
            spec = read_object_value(top.required_fields("spec", ""), self.spec)
        else:
            spec = read_object_value(Fields(top.document, "spec", top.line, _NOTHING), self.spec)
        top.close(("status",))
        return CustomResource(kind=self.kind, metadata=metadata, spec=spec, source=top.source)


def load_crd(path: str | Path) -> CustomResourceDefinition:
    """The one CustomResourceDefinition of a file.

    Raises ManifestError where the file cannot be read, or holds none, or several, or one that is not understood.
    """
    return read_crd(read_text(Path(path)), str(path))


def read_crd(text: str, file: str) -> CustomResourceDefinition:
    """The one CustomResourceDefinition of a text, given with the name of its file."""
    found = parse_documents(text, file)
    document = Document(file, KIND)
    if len(found) != 1:
        raise ManifestError(file, 1, "file", f"holds {len(found)} documents; write one {KIND}")
    return _read_definition(Fields.of(found[0], "", document))


def _read_definition(top: Fields) -> CustomResourceDefinition:
    kind = top.required_text("kind", f"write kind: {KIND}")
    if kind != KIND:
        top.fail("kind", f"{quoted(kind)} is no {KIND}; name the file that holds it")
    if top.required_text("apiVersion", f"write apiVersion: {API_VERSION}") != API_VERSION:
        top.fail("apiVersion", f"write apiVersion: {API_VERSION}")
    metadata = read_metadata(top, namespaced=False)
    spec = top.required_fields("spec", "write the spec with group, names, scope and versions")
    group = spec.required_text("group", "write the API group, for example example.com")
    names = spec.required_fields("names", "write kind and plural")
    plural = names.required_text("plural", "write the plural, in lower case")
    own_kind = names.required_text("kind", "write the kind, for example Otofu")
    names.ignore("singular", "shortNames", "listKind", "categories")
    names.close()
    if metadata.name != f"{plural}.{group}":
        top.required_fields("metadata", "").fail("name", f"must be {plural}.{group}: spec.names.plural and spec.group")
    scope = spec.choice("scope", ("Namespaced", "Cluster"), None)
    if scope is None:
        spec.fail("scope", "is missing; write Namespaced or Cluster")
    version, schema = _read_stored_version(spec)
    spec.close(("conversion", "preserveUnknownFields"))
    top.close(("status",))
    return CustomResourceDefinition(
        group=group,
        version=version,
        kind=own_kind,
        plural=plural,
        namespaced=scope == "Namespaced",
        spec=schema.properties.get("spec", EMPTY),
        status=schema.properties.get("status", EMPTY),
        source=top.source,
        not_modelled=tuple(top.document.notes()),
    )


def _read_stored_version(spec: Fields) -> tuple[str, Schema]:
    """The name and the schema of the version with `storage: true`; the others are noted."""
    stored: tuple[str, Schema] | None = None
    for version in spec.items("versions"):
        name = version.required_text("name", "write the version, for example v1")
        version.boolean("served", default=False)
        if not version.boolean("storage", default=False):
            version.note("name", "is not the stored version and is not modelled")
            continue
        if stored is not None:
            version.fail("storage", "exactly one version is stored; write storage: false here")
        schema = version.required_fields("schema", "write the schema")
        stored = name, read_schema(schema.required_fields("openAPIV3Schema", "write the schema"))
        schema.close()
        version.ignore("subresources", "additionalPrinterColumns", "deprecated", "deprecationWarning")
        version.close(("selectableFields",))
    if stored is None:
        spec.fail("versions", "no version is stored; write storage: true at one")
    return stored
