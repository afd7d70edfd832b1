"""What the kubelet's prober decides: which probe asks now, and after which time its answers count.

Source: pkg/kubelet/prober/worker.go (doProbe)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from clusterproof.models.kubernetes.objects import Probe

ProbeKind = Literal["startup", "liveness", "readiness"]
PROBE_KINDS: tuple[ProbeKind, ...] = ("startup", "liveness", "readiness")


@frozen(kw_only=True)
class ProbedContainer:
    """A container as a worker of the prober sees it in the pod's status.

    created: it has a status with an id. running, terminated: its state; neither means that it waits. started: its
    startup probe has succeeded, or it has none. on_hold: a failed probe has had it killed.
    """

    created: bool = True
    running: bool = True
    terminated: bool = False
    started: bool = True
    on_hold: bool = False
    seconds_since_start: int = 0


@frozen
class ProbeStep:
    """keep_going: the worker goes on afterwards. asks: the container is asked this time."""

    keep_going: bool
    asks: bool


def do_probe(
    kind: ProbeKind,
    container: ProbedContainer | None,
    *,
    initial_delay_seconds: int = 0,
    phase: str = "Running",
    restart_policy: str = "Always",
    pod_deleting: bool = False,
) -> ProbeStep:
    """What a worker does at one tick; container: None while the pod has no status.

    Until the startup probe has succeeded only that one asks, and afterwards only the others; a pod that terminates is
    asked for its readiness alone. Source: worker.go, doProbe
    """
    if container is None:
        return ProbeStep(keep_going=True, asks=False)
    if phase in ("Failed", "Succeeded"):
        return ProbeStep(keep_going=False, asks=False)
    if not container.created or container.on_hold:
        return ProbeStep(keep_going=True, asks=False)
    if not container.running:
        return ProbeStep(keep_going=not container.terminated or restart_policy != "Never", asks=False)
    if pod_deleting and kind != "readiness":
        return ProbeStep(keep_going=False, asks=False)
    waited = container.seconds_since_start >= initial_delay_seconds
    return ProbeStep(keep_going=True, asks=waited and container.started == (kind != "startup"))


def seconds_until_failure(probe: Probe, *, delayed: bool = False) -> int:
    """How long a container has been silent when its probe has failed often enough in a row.

    The first question comes a period after the container fell silent, or after the initial delay where that is not
    over; each is given up after the timeout, which keeps the next one waiting where it is longer than the period.
    """
    first = probe.initial_delay_seconds if delayed else probe.period_seconds
    between = max(probe.period_seconds, probe.timeout_seconds)
    return first + (probe.failure_threshold - 1) * between + probe.timeout_seconds


def seconds_until_success(probe: Probe) -> int:
    """How long a container has been answering when its probe has succeeded often enough in a row."""
    return probe.success_threshold * probe.period_seconds


def first_success_seconds(probes: Iterable[Probe]) -> int:
    """How long after their start the last of some containers counts as having passed its probe; 0 without probes."""
    return max((p.initial_delay_seconds + (p.success_threshold - 1) * p.period_seconds for p in probes), default=0)


def first_failure_seconds(probes: Iterable[Probe], *, delayed: bool = False) -> int:
    """How long the first of some containers that fell silent together is let go on; at least one probe is needed."""
    return min(seconds_until_failure(probe, delayed=delayed) for probe in probes)
