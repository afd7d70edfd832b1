"""Deployments and ReplicaSets: defaults, and what is refused."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.objects import (
    Deployment,
    LabelSelector,
)


def test_a_deployment_has_the_documented_defaults(load, deployment, tmp_path):
    """Replicas, strategy, deadlines and namespace of a Deployment that gives none.

    Source: pkg/apis/apps/v1/defaults.go, SetDefaults_Deployment
    """
    (read,) = load(deployment()).deployments

    assert (read.metadata.name, read.metadata.namespace) == ("web", "default")
    assert (read.replicas, read.strategy, read.max_surge, read.max_unavailable) == (1, "RollingUpdate", "25%", "25%")
    assert (read.min_ready_seconds, read.progress_deadline_seconds, read.revision_history_limit) == (0, 600, 10)
    assert not read.paused
    assert read.selector == LabelSelector(match_labels={"app": "web"})
    assert read.template.labels == {"app": "web"}
    assert str(read.source) == f"{tmp_path}/web.yaml:1"


def test_null_means_absent(load, deployment):
    """A field that is null has its default, as in the API."""
    (read,) = load(deployment(spec="replicas: null\nstrategy:\nminReadySeconds: ~")).deployments

    assert (read.replicas, read.strategy, read.min_ready_seconds) == (1, "RollingUpdate", 0)


def test_what_a_deployment_says_is_read(load, deployment):
    """Every modelled field of a Deployment's spec arrives."""
    lines = """
        replicas: 0
        paused: true
        minReadySeconds: 3
        progressDeadlineSeconds: 4
        revisionHistoryLimit: 0
        strategy:
          type: RollingUpdate
          rollingUpdate: {maxSurge: 150%, maxUnavailable: 0}
    """
    (read,) = load(deployment(spec=lines)).deployments

    assert (read.replicas, read.paused, read.min_ready_seconds) == (0, True, 3)
    assert (read.progress_deadline_seconds, read.revision_history_limit) == (4, 0)
    assert (read.max_surge, read.max_unavailable) == ("150%", 0)


def test_half_a_rolling_update_keeps_the_other_default(load, deployment):
    """Giving maxSurge leaves maxUnavailable at its default.

    Source: TestSetDefaultDeployment
    """
    (read,) = load(deployment(spec="strategy: {rollingUpdate: {maxSurge: 5}}")).deployments

    assert (read.strategy, read.max_surge, read.max_unavailable) == ("RollingUpdate", 5, "25%")


def test_recreate_is_read(load, deployment):
    """Strategy Recreate is allowed without a rollingUpdate block, or with a null one."""
    assert load(deployment(spec="strategy: {type: Recreate}")).deployments[0].strategy == "Recreate"
    assert (
        load(deployment(spec="strategy: {type: Recreate, rollingUpdate: null}")).deployments[0].strategy == "Recreate"
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("replicas: -1", "web.yaml:6: spec.replicas: is -1; write a number at least 0"),
        ('replicas: "3"', 'spec.replicas: must be a whole number, not the string "3"; write 3 without quotes'),
        ("replicas: 3.0", "spec.replicas: must be a whole number, not the number 3.0; write 3"),
        ("replicas: 2.5", "spec.replicas: must be a whole number, not the number 2.5"),
        ("replicas: true", "spec.replicas: must be a whole number, not the boolean true"),
        ("replicas: many", 'spec.replicas: must be a whole number, not the string "many"'),
        ("replicas: [3]", "spec.replicas: must be a whole number, not a list"),
        ("replicas: 3000000000", "spec.replicas: is 3000000000; write a number at least 0"),
        ("paused: 1", "spec.paused: must be true or false, not the number 1"),
        ("replica: 3", "spec.replica: Kubernetes has no such field here; did you mean replicas?"),
        ("minreadyseconds: 3", "did you mean minReadySeconds?"),
        ("zzz: 3", "spec.zzz: Kubernetes has no such field here; remove it"),
        ("minReadySeconds: 600", "spec.minReadySeconds: progressDeadlineSeconds must exceed minReadySeconds"),
        ("progressDeadlineSeconds: 0", "spec.progressDeadlineSeconds: progressDeadlineSeconds must exceed"),
        ("strategy: Recreate", 'spec.strategy: must be a mapping, not the string "Recreate"'),
        ("strategy: {type: Rolling}", 'spec.strategy.type: "Rolling" is unknown'),
        ("strategy: {type: recreate}", "did you mean Recreate?"),
        (
            "strategy: {type: Recreate, rollingUpdate: {}}",
            "spec.strategy.rollingUpdate: may not be given with type: Rec",
        ),
        ("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}", "maxUnavailable: is 0 and so is maxSurge"),
        ("strategy: {rollingUpdate: {maxUnavailable: 101%}}", 'is "101%"; write at most 100%'),
        ("strategy: {rollingUpdate: {maxSurge: 25 %}}", 'is "25 %"; write a number such as 1 or a percentage'),
        ("strategy: {rollingUpdate: {maxSurge: '3'}}", 'is "3"; write a number such as 1 or a percentage'),
        ("strategy: {rollingUpdate: {maxSurge: 0.5}}", "must be a number or a percentage"),
        ("strategy: {rollingUpdate: {maxSurge: -1}}", "maxSurge: is -1; write a number of at least 0"),
        ("strategy: {rollingUpdate: {maxSurge: -25%}}", 'is "-25%"; write'),
    ],
)
def test_mistakes_in_a_deployment_are_refused(refusal, deployment, lines, message):
    """A Deployment that the API server would refuse is refused, with what to write instead."""
    assert message in refusal(deployment(spec=lines))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "      app: web\n  template",
            "      app: wed\n  template",
            "spec.selector: does not match the labels of the temp",
        ),
        ("  selector:\n    matchLabels:\n      app: web\n", "", "web.yaml:5: spec.selector: is missing"),
        ("    matchLabels:\n      app: web\n", "    {}\n", "spec.selector: is empty"),
        ("    matchLabels:\n      app: web\n", "    app: web\n", "labels of this selector stand under matchLabels"),
        ("matchLabels:\n", "matchLabel:\n", "did you mean matchLabels?"),
        ("kind: Deployment\n", "", "kind: is missing"),
        ("apiVersion: apps/v1\n", "", "apiVersion: is missing; write apiVersion: apps/v1"),
        ("apps/v1", "v1", "web.yaml:1: apiVersion: Deployment is not in v1; write apiVersion: apps/v1"),
        ("apps/v1", "apps/v2", "Kubernetes has no apps/v2; write apiVersion: apps/v1"),
        ("apps/v1", "extensions/v1beta1", "was removed in Kubernetes 1.16; write apiVersion: apps/v1"),
        ("kind: Deployment", "kind: Deploymnet", "apps/v1 has no kind Deploymnet; did you mean Deployment?"),
        ("kind: Deployment", "kind: [Deployment]", "kind: must be a string, not a list"),
        (
            "  name: web\nspec",
            "  generateName: web-\nspec",
            "metadata.generateName: the API server would invent a name",
        ),
        ("metadata:\n  name: web\n", "", "metadata: is missing"),
        ("  name: web\nspec", "  labels: {}\nspec", "metadata.name: is missing"),
        ("  name: web\nspec", "  name: Web\nspec", 'metadata.name: "Web" is not a valid name'),
        ("  name: web\nspec", "  name: 1\nspec", 'must be a string, not the number 1; write "1" with quotes'),
        ("  name: web\nspec", "  name: web\n  namespace: a.b\nspec", '"a.b" is not a namespace'),
        ("  name: web\nspec", "  name: web\n  labels: {a/b/c: x}\nspec", "is not a label key"),
        ("  name: web\nspec", "  name: web\n  labels: {a: x y}\nspec", '"x y" is not a label value'),
        ("  name: web\nspec", "  name: web\n  lables: {a: x}\nspec", "metadata.lables: Kubernetes has no such field"),
        (
            "      containers:\n      - name: web\n        image: web:1\n",
            "      {}\n",
            "containers: is missing or empty",
        ),
        ("        image: web:1\n", "", "containers[0].image: is missing"),
        ("      - name: web\n", "      - name: WEB\n", '"WEB" is not a valid name'),
        ("      - name: web\n", "      - name: web\n        image: a\n      - name: web\n", "names two containers"),
        ("spec:\n  selector", "status: {}\nspce:\n  selector", "spec: is missing"),
    ],
)
def test_mistakes_around_the_spec_are_refused(refusal, deployment, old, new, message):
    """Missing and misspelt parts of a Deployment are refused, with what to write instead."""
    text = deployment()
    assert old in text

    assert message in refusal(text.replace(old, new, 1))


