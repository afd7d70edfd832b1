"""Custom objects in manifests: read by the definition of their kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.custom.crd import CustomResource
from clusterproof.models.kubernetes.custom.schema import read_by
from clusterproof.models.kubernetes.manifests.fields import Document, Fields
from clusterproof.models.kubernetes.manifests.files import find_files, read_text
from clusterproof.models.kubernetes.manifests.load import flattened, load_manifests
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.yaml_tree import MapNode, Node, parse_documents

Resources = Mapping[tuple[str, str], CustomResource]
"""By apiVersion and kind."""


def load_with_custom_objects(paths: Sequence[str | Path], resources: Sequence[CustomResource]) -> objects.Manifests:
    """The manifests at the paths, with the custom objects of these kinds among them.

    Definitions of those kinds are left out: they are known. Raises ManifestError.
    """
    by_kind = {(each.api_version, each.kind): each for each in resources}
    manifests = load_manifests(paths)
    found = tuple(_custom_objects(paths, by_kind))
    defined = {f"{each.plural}.{each.group}" for each in resources}
    others = tuple(
        other
        for other in manifests.others
        if (other.api_version, other.kind) not in by_kind
        and not (other.kind == "CustomResourceDefinition" and other.metadata.name in defined)
    )
    return attrs.evolve(manifests, others=others, custom_objects=found)


def _custom_objects(paths: Sequence[str | Path], resources: Resources) -> Iterator[objects.CustomObject]:
    for path in find_files(paths):
        file = str(path)
        for document in parse_documents(read_text(path), file):
            for node in flattened(document, file):
                resource = _resource_of(node, resources)
                if resource is not None:
                    yield _read(node, file, resource)


def _resource_of(node: Node, resources: Resources) -> CustomResource | None:
    if not isinstance(node, MapNode):
        return None
    words = (node.entries.get(name) for name in ("apiVersion", "kind"))
    api_version, kind = (getattr(entry.node, "value", None) if entry is not None else None for entry in words)
    return resources.get((str(api_version), str(kind)))


def _read(node: Node, file: str, resource: CustomResource) -> objects.CustomObject:
    top = Fields.of(node, "", Document(file, resource.kind))
    metadata = read_metadata(top, namespaced=resource.scope == "Namespaced")
    top.text("apiVersion", "")
    top.text("kind", "")
    spec = top.fields("spec")
    given = MapNode({}, top.line, 1) if spec is None else spec.node
    read = objects.CustomObject(
        kind=resource.kind,
        metadata=metadata,
        spec=read_by(resource.spec, given, file, "spec"),
        source=top.source,
    )
    top.close(("status",))
    return read
