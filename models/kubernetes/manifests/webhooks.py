"""ValidatingWebhookConfigurations and MutatingWebhookConfigurations, and the Namespaces whose labels they look at.

Source: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/validating-webhook-configuration-v1/ and
pkg/apis/admissionregistration/validation/validation.go
"""

from __future__ import annotations

from clusterproof.models.kubernetes.admission_objects import Namespace, Webhook, WebhookConfiguration, WebhookRule
from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields, did_you_mean
from clusterproof.models.kubernetes.manifests.metadata import read_metadata
from clusterproof.models.kubernetes.manifests.names import is_dns_label
from clusterproof.models.kubernetes.manifests.selectors import read_label_selector
from clusterproof.models.kubernetes.objects import LabelSelector

OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT", "*")
SCOPES = ("Cluster", "Namespaced", "*")


def read_validating_webhooks(top: Fields) -> WebhookConfiguration:
    """A ValidatingWebhookConfiguration."""
    return _read_configuration(top, "ValidatingWebhookConfiguration")


def read_mutating_webhooks(top: Fields) -> WebhookConfiguration:
    """A MutatingWebhookConfiguration."""
    return _read_configuration(top, "MutatingWebhookConfiguration")


def read_namespace(top: Fields) -> Namespace:
    """A Namespace."""
    metadata = read_metadata(top, is_name=is_dns_label, namespaced=False)
    spec = top.fields("spec")
    if spec is not None:
        spec.ignore("finalizers")
        spec.close()
    top.close(("status",))
    return Namespace(metadata=metadata, source=top.source)


def _read_configuration(top: Fields, kind: str) -> WebhookConfiguration:
    metadata = read_metadata(top, namespaced=False)
    webhooks = tuple(_read_webhook(fields, kind) for fields in top.items("webhooks"))
    top.close()
    return WebhookConfiguration(kind=kind, metadata=metadata, webhooks=webhooks, source=top.source)


def _read_webhook(fields: Fields, kind: str) -> Webhook:
    """Source: validateWebhook"""
    name = fields.required_text("name", "write for example policy.example.com")
    if name.count(".") < 2:
        fields.fail("name", f"{quoted(name)} has fewer than three parts; write for example policy.example.com")
    if not fields.texts("admissionReviewVersions"):
        fields.fail("admissionReviewVersions", "is missing; write [v1]")
    if fields.choice("sideEffects", ("None", "NoneOnDryRun"), None) is None:
        fields.fail("sideEffects", "is missing; write None")
    webhook = Webhook(
        name=name,
        service=_read_service(fields),
        rules=tuple(map(_read_rule, fields.items("rules"))),
        failure_policy=fields.choice("failurePolicy", ("Fail", "Ignore"), "Fail"),
        namespace_selector=read_label_selector(fields, "namespaceSelector") or LabelSelector(),
        object_selector=read_label_selector(fields, "objectSelector") or LabelSelector(),
        conditional=bool(fields.items("matchConditions")),
    )
    fields.choice("matchPolicy", ("Exact", "Equivalent"), "Equivalent")
    fields.integer("timeoutSeconds", 10, minimum=1, maximum=30)
    if kind == "MutatingWebhookConfiguration":
        fields.choice("reinvocationPolicy", ("Never", "IfNeeded"), "Never")
    fields.close()
    return webhook


def _read_service(fields: Fields) -> tuple[str, str] | None:
    """Source: validateWebhookClientConfig"""
    client = fields.required_fields("clientConfig", "write the service that answers")
    client.ignore("caBundle")
    service = client.fields("service")
    if (service is None) == (client.text("url", None) is None):
        client.fail("service", "write one of service and url, and no other")
    client.close()
    if service is None:
        return None
    found = (
        service.required_text("namespace", "write the namespace of the Service"),
        service.required_text("name", "write the name of the Service"),
    )
    service.ignore("path")
    service.integer("port", 443, minimum=1, maximum=65535)
    service.close()
    return found


def _read_rule(fields: Fields) -> WebhookRule:
    """Source: validateRuleWithOperations"""
    lists = {name: fields.texts(name) for name in ("operations", "apiGroups", "apiVersions", "resources")}
    for name, words in lists.items():
        if not words:
            fields.fail(name, 'is missing; write a list such as ["*"]')
    for operation in lists["operations"]:
        if operation not in OPERATIONS:
            hint = did_you_mean(operation, OPERATIONS)
            fields.fail("operations", f"{quoted(operation)} is unknown{hint}; write some of {', '.join(OPERATIONS)}")
    rule = WebhookRule(
        operations=lists["operations"],
        api_groups=lists["apiGroups"],
        api_versions=lists["apiVersions"],
        resources=lists["resources"],
        scope=fields.choice("scope", SCOPES, "*"),
    )
    fields.close()
    return rule
