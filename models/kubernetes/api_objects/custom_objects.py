"""Objects of the kinds that CustomResourceDefinitions add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata_of_manifest
from clusterproof.models.kubernetes.names import CustomObjectId
from clusterproof.models.kubernetes.state import CustomObject


def custom_objects(instant: Instant, kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a custom kind."""
    for o, custom_object in instant.cluster.custom_objects.items():
        if custom_object.exists and instant.cluster.scope.custom_objects[o].kind == kind:
            yield _custom_object(instant, o, custom_object)


def _custom_object(instant: Instant, o: CustomObjectId, custom_object: CustomObject) -> dict[str, Any]:
    fixed = instant.cluster.scope.custom_objects[o]
    manifest = fixed.manifests[custom_object.version]
    return given(
        apiVersion=fixed.api_version,
        kind=fixed.kind,
        metadata=metadata_of_manifest(
            instant, fixed.kind, manifest.metadata, lambda c: c.custom_objects[o].exists, generation=1
        ),
        spec=dict(manifest.spec),
        status=_status(custom_object),
    )


def _status(custom_object: CustomObject) -> dict[str, Any]:
    """The fields of the status, each at its path."""
    status: dict[str, Any] = {}
    for path, value in custom_object.status.items():
        *outer, name = path.split(".")
        inside = status
        for each in outer:
            inside = inside.setdefault(each, {})
        if value is not None:
            inside[name] = value
    return status
