"""Which requests a webhook is asked about.

Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/{rules,generic}
"""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from clusterproof.models.kubernetes.admission_objects import Webhook, WebhookRule
from clusterproof.models.kubernetes.decisions.webhooks import (
    AdmissionRequest,
    namespace_labels,
    rule_matches,
    should_call_hook,
)
from clusterproof.models.kubernetes.objects import LabelSelector, Requirement

PODS = AdmissionRequest(operation="CREATE", group="", resource="pods")
RULE = WebhookRule(operations=("CREATE",), api_groups=("",), api_versions=("v1",), resources=("pods",))


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, True),
        ({"operations": ("*",), "api_groups": ("*",), "api_versions": ("*",), "resources": ("*",)}, True),
        ({"operations": ("DELETE", "UPDATE")}, False),
        ({"api_groups": ("apps",)}, False),
        ({"api_versions": ("v2",)}, False),
        ({"resources": ("deployments", "pods")}, True),
        ({"resources": ("*/*",)}, True),
        ({"resources": ("pods/*",)}, True),
        ({"resources": ("pods/status",)}, False),
        ({"resources": ("*/scale",)}, False),
        ({"scope": "Namespaced"}, True),
        ({"scope": "Cluster"}, False),
    ],
)
def test_rules(changes: dict[str, Any], asked: bool) -> None:
    """Operation, group, version, resource and scope all have to fit; `*` fits everything."""
    assert rule_matches(evolve(RULE, **changes), PODS) is asked


def test_selectors_of_namespace_and_object() -> None:
    """Both have to pick what they look at; every namespace can be picked by its name."""
    outside = LabelSelector(
        match_expressions=(Requirement(key="kubernetes.io/metadata.name", operator="NotIn", values=("policy",)),)
    )
    webhook = Webhook(
        name="a.b.c", rules=(RULE,), namespace_selector=outside, object_selector=LabelSelector(match_labels={"a": "b"})
    )
    shop, policy = namespace_labels("shop", {}), namespace_labels("policy", {"x": "y"})

    assert should_call_hook(webhook, PODS, shop, {"a": "b"})
    assert not should_call_hook(webhook, PODS, shop, {})
    assert not should_call_hook(webhook, PODS, policy, {"a": "b"})
    assert not should_call_hook(evolve(webhook, rules=()), PODS, shop, {"a": "b"})
