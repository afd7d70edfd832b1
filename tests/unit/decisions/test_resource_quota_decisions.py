"""What an object uses of a quota, and whether there is room.

Source: pkg/quota/v1/evaluator/core/pods.go, plugin/pkg/admission/resourcequota/controller.go
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.resource_quota import (
    constraints,
    exceeded,
    is_counted,
    pod_compute_usage,
    quota_v1_pod,
)
from clusterproof.models.kubernetes.objects import Container, PodSpec

WEB = Container(name="web", requests={"cpu": 100, "memory": 2}, limits={"cpu": 300})
INIT = Container(name="init", requests={"cpu": 500}, limits={"cpu": 200})
AMOUNTS = st.dictionaries(st.sampled_from(["pods", "cpu", "limits.cpu"]), st.integers(0, 5), max_size=3)


def test_a_pod_uses_its_requests_and_its_limits() -> None:
    """Under both names of a request, and the peak of the init containers where that is more."""
    usage = pod_compute_usage(PodSpec(containers=(WEB, WEB), init_containers=(INIT,)))

    assert (usage["pods"], usage["count/pods"]) == (1, 1)
    assert usage["cpu"] == usage["requests.cpu"] == 500
    assert (usage["requests.memory"], usage["limits.cpu"], usage["limits.memory"]) == (4, 600, 0)


def test_a_container_has_to_say_what_is_counted() -> None:
    """Requests and limits of cpu and memory, of every container; nothing else is asked for."""
    spec = PodSpec(containers=(WEB, INIT))

    assert constraints(("cpu", "requests.memory", "limits.cpu", "limits.memory", "pods"), spec) == (
        "requests.memory",
        "limits.memory",
    )
    assert constraints(("requests.ephemeral-storage",), spec) == ()


@pytest.mark.parametrize(
    ("resource", "known"),
    [
        ("cpu", True),
        ("requests.example.com/gpu", True),
        ("limits.memory", True),
        ("count/replicasets.apps", True),
        ("services", False),
        ("count/cronjobs.batch", False),
        ("limits.example.com/gpu", False),
        ("requests.", False),
    ],
)
def test_what_is_counted_is_known(resource: str, known: bool) -> None:
    """Pods, what they request and limit, and the objects of four kinds."""
    assert is_counted(resource) is known


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_only_what_is_asked_for_can_be_too_much(
    hard: dict[str, int], used: dict[str, int], usage: dict[str, int]
) -> None:
    """A quota that is overdrawn refuses nothing that does not draw on it."""
    over = exceeded(hard, used, usage)

    assert all(usage[name] > 0 and used.get(name, 0) + usage[name] > hard[name] for name in over)
    assert set(over) <= set(hard)


def test_pods_that_ended_or_cannot_be_stopped_do_not_count() -> None:
    """One that is being deleted counts until it is gone, unless nobody stops it."""
    assert quota_v1_pod("Running", deleting=True, stuck=False)
    assert not quota_v1_pod("Running", deleting=True, stuck=True)
    assert not quota_v1_pod("Failed", deleting=False, stuck=False)
