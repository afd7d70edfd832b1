"""Endpoints, and where a node's proxy sends traffic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.endpointslice import (
    EndpointConditions,
    pod_to_endpoint,
    should_pod_be_in_endpoints,
)
from clusterproof.models.kubernetes.decisions.proxy import (
    Categorized,
    EndpointView,
    Origin,
    Verdict,
    categorize_endpoints,
    route,
)


def endpoint(address: str, state: str = "ready", *, local: bool = False, zones: str = "") -> EndpointView:
    """An endpoint that is ready, terminating (and still serving) or dead."""
    return EndpointView(
        address=address,
        ready=state == "ready",
        serving=state != "dead",
        terminating=state == "terminating",
        local=local,
        zone_hints=frozenset(zones.split()),
    )


def test_terminal_pods_and_pods_without_address_are_no_endpoints() -> None:
    """A terminating pod stays in its EndpointSlice until it is terminal, but not in legacy Endpoints."""
    assert should_pod_be_in_endpoints("Running", True, deleting=True)
    assert not should_pod_be_in_endpoints("Running", True, deleting=True, include_terminating=False)
    assert not should_pod_be_in_endpoints("Failed", True)
    assert not should_pod_be_in_endpoints("Running", False)


def test_a_terminating_pod_serves_but_is_not_ready() -> None:
    """ready needs the pod to stay; publishNotReadyAddresses overrides that, and never serving."""
    assert EndpointConditions(False, True, True) == pod_to_endpoint(True, True, False)
    assert EndpointConditions(True, False, True) == pod_to_endpoint(False, True, True)


def test_terminating_endpoints_are_used_only_when_nothing_is_ready() -> None:
    """The fallback is judged for the whole cluster and for the node separately."""
    here, there = endpoint("a", "terminating", local=True), endpoint("b")
    found = categorize_endpoints([here, there], external_policy_local=True, externally_accessible=True)

    assert (there,) == found.cluster
    assert (here,) == found.local
    assert (here, there) == found.all_reachable
    assert (here,) == categorize_endpoints([here]).cluster


def test_hints_count_only_when_all_have_them_and_one_is_for_here() -> None:
    """A node without endpoints of its zone, or one endpoint without hints, brings all of them back."""
    a, b = endpoint("a", zones="z1"), endpoint("b", zones="z2")

    assert (a,) == categorize_endpoints([a, b], zone="z1").cluster
    assert (a, b) == categorize_endpoints([a, b], zone="z3").cluster
    assert (a, b, endpoint("c")) == categorize_endpoints([a, b, endpoint("c")], zone="z1").cluster


def test_a_node_without_local_endpoints_drops_what_comes_from_outside() -> None:
    """externalTrafficPolicy Local drops when others exist, rejects when none do, and lets the cluster's own pass."""
    found = categorize_endpoints([endpoint("a")], external_policy_local=True, externally_accessible=True)
    none = categorize_endpoints([endpoint("a", "dead")], external_policy_local=True, externally_accessible=True)

    assert Verdict.DROP is route(found, Origin.OUTSIDE, True, external_policy_local=True).verdict
    assert Verdict.FORWARD is route(found, Origin.POD, True, external_policy_local=True).verdict
    assert Verdict.REJECT is route(none, Origin.OUTSIDE, True, external_policy_local=True).verdict
    assert Verdict.REJECT is route(Categorized(), Origin.POD, False).verdict


@pytest.mark.parametrize(("origin", "masquerade"), [(Origin.POD, False), (Origin.NODE, True), (Origin.OUTSIDE, True)])
def test_only_pods_reach_the_cluster_address_with_their_own_address(origin: Origin, masquerade: bool) -> None:
    """Traffic to a cluster address from outside the pod network is masqueraded."""
    assert masquerade is route(categorize_endpoints([endpoint("a")]), origin, False).masquerade


states = st.lists(st.tuples(st.sampled_from(["ready", "terminating", "dead"]), st.booleans()), max_size=5)


@given(rows=states, internal=st.booleans(), external=st.booleans(), accessible=st.booleans())
def test_no_dead_endpoint_is_ever_used(
    rows: list[tuple[str, bool]], internal: bool, external: bool, accessible: bool
) -> None:
    """Whatever the policies, only serving endpoints are reachable, local ones are local, and ready ones come first."""
    endpoints = [endpoint(str(index), state, local=local) for index, (state, local) in enumerate(rows)]
    found = categorize_endpoints(
        endpoints, internal_policy_local=internal, external_policy_local=external, externally_accessible=accessible
    )

    assert all(used.serving for used in found.all_reachable)
    assert all(used.local for used in found.local or ())
    assert len({used.ready for used in found.cluster or ()}) <= 1
    assert found.has_any == any(one.serving for one in endpoints)
