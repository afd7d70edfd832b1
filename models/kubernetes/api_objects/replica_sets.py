"""ReplicaSets: those of Deployments, and those that the user wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from clusterproof.models.kubernetes import ownership
from clusterproof.models.kubernetes.api_objects.deployment_conditions import replica_failure
from clusterproof.models.kubernetes.api_objects.fields import counted, given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import controller_reference, deletion, metadata, typed
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_template
from clusterproof.models.kubernetes.api_objects.selectors import label_selector
from clusterproof.models.kubernetes.decisions.deletion import FOREGROUND_FINALIZER
from clusterproof.models.kubernetes.manifests.admission import without_default_tolerations
from clusterproof.models.kubernetes.names import ReplicaSetId
from clusterproof.models.kubernetes.state import ReplicaSet
from clusterproof.models.kubernetes.template_hashes import hash_label, replica_set_selector

REVISION = "deployment.kubernetes.io/revision"
DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"


def replica_sets(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every ReplicaSet."""
    for r, replica_set in instant.cluster.replica_sets.items():
        yield _replica_set(instant, r, replica_set)


def _replica_set(instant: Instant, r: ReplicaSetId, replica_set: ReplicaSet) -> dict[str, Any]:
    c = instant.cluster
    fixed = c.scope.replica_sets[r]
    hashed = hash_label(c.scope, r)
    annotations, owner = {}, None
    failure = replica_failure(c, r)
    if fixed.deployment is not None:
        owned = not ownership.is_orphaned(c, r)
        owner = controller_reference("Deployment", fixed.namespace, fixed.deployment) if owned else None
        annotations = {REVISION: str(replica_set.revision), DESIRED_REPLICAS: str(replica_set.desired_annotation)}
    template = attrs.evolve(fixed.template, spec=without_default_tolerations(fixed.template.spec))
    return typed(
        "ReplicaSet",
        metadata=metadata(
            instant,
            "ReplicaSet",
            r,
            fixed.namespace,
            lambda c: r in c.replica_sets,
            labels={**fixed.template.labels, **hashed},
            annotations=annotations,
            owner=owner,
            generation=1,
            finalizers=[FOREGROUND_FINALIZER] if ownership.is_deleting(c, r) else None,
            **deletion(instant, lambda c: ownership.is_deleting(c, r), 0),
        ),
        spec=given(
            replicas=replica_set.replicas,
            minReadySeconds=fixed.min_ready_seconds or None,
            selector=label_selector(replica_set_selector(c.scope, r)),
            template=pod_template(template, hashed),
        ),
        status={
            "replicas": replica_set.status_replicas,
            **counted(
                fullyLabeledReplicas=replica_set.status_replicas,
                readyReplicas=replica_set.ready_replicas,
                availableReplicas=replica_set.available_replicas,
                observedGeneration=int(replica_set.observed),
            ),
            **({"conditions": [failure]} if failure else {}),
        },
    )
