"""Metadata of objects: names, labels, owners, and when they came to be.

resourceVersion and uid are left out: the model renumbers them from state to state, keeping only their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant, timestamp
from clusterproof.models.kubernetes.state import Cluster

API_VERSIONS = {
    "ConfigMap": "v1",
    "Deployment": "apps/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "Event": "v1",
    "Node": "v1",
    "Pod": "v1",
    "PodDisruptionBudget": "policy/v1",
    "ReplicaSet": "apps/v1",
    "Service": "v1",
}


def plain_name(qualified_name: str) -> str:
    """The name of an object, without the namespace that the model may put in front."""
    return qualified_name.rpartition("/")[2]


def typed(kind: str, **fields: Any) -> dict[str, Any]:
    """An object of a kind with its apiVersion."""
    return {"apiVersion": API_VERSIONS[kind], "kind": kind, **given(**fields)}


def metadata(
    instant: Instant,
    name: str,
    namespace: str,
    exists: Callable[[Cluster], bool],
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Object metadata; namespace is empty for nodes. exists: whether a state has the object."""
    return given(
        name=plain_name(name),
        namespace=namespace,
        labels=dict(labels or {}),
        annotations=dict(annotations or {}),
        ownerReferences=[owner] if owner else None,
        creationTimestamp=instant.since(exists),
        **more,
    )


def controller_reference(kind: str, name: str, api_version: str = "") -> dict[str, Any]:
    """The owner reference of what a controller has made."""
    return {
        "apiVersion": api_version or API_VERSIONS[kind],
        "kind": kind,
        "name": plain_name(name),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def deletion(instant: Instant, is_deleting: Callable[[Cluster], bool], grace_period_seconds: int) -> dict[str, Any]:
    """The fields that mark an object for deletion, where it is; an untimed run marks it with its start."""
    if not is_deleting(instant.cluster):
        return {}
    return {
        "deletionTimestamp": instant.since(is_deleting) or timestamp(0),
        "deletionGracePeriodSeconds": grace_period_seconds,
    }


def condition(instant: Instant, kind: str, holds: Callable[[Cluster], bool], **more: Any) -> dict[str, Any]:
    """A condition that is True or False, and since when; `more` holds its reason and message."""
    now = holds(instant.cluster)
    return given(
        type=kind,
        status=str(now),
        lastTransitionTime=instant.since(lambda c: holds(c) is now),
        **more,
    )
