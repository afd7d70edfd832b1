"""Store laws: revisions, optimistic concurrency, uids, deletion.

Source: https://etcd.io/docs/v3.6/learning/api_guarantees/, https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, claim, step
from clusterproof.models.kubernetes import etcd, ownership
from clusterproof.models.kubernetes.names import (
    ControllerRevisionId,
    DaemonSetId,
    DeploymentId,
    ForegroundReplicaSetId,
    PodId,
    ReplicaSetId,
    StatefulSetId,
)
from clusterproof.models.kubernetes.state import Cluster

_GROWS = "every write of an object gives it the store's next revision"


@step(name="revisions-grow")
def pod_revisions_grow(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """A Pod that is created or changed gets the store's next revision, larger than all before (A01)."""
    old, new = before.pods.get(p), after.pods.get(p)
    if new is not None and (old is None or old.resource_version != new.resource_version):
        newest = after.etcd.revision
        yield claim(before.etcd.revision < newest == new.resource_version, _GROWS, p)
    elif new is not None and old is not None:
        same = (old.node, old.phase, old.ready, old.deleting) == (new.node, new.phase, new.ready, new.deleting)
        yield claim(same, _GROWS, p)


@step(name="revisions-grow")
def replica_set_revisions_grow(before: Cluster, after: Cluster, r: ReplicaSetId) -> Claims:
    """The same for ReplicaSets."""
    old, new = before.replica_sets.get(r), after.replica_sets.get(r)
    if new is not None and (old is None or old.resource_version != new.resource_version):
        yield claim(before.etcd.revision < after.etcd.revision == new.resource_version, _GROWS, r)
    elif new is not None and old is not None:
        yield claim(old == new, _GROWS, r)


@step(name="revisions-grow")
def deployment_revisions_grow(before: Cluster, after: Cluster, d: DeploymentId) -> Claims:
    """The same for Deployments."""
    old, new = before.deployments.get(d), after.deployments.get(d)
    if new is not None and (old is None or old.resource_version != new.resource_version):
        yield claim(before.etcd.revision < after.etcd.revision == new.resource_version, _GROWS, d)
    elif new is not None and old is not None:
        yield claim(old == new, _GROWS, d)


@step(name="revisions-grow")
def stateful_set_revisions_grow(before: Cluster, after: Cluster, s: StatefulSetId) -> Claims:
    """The same for StatefulSets."""
    old, new = before.stateful_sets.get(s), after.stateful_sets.get(s)
    if new is not None and (old is None or old.resource_version != new.resource_version):
        yield claim(before.etcd.revision < after.etcd.revision == new.resource_version, _GROWS, s)
    elif new is not None and old is not None:
        yield claim(old == new, _GROWS, s)


@step(name="revisions-grow")
def daemon_set_revisions_grow(before: Cluster, after: Cluster, d: DaemonSetId) -> Claims:
    """The same for DaemonSets."""
    old, new = before.daemon_sets.get(d), after.daemon_sets.get(d)
    if new is not None and (old is None or old.resource_version != new.resource_version):
        yield claim(before.etcd.revision < after.etcd.revision == new.resource_version, _GROWS, d)
    elif new is not None and old is not None:
        yield claim(old == new, _GROWS, d)


@step(name="revisions-grow")
def controller_revisions_grow(before: Cluster, after: Cluster, r: ControllerRevisionId) -> Claims:
    """The same for ControllerRevisions."""
    old, new = before.controller_revisions.get(r), after.controller_revisions.get(r)
    if new is not None and (old is None or old.resource_version != new.resource_version):
        yield claim(before.etcd.revision < after.etcd.revision == new.resource_version, _GROWS, r)
    elif new is not None and old is not None:
        yield claim(old == new, _GROWS, r)


@step(needs=("scale",))
def optimistic_concurrency(before: Cluster, after: Cluster, by: StepInfo, d: DeploymentId) -> Claims:
    """A write that carries a resourceVersion is committed only if it is still the object's (A02)."""
    if (by.component, by.action) == ("kubectl", "update_scale") and before.kubectl.scaling == d:
        written = after.deployments[d].resource_version != before.deployments[d].resource_version
        held = before.kubectl.scale_read == before.deployments[d].resource_version
        yield claim(held or not written, "a write with a stale resourceVersion is refused", d)


@step
def fresh_uids(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """An object that is created has a uid that no object had before (A03)."""
    if p not in before.pods and p in after.pods:
        fresh = after.pods[p].uid > before.etcd.revision and not any(
            pod.uid >= after.pods[p].uid for q, pod in before.pods.items()
        )
        yield claim(fresh, "a new object has a uid that was never used", p)


@step(name="deletion-is-final")
def pod_deletion_is_final(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """A deletionTimestamp is never cleared: the object goes, and comes back only as a new one (A07)."""
    old, new = before.pods.get(p), after.pods.get(p)
    if old is not None and old.deleting and new is not None:
        yield claim(new.deleting, "a deletionTimestamp is never cleared", p)


@step(name="deletion-is-final", needs=("delete_deployment",))
def deployment_deletion_is_final(before: Cluster, after: Cluster, by: StepInfo, d: DeploymentId) -> Claims:
    """The same for Deployments, and one with a finalizer stays until its dependents are gone, or orphaned.

    Unless its namespace goes, which deletes all that is there in the background.
    """
    old, new = before.deployments.get(d), after.deployments.get(d)
    if old is not None and old.deleting and not _goes_with_others(before, after, by):
        yield claim(new is None or new.deleting, "a deletionTimestamp is never cleared", d)
        waiting = ownership.owned_replica_sets(before, d)
        yield claim(new is not None or not waiting, "an object with a finalizer is not removed", d)


def _goes_with_others(before: Cluster, after: Cluster, by: StepInfo) -> bool:
    """Whether objects go whatever their finalizers say: with their namespace, or with the whole store."""
    return by.component == "namespace-controller" or etcd.begins_anew(before, after)


def _is_pod_of(p: PodId, c: Cluster, r: ReplicaSetId) -> bool:
    return c.pods[p].owner == r


@step(name="deletion-is-final", needs=("delete_deployment",))
def replica_set_deletion_is_final(before: Cluster, after: Cluster, by: StepInfo, r: ForegroundReplicaSetId) -> Claims:
    """The same for a ReplicaSet that goes in the foreground with its Deployment: it stays until its pods are gone."""
    if ownership.is_deleting(before, r) and not _goes_with_others(before, after, by):
        kept = r in after.replica_sets
        yield claim(not kept or ownership.is_deleting(after, r), "a deletionTimestamp is never cleared", r)
        pods = () if kept else before.pods.matching(_is_pod_of, before, r, among=before.scope.replica_sets[r].pods)
        yield claim(not pods, "an object with a finalizer is not removed", r, *pods)
