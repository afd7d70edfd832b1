"""The pods that a controller creates, read from the manifest of a pod."""

from __future__ import annotations

from pathlib import Path

from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.load import load_manifests
from clusterproof.models.kubernetes.objects import PodTemplate


def load_pod_template(path: str | Path) -> PodTemplate:
    """The labels and the spec of the one Pod of a file; its name does not count, created pods get their own.

    Raises ManifestError where the file cannot be understood or does not hold one Pod.
    """
    pods = load_manifests([path]).pods
    if len(pods) != 1:
        raise ManifestError(str(path), 1, "file", f"holds {len(pods)} pods; write the manifest of one Pod")
    return PodTemplate(labels=pods[0].metadata.labels, annotations=pods[0].metadata.annotations, spec=pods[0].spec)
