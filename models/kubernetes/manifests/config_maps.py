"""ConfigMaps.

Source: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/ and
pkg/apis/core/validation/validation.go (ValidateConfigMap)
"""

from __future__ import annotations

import re

from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.objects import ConfigMap

_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}", re.ASCII)


def read_config_map(top: Fields) -> ConfigMap:
    """A ConfigMap's plain data."""
    metadata = read_metadata(top)
    data = top.text_map("data")
    for key in data:
        if not _KEY.fullmatch(key) or key in (".", ".."):
            top.fail("data", f"{quoted(key)} is not a key; write letters, digits, - _ .")
    top.close(("binaryData", "immutable"))
    return ConfigMap(metadata=metadata, data=data, source=top.source)
