"""Pods in a table: READY, STATUS and RESTARTS are worked out by the API server.

Source: pkg/printers/internalversion/printers.go (printPod)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import define

from clusterproof.models.kubernetes.printers.durations import translate_timestamp_since
from clusterproof.models.kubernetes.printers.labels import NONE
from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(
    Column("Name"),
    Column("Ready"),
    Column("Status"),
    Column("Restarts"),
    Column("Age"),
    Column("IP", wide=True),
    Column("Node", wide=True),
    Column("Nominated Node", wide=True),
    Column("Readiness Gates", wide=True),
)

NODE_UNREACHABLE_POD_REASON = "NodeLost"
SCHEDULING_GATED = "SchedulingGated"
TERMINAL_PHASES = ("Succeeded", "Failed")

Status = Mapping[str, Any]
"""An entry of containerStatuses."""


@define
class _Restarts:
    """How often containers were restarted, and when one ended last."""

    count: int = 0
    last: str = ""

    def add(self, status: Status) -> None:
        self.count += status.get("restartCount") or 0
        ended = (status.get("lastState") or {}).get("terminated") or {}
        finished = ended.get("finishedAt") or ""
        if finished and (not self.last or datetime.fromisoformat(self.last) < datetime.fromisoformat(finished)):
            self.last = finished

    def text(self, now: datetime) -> str:
        if self.count and self.last:
            return f"{self.count} ({translate_timestamp_since(self.last, now)} ago)"
        return str(self.count)


@define
class _Summary:
    """What the cells READY, STATUS and RESTARTS come to, while containers are looked at one after the other."""

    reason: str
    ready: int
    restarts: _Restarts


def print_pod(pod: ApiObject, options: Options) -> Cells:
    """NAME READY STATUS RESTARTS AGE, and with wide IP NODE NOMINATED NODE READINESS GATES."""
    spec, status = pod["spec"], pod.get("status") or {}
    init_containers = spec.get("initContainers") or ()
    total = len(spec.get("containers") or ()) + sum(map(_is_restartable, init_containers))
    summary = summarise(pod)
    ready = f"{summary.ready}/{total}"
    cells: Cells = [
        pod["metadata"]["name"],
        ready,
        summary.reason,
        summary.restarts.text(options.now),
        age(pod, options),
    ]
    if options.wide:
        addresses = status.get("podIPs") or ()
        cells += [
            (addresses[0].get("ip") if addresses else "") or NONE,
            spec.get("nodeName") or NONE,
            status.get("nominatedNodeName") or NONE,
            _readiness_gates(spec.get("readinessGates") or (), status.get("conditions") or ()),
        ]
    return cells


POD = Printer(columns=COLUMNS, cells=print_pod)


def summarise(pod: ApiObject) -> _Summary:
    """READY, STATUS and RESTARTS of a pod.

    STATUS is the phase, its reason or SchedulingGated; while init containers run what the first unfinished one says,
    else what the first container says that does not simply run; and last of all Terminating.
    """
    status = pod.get("status") or {}
    reason = status.get("reason") or status.get("phase") or ""
    conditions = status.get("conditions") or ()
    if any(c.get("type") == "PodScheduled" and c.get("reason") == SCHEDULING_GATED for c in conditions):
        reason = SCHEDULING_GATED
    summary = _Summary(reason, 0, _Restarts())
    of_sidecars = _Restarts()
    initializing = _look_at_init_containers(pod, summary, of_sidecars)
    if not initializing or _has_condition(conditions, "Initialized"):
        summary.restarts = of_sidecars
        _look_at_containers(status.get("containerStatuses") or (), conditions, summary)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == NODE_UNREACHABLE_POD_REASON:
            summary.reason = "Unknown"
        elif status.get("phase") not in TERMINAL_PHASES:
            summary.reason = "Terminating"
    return summary


def _look_at_init_containers(pod: ApiObject, summary: _Summary, of_sidecars: _Restarts) -> bool:
    """Whether the pod is still being initialized; the first init container that is not done says the reason."""
    init_containers = pod["spec"].get("initContainers") or ()
    restartable = {each.get("name", "") for each in init_containers if _is_restartable(each)}
    for number, container in enumerate((pod.get("status") or {}).get("initContainerStatuses") or ()):
        summary.restarts.add(container)
        is_sidecar = container.get("name", "") in restartable
        if is_sidecar:
            of_sidecars.add(container)
        state = container.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting")
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if is_sidecar and container.get("started"):
            summary.ready += bool(container.get("ready"))
            continue
        if terminated is not None:
            summary.reason = f"Init:{_ending(terminated)}"
        elif waiting is not None and waiting.get("reason") not in (None, "", "PodInitializing"):
            summary.reason = f"Init:{waiting['reason']}"
        else:
            summary.reason = f"Init:{number}/{len(init_containers)}"
        return True
    return False


def _look_at_containers(statuses: Sequence[Status], conditions: Iterable[Status], summary: _Summary) -> None:
    """Containers from the last to the first, so that the first one's reason wins."""
    some_run = False
    for container in reversed(statuses):
        summary.restarts.add(container)
        state = container.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting")
        if waiting is not None and waiting.get("reason"):
            summary.reason = waiting["reason"]
        elif terminated is not None:
            summary.reason = _ending(terminated)
        elif container.get("ready") and state.get("running") is not None:
            some_run = True
            summary.ready += 1
    if summary.reason == "Completed" and some_run:
        summary.reason = "Running" if _has_condition(conditions, "Ready") else "NotReady"


def _ending(terminated: Status) -> str:
    """How a container ended: its reason, else the signal, else the exit code."""
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode') or 0}"


def _is_restartable(container: Status) -> bool:
    """Whether an init container is a sidecar. Source: podutil.IsRestartableInitContainer"""
    return container.get("restartPolicy") == "Always"


def _has_condition(conditions: Iterable[Status], name: str) -> bool:
    return any(c.get("type") == name and c.get("status") == "True" for c in conditions)


def _readiness_gates(gates: Sequence[Status], conditions: Sequence[Status]) -> str:
    if not gates:
        return NONE
    return f"{sum(_has_condition(conditions, gate['conditionType']) for gate in gates)}/{len(gates)}"
