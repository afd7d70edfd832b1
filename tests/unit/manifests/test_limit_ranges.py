"""LimitRanges: defaults, and what is refused."""

from __future__ import annotations

import pytest
from kubernetes_systems import limit_range


def test_defaults_come_from_one_another(load):
    """A default limit is the maximum, a default request the default limit, or the minimum.

    Source: pkg/apis/core/v1/defaults.go (SetDefaults_LimitRangeItem)
    """
    text = limit_range("type: Container, max: {cpu: 2}, default: {memory: 1Gi}, min: {ephemeral-storage: 1}")
    (read,) = load(text + "\n").limit_ranges
    (item,) = read.items

    assert item.default == {"cpu": 2000, "memory": 2**30}
    assert item.default_request == {"cpu": 2000, "memory": 2**30, "ephemeral-storage": 1}


def test_what_is_not_looked_at_is_known_by_name(load):
    """Volumes, and ratios."""
    both = (
        "type: Pod, max: {cpu: 2}, maxLimitRequestRatio: {cpu: 2}}, {type: PersistentVolumeClaim, max: {storage: 1Gi}"
    )
    (read,) = load(limit_range(both) + "\n").limit_ranges

    assert [(item.type, dict(item.maximum), dict(item.default)) for item in read.items] == [("Pod", {"cpu": 2000}, {})]
    assert read.other_limits == ("maxLimitRequestRatio of a Pod", "limits of a PersistentVolumeClaim")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("max: {cpu: 1}", "spec.limits[0].type: is missing; write Container or Pod"),
        ("type: Container, min: {cpu: 2}, max: {cpu: 1}", "spec.limits[0].min: the minimum of cpu exceeds its maximum"),
        ("type: Pod, default: {cpu: 2}", "spec.limits[0].default: a limit of type Pod has none"),
        ("type: Container, default: {cpu: 2}, max: {cpu: 1}", "spec.limits[0].default: cpu is not between min and max"),
        (
            "type: Container, default: {cpu: 1}, defaultRequest: {cpu: 2}",
            "spec.limits[0].defaultRequest: cpu exceeds the default limit",
        ),
        ("type: Container, max: {cpu: fast}", 'spec.limits[0].max.cpu: "fast" is not a quantity'),
        ("type: Container, most: {cpu: 1}", "spec.limits[0].most: Kubernetes has no such field here"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused(refusal, item, message):
    """One line with the field and what to write."""
    assert message in refusal(limit_range(item) + "\n")
