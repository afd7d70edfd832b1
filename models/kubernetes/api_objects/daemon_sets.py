"""DaemonSets. generation counts nothing in the model: it is 1, and observedGeneration is behind or is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clusterproof.models.kubernetes import daemonset_controller
from clusterproof.models.kubernetes.api_objects.fields import counted, given
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.metadata import metadata_of_manifest, typed
from clusterproof.models.kubernetes.api_objects.pod_specs import pod_template
from clusterproof.models.kubernetes.api_objects.selectors import label_selector
from clusterproof.models.kubernetes.names import DaemonSetId
from clusterproof.models.kubernetes.objects import DaemonSet as Manifest
from clusterproof.models.kubernetes.objects import PodTemplate
from clusterproof.models.kubernetes.state import DaemonSet


def daemon_sets(instant: Instant) -> Iterator[dict[str, Any]]:
    """Every DaemonSet."""
    for d, daemon_set in instant.cluster.daemon_sets.items():
        yield _daemon_set(instant, d, daemon_set)


def _daemon_set(instant: Instant, d: DaemonSetId, daemon_set: DaemonSet) -> dict[str, Any]:
    c = instant.cluster
    manifest = daemonset_controller.manifest_of(c, d)
    return typed(
        "DaemonSet",
        metadata=metadata_of_manifest(
            instant, "DaemonSet", manifest.metadata, lambda c: d in c.daemon_sets, generation=1
        ),
        spec=daemon_set_spec(manifest, c.scope.controller_revisions[daemon_set.template].written),
        status=_status(daemon_set),
    )


def daemon_set_spec(manifest: Manifest, template: PodTemplate) -> dict[str, Any]:
    """The spec of a DaemonSet with its defaults. Source: pkg/apis/apps/v1/defaults.go (SetDefaults_DaemonSet)"""
    return given(
        selector=label_selector(manifest.selector),
        updateStrategy=_strategy(manifest),
        minReadySeconds=manifest.min_ready_seconds or None,
        revisionHistoryLimit=manifest.revision_history_limit,
        template=pod_template(template, {}),
    )


def _strategy(manifest: Manifest) -> dict[str, Any]:
    if manifest.strategy != "RollingUpdate":
        return {"type": manifest.strategy}
    limits = {"maxSurge": manifest.max_surge, "maxUnavailable": manifest.max_unavailable}
    return {"type": manifest.strategy, "rollingUpdate": limits}


def _status(daemon_set: DaemonSet) -> dict[str, int]:
    """The first four counters are there also while they are 0."""
    desired, available = daemon_set.desired_number_scheduled, daemon_set.number_available
    return {
        "desiredNumberScheduled": desired,
        "currentNumberScheduled": daemon_set.current_number_scheduled,
        "numberMisscheduled": daemon_set.number_misscheduled,
        "numberReady": daemon_set.number_ready,
        **counted(
            observedGeneration=int(daemon_set.observed),
            updatedNumberScheduled=daemon_set.updated_number_scheduled,
            numberAvailable=available,
            numberUnavailable=max(0, desired - available),
        ),
    }
