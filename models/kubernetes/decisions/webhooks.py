"""Which requests a webhook is asked about.

Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/{rules/rules,generic/webhook}.go
"""

from __future__ import annotations

from attrs import frozen

from clusterproof.models.kubernetes.admission_objects import Webhook, WebhookRule
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.objects import Labels

NAME_LABEL = "kubernetes.io/metadata.name"
"""A label that every namespace has. Source: plugin/pkg/admission/namespace, KEP-2161"""


@frozen(kw_only=True)
class AdmissionRequest:
    """A request about an object in a namespace. resource: its plural, such as pods; no subresource."""

    operation: str
    group: str
    resource: str
    version: str = "v1"


def rule_matches(rule: WebhookRule, request: AdmissionRequest) -> bool:
    """Whether a rule is about a request. Source: Matcher.Matches"""
    return (
        rule.scope != "Cluster"
        and _is_in(request.operation, rule.operations)
        and _is_in(request.group, rule.api_groups)
        and _is_in(request.version, rule.api_versions)
        and any(_is_resource(each, request.resource) for each in rule.resources)
    )


def _is_in(word: str, words: tuple[str, ...]) -> bool:
    return "*" in words or word in words


def _is_resource(written: str, resource: str) -> bool:
    name, _, subresource = written.partition("/")
    return name in ("*", resource) and subresource in ("", "*")


def should_call_hook(webhook: Webhook, request: AdmissionRequest, namespace: Labels, labels: Labels) -> bool:
    """Whether a webhook is asked about a request; labels: of the object. Source: ShouldCallHook"""
    return (
        any(rule_matches(rule, request) for rule in webhook.rules)
        and matches(webhook.namespace_selector, namespace)
        and matches(webhook.object_selector, labels)
    )


def namespace_labels(name: str, labels: Labels) -> dict[str, str]:
    """The labels of a namespace, with the one that each gets."""
    return {**labels, NAME_LABEL: name}
