"""Admission webhooks: whom they keep out while they do not answer.

Source: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from kubernetes_systems import (
    CONTROL_PLANE,
    OTHERS_ONLY,
    WEB,
    WORKER,
    after,
    changed,
    deployment,
    is_enabled,
    pod,
    replica_set,
    running_cluster,
    service,
    small_system,
    webhook,
    without,
)

from clusterproof import Map, SetOf
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import kubectl, kubelet, replicaset_controller, webhooks
from clusterproof.models.kubernetes.decisions.webhooks import NAME_LABEL
from clusterproof.models.kubernetes.names import PodId, ReplicaSetId
from clusterproof.models.kubernetes.refused_pods import refused_pods
from clusterproof.models.kubernetes.state import Cluster

WEB_1, A, SOLO = ReplicaSetId("web-1"), PodId("web-a"), ReplicaSetId("solo")
ELSEWHERE = webhook().replace("namespace: default", "namespace: elsewhere")
ADDRESS = webhook().replace("service: {namespace: default, name: web}", "url: 'https://a.example.com'")


@cache
def calm(further: str = "", **options: str) -> Cluster:
    """Return a webhook whose backend runs and answers."""
    return running_cluster(deployment(), service(), webhook(further, **options), replica_set())


def silent(c: Cluster) -> Cluster:
    """Return the cluster with no container behind the webhook, and its pod deleted."""
    return without(without(c, "containers", A), "pods", A)


# ---------------------------------------------------------------- who is let in


def test_while_it_answers_everybody_is_let_in() -> None:
    """A container that is ready, reached by the rules of the control-plane node."""
    (each,) = calm().scope.webhooks

    assert webhooks.answers(calm(), each)
    assert webhooks.refusals(calm(), "CREATE", "Pod", "default", {}) == []


def test_its_own_pods_wait_for_it_for_ever() -> None:
    """Nobody is behind it, and nobody can come: the words are those of the API server."""
    c = silent(calm())

    assert not is_enabled(c, replicaset_controller.create_pod, WEB_1)
    (line,) = refused_pods(c)
    assert line == (
        'ReplicaSet/web-1 is refused a pod: failed calling webhook "policy.example.com": '
        'no endpoints available for service "web"'
    )


@pytest.mark.parametrize(
    "further",
    [
        OTHERS_ONLY,
        f"namespaceSelector: {{matchExpressions: [{{key: {NAME_LABEL}, operator: NotIn, values: [default]}}]}}",
        "namespaceSelector: {matchLabels: {policy: 'on'}}",
    ],
)
def test_selectors_leave_its_own_pods_alone(further: str) -> None:
    """By their labels, by the name of their namespace, or by a label that the namespace has not."""
    assert is_enabled(silent(calm(further)), replicaset_controller.create_pod, WEB_1)


def test_others_wait_for_it() -> None:
    """A pod of somebody else is refused as well."""
    c = without(silent(calm(OTHERS_ONLY)), "pods", PodId("solo-a"))

    assert not is_enabled(c, replicaset_controller.create_pod, SOLO)


@pytest.mark.parametrize(
    "document",
    [webhook("failurePolicy: Ignore"), webhook("matchConditions: [{name: x, expression: 'true'}]"), ELSEWHERE, ADDRESS],
)
def test_a_webhook_that_cannot_refuse_costs_nothing(document: str) -> None:
    """Its failure is ignored, or is not looked at; a line under assumptions says so."""
    system = small_system(deployment(), service(), document)
    (c,) = system.initial_states

    assert (c.scope.webhooks, dict(c.webhook_configurations)) == ((), {})
    assert sum("policy.example.com" in line for line in system.assumptions) == 1
    assert is_enabled(silent(c), replicaset_controller.create_pod, WEB_1)


@pytest.mark.parametrize("cut", ["rules", "link", "machine"])
def test_who_cannot_be_reached_does_not_answer(cut: str) -> None:
    """The API server calls by the rules of its own node, and the container's machine has to be there."""
    c = calm()
    if cut == "rules":
        none = Map({s: SetOf(rules.universe) for s, rules in c.proxies[CONTROL_PLANE].rules.items()})
        c = changed(c, "proxies", CONTROL_PLANE, rules=none)
    elif cut == "link":
        c = changed(c, "machines", WORKER, link=False)
    else:
        c = changed(c, "machines", CONTROL_PLANE, up=False)

    assert not webhooks.answers(c, c.scope.webhooks[0])


