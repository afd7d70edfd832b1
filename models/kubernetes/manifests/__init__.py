"""Reads real Kubernetes YAML into the objects of `clusterproof.models.kubernetes.objects`.

    manifests = load_manifests(["deploy/"])

Every mistake is one `ManifestError`, whose text is one line with file, line and field.
"""

from __future__ import annotations

from clusterproof.models.kubernetes.manifests.admission import default_toleration_seconds
from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.load import load_manifests
from clusterproof.models.kubernetes.manifests.ports import listening_port, probe_port

__all__ = ["ManifestError", "default_toleration_seconds", "listening_port", "load_manifests", "probe_port"]