def test_a_partial_deployment_is_refused(refusal):
    """A kustomize patch, which is no Deployment yet, is refused with the way out."""
    message = refusal(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
        """
    )

    assert message == "web.yaml:4: spec.template: is missing; write the pod template (render patches first)"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("{key: a, operator: In}", "In needs at least one value"),
        ("{key: a, operator: Exists, values: [b]}", "Exists takes no values"),
        ("{key: a, operator: Gt, values: ['1']}", '"Gt" is unknown'),
        ("{key: a, operator: in, values: [b]}", "did you mean In?"),
        ("{operator: Exists}", "key: is missing"),
        ("{key: a, operator: In, values: [b c]}", '"b c" is not a label value'),
        ("{key: a, operator: In, values: [1]}", "matchExpressions[0].values[0]: must be a string, not the number 1"),
    ],
)
def test_mistakes_in_selector_expressions_are_refused(refusal, deployment, expression, message):
    """A selector expression that the API server would refuse is refused."""
    text = deployment().replace("    matchLabels:\n", f"    matchExpressions: [{expression}]\n    matchLabels:\n", 1)

    assert message in refusal(text)


def test_unmodelled_fields_are_noted(load, deployment, tmp_path):
    """A field that exists in Kubernetes and not in the model is noted with its place, unless it says nothing."""
    manifests = load(deployment(container="command: [run]\nsecurityContext: {}\ntty: null", pod="dnsPolicy: Default"))

    assert manifests.not_modelled == (
        f"{tmp_path}/web.yaml:14: Deployment/web spec.template.spec.dnsPolicy is not modelled.",
        f"{tmp_path}/web.yaml:18: Deployment/web spec.template.spec.containers[0].command is not modelled.",
    )


def test_replica_sets_are_read(load, deployment):
    """A ReplicaSet has one replica by default and its selector must match too.

    Source: TestSetDefaultReplicaSetReplicas
    """
    text = deployment().replace("kind: Deployment", "kind: ReplicaSet")

    (read,) = load(text).replica_sets
    (three,) = load(text.replace("spec:\n  selector", "spec:\n  replicas: 3\n  selector")).replica_sets

    assert (read.replicas, three.replicas, read.selector.match_labels) == (1, 3, {"app": "web"})


def test_a_deployment_is_read_from_json(load, deployment):
    """The same object in JSON is the same object."""
    import json

    import yaml

    text = deployment(spec="replicas: 2")
    (from_yaml,) = load(text).deployments
    (from_json,) = load(json.dumps(yaml.safe_load(text))).deployments

    assert isinstance(from_json, Deployment)
    assert from_json == from_yaml
