"""The label by which a controller tells the pods of one template from those of another, and who selects by it."""

from __future__ import annotations

import attrs

from clusterproof.models.kubernetes.decisions.deployment import POD_TEMPLATE_HASH
from clusterproof.models.kubernetes.names import ControllerRevisionId, OwnerId, ReplicaSetId
from clusterproof.models.kubernetes.objects import Labels, LabelSelector
from clusterproof.models.kubernetes.scope import ClusterScope

CONTROLLER_REVISION_HASH = "controller-revision-hash"


def hash_label(scope: ClusterScope, owner: OwnerId | None) -> Labels:
    """What a controller adds to the labels of a pod's template; in place of a hash, the number of the template.

    A StatefulSet writes the revision's name into it, a DaemonSet the hash, and a ReplicaSet that no Deployment owns
    nothing.
    Source: pkg/controller/deployment/sync.go (getNewReplicaSet), pkg/controller/statefulset/stateful_set_utils.go
    (setPodRevision), pkg/controller/daemon/util/daemonset_util.go (CreatePodTemplate)
    """
    replica_set = scope.replica_sets.get(ReplicaSetId(owner or ""))
    if replica_set is not None:
        deployment = replica_set.deployment
        return {} if deployment is None else {POD_TEMPLATE_HASH: (owner or "").removeprefix(f"{deployment}-")}
    revision = scope.controller_revisions.get(ControllerRevisionId(owner or ""))
    if revision is None:
        return {}
    r = ControllerRevisionId(owner or "")
    return {CONTROLLER_REVISION_HASH: revision_name(r) if revision.kind == "StatefulSet" else r.rpartition("@")[2]}


def replica_set_selector(scope: ClusterScope, r: ReplicaSetId) -> LabelSelector:
    """The selector of a ReplicaSet: its own, or that of its Deployment with the hash.

    Source: pkg/controller/deployment/sync.go, getNewReplicaSet
    """
    selector = scope.replica_sets[r].selector
    return attrs.evolve(selector, match_labels={**selector.match_labels, **hash_label(scope, r)})


def revision_name(r: ControllerRevisionId) -> str:
    """The name of a ControllerRevision: that of its set and, in place of a hash, the number of the template."""
    owner, _, number = r.rpartition("@")
    return f"{owner.rpartition('/')[2]}-{number}"
