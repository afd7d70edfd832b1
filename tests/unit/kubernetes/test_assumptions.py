"""What a verdict takes for granted is said, also where a manifest asks for something the model has no word for."""

from __future__ import annotations

import pytest
from kubernetes_systems import config_map, deployment, disruption_budget, job, pod, small_system


def assumptions(*documents, second=()):
    """Return the lines that are printed with a verdict about these manifests."""
    return "\n".join(small_system(*documents, second=second, properties=()).assumptions)


def test_a_budget_that_changes_later_is_named():
    """The model knows one version of a budget, and says so where a later manifest brings another."""
    first, later = disruption_budget("maxUnavailable: 1"), disruption_budget("maxUnavailable: 0")

    assert "PodDisruptionBudget/web changes in a later manifest" in assumptions(deployment(1), first, second=[later])
    assert "changes in a later manifest" not in assumptions(deployment(1), first, second=[first])


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("initContainers: [{name: i, image: i}]", "init containers take no time"),
        (
            "initContainers: [{name: i, image: i, restartPolicy: Always}]",
            "sidecars exit, and are started again, all together",
        ),
    ],
)
def test_what_has_no_effect_is_named(spec, says):
    """Fields that are read and that nothing depends on are listed with the object and its place."""
    assert says in assumptions(deployment(1, spec=spec))
    assert says not in assumptions(deployment(1))


def test_what_scores_rest_on_is_named():
    """The first line says whether scores decide, and for nodes of which size they were worked out."""
    by_score = small_system(deployment(1), scheduler="highest-score", properties=()).assumptions

    assert "any feasible node may be taken" in assumptions(deployment(1))
    assert by_score[0] == (
        "scheduler: one of the nodes with the highest score is taken (default profile; every image on every node; "
        "nodes of 4 cores and 8 GiB, with no other pods on them)"
    )
    assert not any("any feasible node may be taken" in line for line in by_score)


HOSTS = "topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (f"affinity: {{podAntiAffinity: {{{PREFERRED}: [{{weight: 1, podAffinityTerm: {{{HOSTS}}}}}]}}}}", True),
        (f"affinity: {{podAffinity: {{{PREFERRED}: [{{weight: 1, podAffinityTerm: {{{HOSTS}}}}}]}}}}", True),
        (f"affinity: {{nodeAffinity: {{{PREFERRED}: [{{weight: 1, preference: {{}}}}]}}}}", True),
        (f"topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, {HOSTS}}}]", True),
        (f"topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: DoNotSchedule, {HOSTS}}}]", False),
        ("nodeSelector: {}", False),
    ],
)
def test_preferences_without_effect_are_named(spec, said):
    """Where any feasible node may be taken, a check says of preferences that they have no effect, and what would."""
    line = "its preferences among nodes have no effect; scheduler: highest-score in the scope follows them"
    by_score = small_system(deployment(1, spec=spec), scheduler="highest-score", properties=()).assumptions

    assert (line in assumptions(deployment(1, spec=spec))) is said
    assert line not in "\n".join(by_score)


LIVENESS = "livenessProbe: {httpGet: {path: /, port: 80}}"
FROM_SETTINGS = "env: [{name: PORT, valueFrom: {configMapKeyRef: {name: settings, key: PORT}}}]"


@pytest.mark.parametrize(
    ("container", "first", "later", "said"),
    [
        (f"{LIVENESS}, env: [{{name: PORT, value: '81'}}]", "80", "80", True),
        (f"{LIVENESS}, {FROM_SETTINGS}", "80", "81", True),
        (f"{LIVENESS}, {FROM_SETTINGS}", "80", "80", False),
        (LIVENESS, "80", "81", False),
    ],
)
def test_a_liveness_probe_where_nothing_listens_is_named(container, first, later, said):
    """The model lets it succeed, and a cluster would restart the container again and again."""
    lines = assumptions(deployment(1, container=container), config_map(PORT=first), second=[config_map(PORT=later)])

    assert ("its livenessProbe succeeds" in lines) is said


def test_what_is_not_known_of_jobs_is_named():
    """When they begin, how long they take, and how they fail."""
    policy = "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}"

    assert "fail only by a fault" in assumptions(job())
    assert "applied when the check begins" in assumptions(pod("restartPolicy: Never"))
    assert "applied when the check begins" not in assumptions(pod())
    assert "any exit code that podFailurePolicy tells apart" in assumptions(job(policy))
