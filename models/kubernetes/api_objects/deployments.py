"""Deployments. generation counts nothing in the model: it is 1, and observedGeneration is behind or is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes import deployment_controller, ownership
from clusterproof.models.kubernetes.api_objects.deployment_conditions import deployment_conditions
from clusterproof.models.kubernetes.api_objects.fields import counted, given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import deletion, metadata_of_manifest, typed
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_template
from clusterproof.models.kubernetes.api_objects.replica_sets import REVISION
from clusterproof.models.kubernetes.api_objects.selectors import label_selector
from clusterproof.models.kubernetes.decisions.deletion import (
    PropagationPolicy,
    deletion_finalizers_for_garbage_collection,
)
from clusterproof.models.kubernetes.manifests.admission import without_default_tolerations
from clusterproof.models.kubernetes.names import DeploymentId
from clusterproof.models.kubernetes.objects import Deployment as Manifest
from clusterproof.models.kubernetes.objects import PodTemplate
from clusterproof.models.kubernetes.state import Cluster, Deployment


def deployments(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every Deployment."""
    for d, deployment in instant.cluster.deployments.items():
        yield _deployment(instant, d, deployment)


def _deployment(instant: Instant, d: DeploymentId, deployment: Deployment) -> dict[str, Any]:
    c = instant.cluster
    manifest = deployment_controller.manifest_of(c, d)
    return typed(
        "Deployment",
        metadata=metadata_of_manifest(
            instant,
            "Deployment",
            manifest.metadata,
            lambda c: d in c.deployments,
            annotations=_revision(c, d),
            generation=1,
            finalizers=_finalizers(c, d, manifest),
            **deletion(instant, lambda c: d in c.deployments and c.deployments[d].deleting, 0),
        ),
        spec=deployment_spec(manifest, deployment.replicas, _template(c, d)),
        status=given(**_counters(deployment), conditions=deployment_conditions(instant, d)),
    )


def _finalizers(c: Cluster, d: DeploymentId, manifest: Manifest) -> list[str]:
    """Those of the manifest, and what its deletion waits for."""
    if not c.deployments[d].deleting:
        return list(manifest.metadata.finalizers)
    policy = PropagationPolicy.ORPHAN if ownership.orphans_dependents(c, d) else PropagationPolicy.FOREGROUND
    return list(deletion_finalizers_for_garbage_collection(manifest.metadata.finalizers, policy))


def deployment_spec(manifest: Manifest, replicas: int, template: PodTemplate) -> dict[str, Any]:
    """The spec of a Deployment with its defaults. Source: pkg/apis/apps/v1/defaults.go (SetDefaults_Deployment)"""
    return given(
        replicas=replicas,
        selector=label_selector(manifest.selector),
        strategy=_strategy(manifest),
        minReadySeconds=manifest.min_ready_seconds or None,
        progressDeadlineSeconds=manifest.progress_deadline_seconds,
        revisionHistoryLimit=manifest.revision_history_limit,
        paused=manifest.paused or None,
        template=pod_template(template, {}),
    )


def _template(c: Cluster, d: DeploymentId) -> PodTemplate:
    template = c.scope.replica_sets[deployment_controller.new_replica_set_of(c, d)].template
    return PodTemplate(
        labels=template.labels,
        annotations=template.annotations,
        spec=without_default_tolerations(template.spec),
    )


def _revision(c: Cluster, d: DeploymentId) -> dict[str, str]:
    """The revision of the current template, once its ReplicaSet is there."""
    r = deployment_controller.new_replica_set_of(c, d)
    return {REVISION: str(c.replica_sets[r].revision)} if r in c.replica_sets else {}


def _strategy(manifest: Manifest) -> dict[str, Any]:
    if manifest.strategy != "RollingUpdate":
        return {"type": manifest.strategy}
    limits = {"maxSurge": manifest.max_surge, "maxUnavailable": manifest.max_unavailable}
    return {"type": manifest.strategy, "rollingUpdate": limits}


def _counters(deployment: Deployment) -> dict[str, int]:
    return counted(
        observedGeneration=int(deployment.observed),
        replicas=deployment.status_replicas,
        updatedReplicas=deployment.updated_replicas,
        readyReplicas=deployment.ready_replicas,
        availableReplicas=deployment.available_replicas,
        unavailableReplicas=max(0, deployment.status_replicas - deployment.available_replicas),
    )
