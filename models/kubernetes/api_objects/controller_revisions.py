"""The revisions of StatefulSets and DaemonSets, as their pods and their status name them."""

from __future__ import annotations

from clusterproof.models.kubernetes.api_objects.metadata import plain_name
from clusterproof.models.kubernetes.names import ControllerRevisionId
from clusterproof.models.kubernetes.state import Cluster

CONTROLLER_REVISION_HASH = "controller-revision-hash"


def revision_name(r: ControllerRevisionId) -> str:
    """The name of a ControllerRevision: that of its set and, in place of a hash, the number of the template."""
    owner, _, number = r.rpartition("@")
    return f"{plain_name(owner)}-{number}"


def hash_labels(c: Cluster, r: ControllerRevisionId) -> dict[str, str]:
    """The label that tells the pods of one template from those of another.

    A StatefulSet writes the revision's name into it, a DaemonSet the hash. Source: setPodRevision, CreatePodTemplate.
    """
    of_stateful_set = c.scope.controller_revisions[r].kind == "StatefulSet"
    return {CONTROLLER_REVISION_HASH: revision_name(r) if of_stateful_set else r.rpartition("@")[2]}
