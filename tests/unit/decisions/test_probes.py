"""When a probe asks, and how long it takes until its answers count.

Source: pkg/kubelet/prober/worker.go (doProbe)
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.probes import (
    PROBE_KINDS,
    ProbedContainer,
    ProbeKind,
    ProbeStep,
    do_probe,
    first_failure_seconds,
    first_success_seconds,
    seconds_until_failure,
    seconds_until_success,
)
from clusterproof.models.kubernetes.objects import Probe

RUNS = ProbedContainer()
COUNTS = st.integers(1, 10)
PROBES = st.builds(
    Probe,
    initial_delay_seconds=st.integers(0, 60),
    period_seconds=COUNTS,
    timeout_seconds=COUNTS,
    success_threshold=COUNTS,
    failure_threshold=COUNTS,
)


@pytest.mark.parametrize("kind", PROBE_KINDS)
@pytest.mark.parametrize("container", [None, ProbedContainer(created=False), ProbedContainer(on_hold=True)])
def test_without_a_container_to_ask_a_worker_waits(kind: ProbeKind, container: ProbedContainer | None) -> None:
    """No status, no container yet, and one that is being killed are reasons to go on and ask later."""
    assert do_probe(kind, container) == ProbeStep(keep_going=True, asks=False)


@pytest.mark.parametrize(("started", "asked"), [(False, ["startup"]), (True, ["liveness", "readiness"])])
def test_the_startup_probe_holds_the_others_back(started: bool, asked: list[str]) -> None:
    """Until it has succeeded it asks alone, and afterwards no more."""
    assert [kind for kind in PROBE_KINDS if do_probe(kind, ProbedContainer(started=started)).asks] == asked


def test_a_terminating_pod_is_asked_for_its_readiness_alone() -> None:
    """Nobody restarts it any more, but its endpoint still depends on it."""
    assert [kind for kind in PROBE_KINDS if do_probe(kind, RUNS, pod_deleting=True).keep_going] == ["readiness"]


@pytest.mark.parametrize(("policy", "goes_on"), [("Always", True), ("OnFailure", True), ("Never", False)])
def test_a_worker_ends_with_a_container_that_nobody_restarts(policy: str, goes_on: bool) -> None:
    """Where the container will be back, the worker waits for it."""
    ended = ProbedContainer(running=False, terminated=True)

    assert do_probe("liveness", ended, restart_policy=policy) == ProbeStep(keep_going=goes_on, asks=False)


def test_a_worker_ends_with_its_pod() -> None:
    """A pod that has succeeded or failed is asked nothing."""
    assert not do_probe("readiness", RUNS, phase="Failed").keep_going


def test_a_probe_waits_for_its_initial_delay() -> None:
    """The delay counts from the start of the container."""
    answers = [do_probe("liveness", ProbedContainer(seconds_since_start=s), initial_delay_seconds=5) for s in (4, 5)]

    assert [answer.asks for answer in answers] == [False, True]


def test_the_defaults_fail_after_31_seconds_and_succeed_after_10() -> None:
    """Three periods of ten seconds, and the timeout of the last question."""
    assert (seconds_until_failure(Probe()), seconds_until_success(Probe())) == (31, 10)


def test_a_probe_that_has_not_asked_yet_fails_after_its_delay() -> None:
    """The first question comes when the delay is over."""
    assert seconds_until_failure(Probe(initial_delay_seconds=60), delayed=True) == 60 + 21


def test_a_long_timeout_stretches_the_period() -> None:
    """The next question waits until the last one is given up."""
    assert seconds_until_failure(Probe(period_seconds=5, timeout_seconds=20, failure_threshold=2)) == 5 + 20 + 20


@given(probes=st.lists(PROBES, min_size=1, max_size=4))
def test_one_container_makes_a_pod_fail_and_all_make_it_succeed(probes: list[Probe]) -> None:
    """A pod fails with its first container, and passes with its last."""
    assert all(first_failure_seconds(probes) <= seconds_until_failure(probe) for probe in probes)
    assert all(first_success_seconds(probes) >= first_success_seconds([probe]) for probe in probes)
    assert first_success_seconds([]) == 0
