"""ConfigMaps; one that is only referred to is taken to exist, empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata_of_manifest, plain_name, typed
from clusterproof.models.kubernetes.names import ConfigMapId


def config_maps(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every ConfigMap with the contents that were applied last."""
    for m, config_map in instant.cluster.config_maps.items():
        if config_map.version:
            yield _config_map(instant, m, config_map.version)


def _config_map(instant: Instant, m: ConfigMapId, version: int) -> dict[str, Any]:
    fixed = instant.cluster.scope.config_maps[m][version - 1]
    namespace = m.rpartition("/")[0] or fixed.metadata.namespace
    manifest = attrs.evolve(fixed.metadata, name=plain_name(m), namespace=namespace)
    return typed(
        "ConfigMap",
        metadata=metadata_of_manifest(instant, "ConfigMap", manifest, lambda c: c.config_maps[m].version > 0),
        data=dict(fixed.data),
    )
