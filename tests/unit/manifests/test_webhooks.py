"""Configurations of admission webhooks, and Namespaces: defaults, and what is refused."""

from __future__ import annotations

import pytest
from kubernetes_systems import webhook

from clusterproof.models.kubernetes.objects import LabelSelector


def test_it_has_the_documented_defaults(load):
    """A failure refuses, and every namespace and object is looked at.

    Source: pkg/apis/admissionregistration/v1/defaults.go
    """
    (read,) = load(webhook()).webhook_configurations
    (found,) = read.webhooks

    assert (read.kind, read.metadata.name, read.metadata.namespace) == ("ValidatingWebhookConfiguration", "policy", "")
    assert (found.name, found.service, found.failure_policy) == ("policy.example.com", ("default", "web"), "Fail")
    assert found.namespace_selector == found.object_selector == LabelSelector()
    assert (found.rules[0].operations, found.rules[0].resources, found.rules[0].scope) == (("CREATE",), ("pods",), "*")
    assert not found.conditional


def test_what_it_says_is_read(load):
    """Mutating ones know reinvocation; conditions are known to be there."""
    further = "failurePolicy: Ignore, matchPolicy: Exact, timeoutSeconds: 5, reinvocationPolicy: IfNeeded"
    selector = "namespaceSelector: {matchLabels: {a: b}}, matchConditions: [{name: x, expression: 'true'}]"
    text = webhook(f"{further}, {selector}").replace("Validating", "Mutating")
    (found,) = load(text).webhook_configurations[0].webhooks

    assert (found.failure_policy, found.conditional) == ("Ignore", True)
    assert found.namespace_selector == LabelSelector(match_labels={"a": "b"})


def test_a_url_is_no_service(load):
    """What answers from outside is not in the cluster."""
    text = webhook().replace("service: {namespace: default, name: web}", "url: 'https://policy.example.com'")
    (found,) = load(text).webhook_configurations[0].webhooks

    assert found.service is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("policy.example.com", "policy", 'webhooks[0].name: "policy" has fewer than three parts'),
        ("sideEffects: None", "sideEffects: Some", "webhooks[0].sideEffects: "),
        (", sideEffects: None", "", "webhooks[0].sideEffects: is missing; write None"),
        (", admissionReviewVersions: [v1]", "", "webhooks[0].admissionReviewVersions: is missing; write [v1]"),
        ("{service: {namespace: default, name: web}}", "{}", "clientConfig.service: write one of service and url"),
        ("namespace: default, ", "", "clientConfig.service.namespace: is missing"),
        ("[CREATE]", "[CREAT]", 'rules[0].operations: "CREAT" is unknown; did you mean CREATE?'),
        ("[pods]", "[]", "rules[0].resources: is missing; write a list such as"),
        ("name: policy.example.com", "nam: a, name: policy.example.com", "webhooks[0].nam: Kubernetes has no such"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused(refusal, old, new, message):
    """One line with the field and what to write."""
    assert message in refusal(webhook().replace(old, new))


def test_namespaces_have_labels(load, refusal):
    """And names without dots."""
    text = (
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {a: b}}, spec: {finalizers: [kubernetes]}}\n"
    )
    (read,) = load(text).namespaces

    assert (read.metadata.name, read.metadata.namespace, read.metadata.labels) == ("shop", "", {"a": "b"})
    assert "is not a valid name" in refusal(text.replace("shop", "my.shop"))
