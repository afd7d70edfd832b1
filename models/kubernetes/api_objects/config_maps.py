"""ConfigMaps; one that is only referred to is taken to exist, empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata, typed
from clusterproof.models.kubernetes.names import ConfigMapId


def config_maps(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every ConfigMap with the contents that were applied last."""
    for m, config_map in instant.cluster.config_maps.items():
        if config_map.version:
            yield _config_map(instant, m, config_map.version)


def _config_map(instant: Instant, m: ConfigMapId, version: int) -> dict[str, Any]:
    fixed = instant.cluster.scope.config_maps[m][version - 1]
    return typed(
        "ConfigMap",
        metadata=metadata(
            instant,
            "ConfigMap",
            m,
            m.rpartition("/")[0] or fixed.metadata.namespace,
            lambda c: c.config_maps[m].version > 0,
            labels=fixed.metadata.labels,
            annotations=fixed.metadata.annotations,
        ),
        data=dict(fixed.data),
    )
