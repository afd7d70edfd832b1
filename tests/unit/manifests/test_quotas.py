"""ResourceQuotas: what is read, and what is refused."""

from __future__ import annotations

import pytest

QUOTA = "{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: all}}, spec: {{{}}}}}\n"


def test_what_it_says_is_read(load):
    """Amounts are counted as those of pods are; kinds that are not counted are known by name."""
    hard = "hard: {requests.cpu: 1500m, limits.memory: 1Gi, pods: '3', count/deployments.apps: 2, services: 1}"
    (read,) = load(QUOTA.format(hard)).resource_quotas

    assert read.hard == {"requests.cpu": 1500, "limits.memory": 2**30, "pods": 3, "count/deployments.apps": 2}
    assert (read.other_resources, read.scoped) == (("services",), False)


def test_a_quota_may_say_nothing(load):
    """Without a spec it limits nothing; one with scopes says so."""
    (empty,) = load("{apiVersion: v1, kind: ResourceQuota, metadata: {name: all}}\n").resource_quotas
    assert (empty.hard, empty.scoped) == ({}, False)

    (scoped,) = load(QUOTA.format("hard: {pods: 1}, scopes: [BestEffort]")).resource_quotas
    assert scoped.scoped


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("hard: {pods: -1}", 'spec.hard.pods: "-1" is negative'),
        ("hard: {pods: 1500m}", 'spec.hard.pods: "1500m" is not whole'),
        ("hard: {requests.cpu: many}", 'spec.hard["requests.cpu"]: "many" is not a quantity'),
        ("hard: [1]", "spec.hard: must be a mapping, not a list"),
        ("hart: {}", "spec.hart: Kubernetes has no such field here; did you mean hard?"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused(refusal, spec, message):
    """One line with the field and what to write."""
    assert message in refusal(QUOTA.format(spec))