# ---------------------------------------------------------------- what it is asked about


def test_deletions_may_be_refused_too() -> None:
    """The user's, and the kubelet's last one."""
    c = changed(calm(operations="DELETE"), "containers", A, ready=False)
    assert not is_enabled(c, kubectl.delete_pod, A)
    assert is_enabled(calm(operations="DELETE"), kubectl.delete_pod, A)

    leaving = without(changed(c, "pods", A, deleting=True), "containers", A)
    assert not is_enabled(leaving, kubelet.finish_deletion, WORKER, A)


def test_workloads_may_be_refused_when_they_are_created() -> None:
    """A ReplicaSet for a new template waits for the webhook."""
    options: dict[str, Any] = {"rollouts": 1, "actions": {"rollout": 1}}
    asked = webhook(resources="replicasets", further="objectSelector: {matchLabels: {app: web}}")
    c = running_cluster(deployment(), service(), asked, **options)
    c = changed(c, "containers", A, ready=False)

    assert webhooks.refusals(c, "CREATE", "ReplicaSet", "default", {"app": "web"}) != []
    assert webhooks.refusals(c, "CREATE", "ReplicaSet", "default", {"app": "db"}) == []
    assert webhooks.refusals(c, "CREATE", "Pod", "default", {"app": "web"}) == []


# ---------------------------------------------------------------- apply, and what comes of it


def test_who_deploys_waits_until_it_answers() -> None:
    """With start: deployed the webhook comes last; with start: apply it comes in its place."""
    documents = webhook(), deployment(), service()
    deployed = running_cluster(*documents)
    assert [each.kind for each in deployed.scope.documents] == ["Deployment", "Service", "WebhookConfiguration"]
    assert deployed.deployments[WEB].ready_replicas == 1

    (start,) = small_system(*documents, start="apply").initial_states
    assert start.scope.documents[0].kind == "WebhookConfiguration"
    assert after(start, kubectl.apply_document).kubectl.applied == 1


PROPERTIES = ["replicas-converge", "webhooks-answer"]


def verdicts(*documents: str, **options: Any) -> dict[str, Verdict | None]:
    """Return the verdict of each property."""
    found = check_system(small_system(*documents, properties=PROPERTIES, **options), sliced=False).properties
    return {each.name: each.verdict for each in found}


def test_the_trap_is_found() -> None:
    """A webhook that is asked about its own pods never comes back once they are gone; one that is not does."""
    lost: dict[str, Any] = {"workers": 2, "faults": {"crash-node": 1}}
    trapped = verdicts(deployment(), service(), webhook(), **lost)
    spared = verdicts(deployment(), service(), webhook(OTHERS_ONLY), **lost)

    assert trapped == dict.fromkeys(PROPERTIES, Verdict.REFUTED)
    assert spared == dict.fromkeys(PROPERTIES, Verdict.PROVED)


def test_the_trap_is_found_when_everything_is_applied_at_once() -> None:
    """Whether the pod or the webhook is first is a race."""
    found = verdicts(deployment(), service(), webhook(), start="apply")

    assert found == dict.fromkeys(PROPERTIES, Verdict.REFUTED)


def test_bare_pods_are_asked_about() -> None:
    """The webhook is there and does not answer: `kubectl apply` waits with the next document."""
    (start,) = small_system(webhook(), pod(), service(), start="apply").initial_states
    c = after(start, kubectl.apply_document)

    assert not is_enabled(c, kubectl.apply_document)
