"""Metadata of objects: names, labels, owners, and when they came to be.

The model renumbers uids and resource versions from state to state, keeping only their order. So a resourceVersion is
left out, and a uid, which the API wants to see, is made from the kind and the name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.instant import Instant, timestamp
from clusterproof.models.kubernetes.objects import ObjectMeta
from clusterproof.models.kubernetes.state import Cluster

API_VERSIONS = {
    "ConfigMap": "v1",
    "DaemonSet": "apps/v1",
    "Deployment": "apps/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "Event": "v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "CronJob": "batch/v1",
    "Job": "batch/v1",
    "Node": "v1",
    "Pod": "v1",
    "PodDisruptionBudget": "policy/v1",
    "ReplicaSet": "apps/v1",
    "Service": "v1",
    "StatefulSet": "apps/v1",
}


def plain_name(qualified_name: str) -> str:
    """The name of an object, without what the model may put around it: a namespace, or a mark on a second pod."""
    return qualified_name.rpartition("/")[2].partition("#")[0]


def made_up_uid(kind: str, namespace: str, name: str) -> str:
    """A uid for an object of this name; one that takes its place later has the same."""
    return str(uuid5(NAMESPACE_URL, f"{kind}/{namespace}/{plain_name(name)}"))


def typed(kind: str, **fields: Any) -> dict[str, Any]:
    """An object of a kind with its apiVersion."""
    return {"apiVersion": API_VERSIONS[kind], "kind": kind, **given(**fields)}


def metadata(
    instant: Instant,
    kind: str,
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
        uid=made_up_uid(kind, namespace, name),
        labels=dict(labels or {}),
        annotations=dict(annotations or {}),
        ownerReferences=[owner] if owner else None,
        creationTimestamp=instant.since(exists),
        **more,
    )


def metadata_of_manifest(
    instant: Instant, kind: str, manifest: ObjectMeta, exists: Callable[[Cluster], bool], **more: Any
) -> dict[str, Any]:
    """The metadata of an object that a manifest describes; `more` are further annotations, or fields."""
    annotations = {**manifest.annotations, **more.pop("annotations", {})}
    return metadata(
        instant,
        kind,
        manifest.name,
        manifest.namespace,
        exists,
        labels=manifest.labels,
        annotations=annotations,
        **more,
    )


def controller_reference(kind: str, namespace: str, name: str, api_version: str = "") -> dict[str, Any]:
    """The owner reference of what a controller has made; api_version: of a custom kind."""
    return {
        "apiVersion": api_version or API_VERSIONS[kind],
        "kind": kind,
        "name": plain_name(name),
        "uid": made_up_uid(kind, namespace, name),
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
