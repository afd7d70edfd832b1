"""Label selectors and the expressions they share with node selectors.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/ and
staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go
"""

from __future__ import annotations

import re

from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.names import check_label_key, check_label_value, check_labels
from clusterproof.models.kubernetes.objects import Labels, LabelSelector, Requirement

LABEL_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
NODE_OPERATORS = (*LABEL_OPERATORS, "Gt", "Lt")

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


def read_label_selector(parent: Fields, name: str) -> LabelSelector | None:
    """A label selector, or None where it is absent."""
    fields = parent.fields(name)
    if fields is None:
        return None
    match_labels = fields.text_map("matchLabels")
    check_labels(fields, "matchLabels", match_labels)
    match_expressions = tuple(
        read_requirement(expression, LABEL_OPERATORS) for expression in fields.items("matchExpressions")
    )
    hint_at_plain_selector(fields)
    fields.close()
    return LabelSelector(match_labels=match_labels, match_expressions=match_expressions)


def hint_at_plain_selector(fields: Fields) -> None:
    """Refuse labels written right under the selector, as a Service has them, with the fix."""
    for name in fields.names():
        if name not in ("matchLabels", "matchExpressions") and not name.lower().startswith("match"):
            fields.fail(name, "labels of this selector stand under matchLabels; write matchLabels: above it")


def read_requirement(fields: Fields, operators: tuple[str, ...], *, labels: bool = True) -> Requirement:
    """One expression; In and NotIn need values, Exists and DoesNotExist forbid them, Gt and Lt take one integer."""
    key = fields.required_text("key", "write the label's key")
    if labels:
        check_label_key(fields, "key", key)
    operator = fields.choice("operator", operators, None)
    if operator is None:
        fields.fail("operator", f"is missing; write one of {', '.join(operators)}")
    values = fields.texts("values")
    if operator in ("In", "NotIn") and not values:
        fields.fail("values", f"{operator} needs at least one value; write values: [...]")
    if operator in ("Exists", "DoesNotExist") and values:
        fields.fail("values", f"{operator} takes no values; remove them")
    if operator in ("Gt", "Lt") and (len(values) != 1 or not _INTEGER.fullmatch(values[0])):
        fields.fail("values", f'{operator} takes one integer; write values: ["4"]')
    for value in values if labels and operator in ("In", "NotIn") else ():
        check_label_value(fields, "values", value)
    fields.close()
    return Requirement(key=key, operator=operator, values=values)


def read_workload_selector(spec: Fields, template_labels: Labels) -> LabelSelector:
    """The selector of a workload, which must be given, not be empty, and match the template's labels.

    Source: pkg/apis/apps/validation/validation.go (ValidateDeploymentSpec, ValidatePodTemplateSpecForReplicaSet)
    """
    selector = read_label_selector(spec, "selector")
    if selector is None:
        spec.fail("selector", "is missing; write matchLabels that the template's labels match (render patches first)")
    if not selector.match_labels and not selector.match_expressions:
        spec.fail("selector", "is empty; write matchLabels that the template's labels match")
    if not matches(selector, template_labels):
        labels = ", ".join(f"{key}={value}" for key, value in template_labels.items()) or "none"
        spec.fail("selector", f"does not match the labels of the template ({labels}); write the same labels in both")
    return selector
