"""ReplicaSets: those of Deployments, and those that the user wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from clusterproof.models.kubernetes.api_objects.fields import counted, given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import controller_reference, metadata, typed
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_template
from clusterproof.models.kubernetes.api_objects.selectors import label_selector
from clusterproof.models.kubernetes.manifests.admission import without_default_tolerations
from clusterproof.models.kubernetes.names import ReplicaSetId
from clusterproof.models.kubernetes.objects import LabelSelector
from clusterproof.models.kubernetes.state import Cluster, ReplicaSet

POD_TEMPLATE_HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"


def replica_sets(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every ReplicaSet."""
    for r, replica_set in instant.cluster.replica_sets.items():
        yield _replica_set(instant, r, replica_set)


def hash_label(c: Cluster, r: ReplicaSetId) -> dict[str, str]:
    """The label that tells the pods of one template from those of another: what a ReplicaSet's name ends in."""
    deployment = c.scope.replica_sets[r].deployment
    return {} if deployment is None else {POD_TEMPLATE_HASH: r.removeprefix(f"{deployment}-")}


def _replica_set(instant: Instant, r: ReplicaSetId, replica_set: ReplicaSet) -> dict[str, Any]:
    c = instant.cluster
    fixed = c.scope.replica_sets[r]
    hashed = hash_label(c, r)
    annotations, owner = {}, None
    if fixed.deployment is not None:
        owner = controller_reference("Deployment", fixed.namespace, fixed.deployment)
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
        ),
        spec=given(
            replicas=replica_set.replicas,
            minReadySeconds=fixed.min_ready_seconds or None,
            selector=label_selector(_selector(c, r, hashed)),
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
        },
    )


def _selector(c: Cluster, r: ReplicaSetId, hashed: dict[str, str]) -> LabelSelector:
    """The Deployment's selector and the hash; without a Deployment the labels of the template."""
    fixed = c.scope.replica_sets[r]
    if fixed.deployment is None:
        return LabelSelector(match_labels=fixed.template.labels)
    selector = c.scope.deployments[fixed.deployment][0].selector
    return attrs.evolve(selector, match_labels={**selector.match_labels, **hashed})
