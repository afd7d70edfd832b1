"""StatefulSets. generation counts nothing in the model: it is 1, and observedGeneration is behind or is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes import statefulset_controller
from clusterproof.models.kubernetes.api_objects.fields import counted, given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata_of_manifest, typed
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_template
from clusterproof.models.kubernetes.api_objects.selectors import label_selector
from clusterproof.models.kubernetes.names import StatefulSetId
from clusterproof.models.kubernetes.objects import PodTemplate
from clusterproof.models.kubernetes.objects import StatefulSet as Manifest
from clusterproof.models.kubernetes.state import StatefulSet
from clusterproof.models.kubernetes.template_hashes import revision_name


def stateful_sets(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every StatefulSet."""
    for s, stateful_set in instant.cluster.stateful_sets.items():
        yield _stateful_set(instant, s, stateful_set)


def _stateful_set(instant: Instant, s: StatefulSetId, stateful_set: StatefulSet) -> dict[str, Any]:
    c = instant.cluster
    manifest = statefulset_controller.manifest_of(c, s)
    return typed(
        "StatefulSet",
        metadata=metadata_of_manifest(
            instant, "StatefulSet", manifest.metadata, lambda c: s in c.stateful_sets, generation=1
        ),
        spec=stateful_set_spec(
            manifest, stateful_set.replicas, c.scope.controller_revisions[stateful_set.template].written
        ),
        status=_status(stateful_set),
    )


def stateful_set_spec(manifest: Manifest, replicas: int, template: PodTemplate) -> dict[str, Any]:
    """The spec of a StatefulSet with its defaults. Source: pkg/apis/apps/v1/defaults.go (SetDefaults_StatefulSet)"""
    return given(
        replicas=replicas,
        serviceName=manifest.service_name,
        selector=label_selector(manifest.selector),
        podManagementPolicy=manifest.pod_management_policy,
        updateStrategy=_strategy(manifest),
        ordinals={"start": manifest.start} if manifest.start else None,
        minReadySeconds=manifest.min_ready_seconds or None,
        revisionHistoryLimit=manifest.revision_history_limit,
        persistentVolumeClaimRetentionPolicy=dict(
            zip(("whenDeleted", "whenScaled"), manifest.volume_claims_retained, strict=True)
        ),
        template=pod_template(template, {}),
    )


def _strategy(manifest: Manifest) -> dict[str, Any]:
    if manifest.strategy != "RollingUpdate":
        return {"type": manifest.strategy}
    limits = {"partition": manifest.partition, **given(maxUnavailable=manifest.max_unavailable)}
    return {"type": manifest.strategy, "rollingUpdate": limits}


def _status(stateful_set: StatefulSet) -> dict[str, Any]:
    """The update revision is that of the template, once the controller has seen it."""
    current = stateful_set.current_revision
    update = stateful_set.template if stateful_set.observed else current
    return given(
        currentRevision=None if current is None else revision_name(current),
        updateRevision=None if update is None else revision_name(update),
        replicas=stateful_set.status_replicas,
        **counted(
            observedGeneration=int(stateful_set.observed),
            readyReplicas=stateful_set.ready_replicas,
            availableReplicas=stateful_set.available_replicas,
            currentReplicas=stateful_set.current_replicas,
            updatedReplicas=stateful_set.updated_replicas,
        ),
    )
