"""CustomResourceDefinitions: which kind there is, and what its objects look like.

Source: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ and
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import Factory, frozen

from clusterproof.models.kubernetes.custom.schema import Schema, read_schema
from clusterproof.models.kubernetes.manifests.errors import ManifestError, quoted
from clusterproof.models.kubernetes.manifests.fields import Document, Fields
from clusterproof.models.kubernetes.manifests.files import read_text
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.names import is_dns_label, is_dns_subdomain
from clusterproof.models.kubernetes.manifests.yaml_tree import parse_documents

API_VERSION = "apiextensions.k8s.io/v1"
_VERSION_NOT_MODELLED = (
    "deprecated",
    "deprecationWarning",
    "additionalPrinterColumns",
    "selectableFields",
)


@frozen(kw_only=True)
class CustomResource:
    """A kind of one's own.

    scope: Namespaced or Cluster. version: the one that is stored. spec, status: what the fields under them may be.
    not_modelled: what the definition says and the model ignores, one sentence each.
    """

    group: str
    kind: str
    plural: str
    scope: str = "Namespaced"
    version: str = "v1"
    spec: Schema = Factory(Schema)
    status: Schema = Factory(Schema)
    not_modelled: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """What its objects write as apiVersion."""
        return f"{self.group}/{self.version}"

    @property
    def status_fields(self) -> tuple[str, ...]:
        """The scalars of its status, e.g. "ready" or "sync.status"."""
        return tuple(self.status.scalars())


def load_crd(path: str | Path) -> CustomResource:
    """Read a CustomResourceDefinition from a YAML file. Raises ManifestError with file, line and field."""
    file = str(path)
    documents = parse_documents(read_text(Path(path)), file)
    if len(documents) != 1:
        line = documents[1].line if documents else 1
        message = f"must hold one CustomResourceDefinition, not {len(documents)} documents"
        raise ManifestError(file, line, "document", message)
    document = Document(file, "CustomResourceDefinition")
    return _read(Fields.of(documents[0], "", document), document)


def _read(top: Fields, document: Document) -> CustomResource:
    kind = top.required_text("kind", "write kind: CustomResourceDefinition")
    if kind != "CustomResourceDefinition":
        top.fail("kind", f"is {quoted(kind)}; write kind: CustomResourceDefinition")
    api_version = top.required_text("apiVersion", f"write apiVersion: {API_VERSION}")
    if api_version != API_VERSION:
        top.fail("apiVersion", f"is {quoted(api_version)}; write apiVersion: {API_VERSION}")
    metadata = read_metadata(top, namespaced=False)
    spec = top.required_fields("spec", "write group, names, scope and versions under spec")
    group = spec.required_text("group", "write for example group: example.com")
    if not is_dns_subdomain(group) or "." not in group:
        spec.fail("group", f"{quoted(group)} is no group; write for example example.com")
    names = spec.required_fields("names", "write kind and plural under names")
    plural = names.required_text("plural", "write for example plural: otofus")
    if not is_dns_label(plural):
        names.fail("plural", f"{quoted(plural)} is no plural; write lower-case letters")
    own_kind = names.required_text("kind", "write for example kind: Otofu")
    if not own_kind.isalnum() or not own_kind.isascii() or not own_kind[0].isupper():
        names.fail("kind", f"{quoted(own_kind)} is no kind; write for example Otofu")
    for name in ("singular", "listKind"):  # other words for the same; they change nothing
        names.text(name, "")
    for name in ("shortNames", "categories"):
        names.texts(name)
    names.close()
    if metadata.name != f"{plural}.{group}":
        top.required_fields("metadata", "").fail("name", f"is {quoted(metadata.name)}; write {plural}.{group}")
    scope = spec.choice("scope", ("Namespaced", "Cluster"), "") or spec.fail("scope", "is missing; write Namespaced")
    version, schema = _stored_version(spec)
    spec.close(("conversion", "preserveUnknownFields"))
    top.close(("status",))
    properties: Mapping[str, Schema] = schema.properties
    return CustomResource(
        group=group,
        kind=own_kind,
        plural=plural,
        scope=scope,
        version=version,
        spec=properties.get("spec", Schema()),
        status=properties.get("status", Schema()),
        not_modelled=tuple(document.notes()),
    )


def _stored_version(spec: Fields) -> tuple[str, Schema]:
    """The version that is stored, and its schema. Exactly one has storage: true."""
    versions = spec.items("versions")
    stored = [version for version in versions if version.boolean("storage", default=False)]
    if len(stored) != 1:
        spec.fail("versions", f"has {len(stored)} versions with storage: true; write exactly one")
    (version,) = stored
    name = version.required_text("name", "write for example name: v1")
    holder = version.required_fields("schema", "write openAPIV3Schema under schema")
    schema = read_schema(holder.required_fields("openAPIV3Schema", "write the schema of the objects"))
    holder.close()
    version.fields("subresources")  # the status is written on its own in any case
    for each in versions:
        each.boolean("served", default=True)
        if each is version:
            each.close(_VERSION_NOT_MODELLED)
        else:
            each.note("name", "is another version, which is not modelled")
    return name, schema
