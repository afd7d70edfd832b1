"""StatefulSets and DaemonSets: defaults, and what is refused."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.objects import LabelSelector


@pytest.fixture
def stateful_set(deployment):
    """Return the text of a small StatefulSet with lines added to its spec or its pod spec."""
    return lambda **lines: deployment(**lines).replace("kind: Deployment", "kind: StatefulSet")


@pytest.fixture
def daemon_set(deployment):
    """Return the text of a small DaemonSet with lines added to its spec or its pod spec."""
    return lambda **lines: deployment(**lines).replace("kind: Deployment", "kind: DaemonSet")


def test_a_stateful_set_has_the_documented_defaults(load, stateful_set):
    """Ordered, updated from the top to ordinal 0, ten revisions.

    Source: pkg/apis/apps/v1/defaults.go, SetDefaults_StatefulSet
    """
    (read,) = load(stateful_set()).stateful_sets

    assert (read.replicas, read.pod_management_policy, read.strategy) == (1, "OrderedReady", "RollingUpdate")
    assert (read.partition, read.max_unavailable, read.start) == (0, None, 0)
    assert (read.min_ready_seconds, read.revision_history_limit) == (0, 10)
    assert read.selector == LabelSelector(match_labels={"app": "web"})


def test_what_a_stateful_set_says_is_read(load, stateful_set):
    """Every modelled field of a StatefulSet's spec arrives; its claims of volumes are noted."""
    lines = """
        replicas: 3
        serviceName: web
        podManagementPolicy: Parallel
        minReadySeconds: 5
        revisionHistoryLimit: 2
        ordinals: {start: 7}
        updateStrategy: {rollingUpdate: {partition: 2, maxUnavailable: 50%}}
        persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}
        volumeClaimTemplates: [{metadata: {name: data}}]
    """
    manifests = load(stateful_set(spec=lines))
    (read,) = manifests.stateful_sets

    assert (read.replicas, read.pod_management_policy, read.start) == (3, "Parallel", 7)
    assert (read.partition, read.max_unavailable) == (2, "50%")
    assert (read.min_ready_seconds, read.revision_history_limit) == (5, 2)
    noted = [line.partition("StatefulSet/web ")[2] for line in manifests.not_modelled]
    assert noted == [
        "spec.persistentVolumeClaimRetentionPolicy is not modelled, for volumes are taken to be there.",
        "spec.volumeClaimTemplates is not modelled.",
    ]


def test_a_daemon_set_has_the_documented_defaults(load, daemon_set):
    """One node at a time, old pods first.

    Source: pkg/apis/apps/v1/defaults.go, SetDefaults_DaemonSet
    """
    (read,) = load(daemon_set()).daemon_sets

    assert (read.strategy, read.max_surge, read.max_unavailable) == ("RollingUpdate", 0, 1)
    assert (read.min_ready_seconds, read.revision_history_limit) == (0, 10)


def test_what_a_daemon_set_says_is_read(load, daemon_set):
    """Every modelled field of a DaemonSet's spec arrives."""
    lines = """
        minReadySeconds: 5
        revisionHistoryLimit: 0
        updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}}
    """
    (read,) = load(daemon_set(spec=lines)).daemon_sets
    (on_delete,) = load(daemon_set(spec="updateStrategy: {type: OnDelete}")).daemon_sets

    assert (read.max_surge, read.max_unavailable) == ("10%", 0)
    assert (read.min_ready_seconds, read.revision_history_limit) == (5, 0)
    assert on_delete.strategy == "OnDelete"


ON_DELETE = "updateStrategy: {type: OnDelete, rollingUpdate: {maxUnavailable: 1}}"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "podManagementPolicy: Ordered",
            '"Ordered" is unknown',
        ),
        (
            "updateStrategy: {type: Recreate}",
            'spec.updateStrategy.type: "Recreate" is unknown; write RollingUpdate or OnDelete',
        ),
        (ON_DELETE, "spec.updateStrategy.rollingUpdate: may not be given with type: OnDelete"),
        (
            "updateStrategy: {rollingUpdate: {partition: -1}}",
            "rollingUpdate.partition: is -1; write a number at least 0",
        ),
        ("updateStrategy: {rollingUpdate: {maxUnavailable: 0}}", "rollingUpdate.maxUnavailable: is 0, so that no pod"),
        ("ordinals: {start: 99999}", "spec.ordinals.start: is 99999, and at most 10000 can be checked"),
        (
            "strategy: {type: Recreate}",
            "spec.strategy: Kubernetes has no such field here; did you mean updateStrategy?",
        ),
        ("replicas: 251", "spec.replicas: is 251, and at most 250 can be checked"),
    ],
)
def test_what_a_stateful_set_may_not_say_is_refused(refusal, stateful_set, lines, message):
    """Each mistake is named with its field."""
    assert message in refusal(stateful_set(spec=lines))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (ON_DELETE, "spec.updateStrategy.rollingUpdate: may not be given with type: OnDelete"),
        (
            "updateStrategy: {rollingUpdate: {maxSurge: 1}}",
            "rollingUpdate.maxSurge: may not be set while maxUnavailable is 1; write maxUnavailable: 0",
        ),
        (
            "updateStrategy: {rollingUpdate: {maxUnavailable: 0}}",
            "rollingUpdate.maxUnavailable: is 0 and so is maxSurge, so nothing could ever change",
        ),
        ("replicas: 2", "spec.replicas: a DaemonSet runs one pod on every node that fits"),
        ("serviceName: web", "spec.serviceName: Kubernetes has no such field here"),
    ],
)
def test_what_a_daemon_set_may_not_say_is_refused(refusal, daemon_set, lines, message):
    """Each mistake is named with its field."""
    assert message in refusal(daemon_set(spec=lines))


def test_versions_that_are_gone_are_refused(refusal, daemon_set):
    """extensions/v1beta1 has not been served since Kubernetes 1.16."""
    text = daemon_set().replace("apps/v1", "extensions/v1beta1")

    assert "extensions/v1beta1 DaemonSet was removed in Kubernetes 1.16; write apiVersion: apps/v1" in refusal(text)
