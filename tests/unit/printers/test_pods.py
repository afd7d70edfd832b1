"""READY, STATUS and RESTARTS of pods."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clusterproof.models.kubernetes.printers.pods import POD
from clusterproof.models.kubernetes.printers.table import START, Options

RUNNING: dict[str, Any] = {"ready": True, "state": {"running": {}}}
INITIALIZED = {"type": "Initialized", "status": "True"}


def waiting(reason: str) -> dict[str, Any]:
    """Return the status of a container that waits."""
    return {"state": {"waiting": {"reason": reason}}}


def ended(code: int = 0, reason: str = "", signal: int = 0) -> dict[str, Any]:
    """Return the status of a container that has ended."""
    return {"state": {"terminated": {"exitCode": code, "reason": reason, "signal": signal}}}


def pod(*statuses: dict[str, Any], init: tuple[dict[str, Any], ...] = (), **status: Any) -> dict[str, Any]:
    """Return a pod with a container for each status; init containers are sidecars where their status says so."""
    numbered = [{"name": f"i{n}", **{k: v for k, v in each.items() if k != "sidecar"}} for n, each in enumerate(init)]
    sidecars = [{"restartPolicy": "Always"} if each.get("sidecar") else {} for each in init]
    return {
        "metadata": {"name": "web"},
        "spec": {
            "containers": [{"name": f"c{n}"} for n in range(len(statuses))],
            "initContainers": [{"name": f"i{n}", **more} for n, more in enumerate(sidecars)],
        },
        "status": {
            "phase": "Running",
            "containerStatuses": list(statuses),
            "initContainerStatuses": numbered,
            **status,
        },
    }


def cells(printed: dict[str, Any]) -> list[Any]:
    """Return READY, STATUS, RESTARTS."""
    return POD.cells(printed, Options(now=START + timedelta(minutes=1)))[1:4]


@pytest.mark.parametrize(
    ("printed", "ready", "status"),
    [
        (pod(RUNNING, RUNNING), "2/2", "Running"),
        (pod(RUNNING, {"ready": False, "state": {"running": {}}}), "1/2", "Running"),
        (pod(waiting("CrashLoopBackOff"), ended(1, "Error")), "0/2", "CrashLoopBackOff"),
        (pod(RUNNING, ended(1, "OOMKilled")), "1/2", "OOMKilled"),
        (pod(ended(137)), "0/1", "ExitCode:137"),
        (pod(ended(1, signal=9)), "0/1", "Signal:9"),
        (pod(ended(0, "Completed"), phase="Succeeded"), "0/1", "Completed"),
        (pod(ended(0, "Completed"), RUNNING), "1/2", "NotReady"),
        (pod(ended(0, "Completed"), RUNNING, conditions=[{"type": "Ready", "status": "True"}]), "1/2", "Running"),
        (pod(phase="Failed", reason="Evicted"), "0/0", "Evicted"),
    ],
)
def test_the_first_container_that_does_not_run_says_why(printed: dict[str, Any], ready: str, status: str) -> None:
    """READY counts containers that run and are ready; STATUS is what the first other one says, else the phase."""
    assert cells(printed)[:2] == [ready, status]


@pytest.mark.parametrize(
    ("init", "status", "ready"),
    [
        ((waiting("PodInitializing"), {}), "Init:0/2", "0/1"),
        ((ended(), {"state": {"running": {}}}), "Init:1/2", "0/1"),
        ((ended(3),), "Init:ExitCode:3", "0/1"),
        ((ended(1, signal=15),), "Init:Signal:15", "0/1"),
        ((waiting("ImagePullBackOff"),), "Init:ImagePullBackOff", "0/1"),
        (({"sidecar": True, "started": False, "state": {"running": {}}},), "Init:0/1", "0/2"),
        (({"sidecar": True, "started": True, **RUNNING}, {"state": {"running": {}}}), "Init:1/2", "1/2"),
    ],
)
def test_initialization(init: tuple[dict[str, Any], ...], status: str, ready: str) -> None:
    """The first init container that is not done says how far the pod is; a sidecar that has started is done."""
    printed = pod(waiting("PodInitializing"), init=init, phase="Pending")

    assert cells(printed)[:2] == [ready, status]


def test_sidecars_count_once_the_pod_is_initialized() -> None:
    """A ready sidecar is one of the containers that are ready."""
    sidecar = {"sidecar": True, "started": True, **RUNNING}

    assert cells(pod(RUNNING, init=(sidecar,), conditions=[INITIALIZED]))[:2] == ["2/2", "Running"]


def test_restarts_say_when_the_last_was() -> None:
    """RESTARTS sums the containers, and says how long ago the last one ended where that is known."""
    early, late = ({"lastState": {"terminated": {"finishedAt": f"2026-01-01T00:00:{s}Z"}}} for s in ("10", "40"))

    assert (
        cells(pod({**RUNNING, "restartCount": 2, **late}, {**RUNNING, "restartCount": 1, **early}))[2] == "3 (20s ago)"
    )
    assert cells(pod({**RUNNING, "restartCount": 2}))[2] == "2"
    assert cells(pod({**RUNNING, "restartCount": 0, **late}))[2] == "0"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"phase": "Running"}, "Terminating"),
        ({"phase": "Pending"}, "Terminating"),
        ({"phase": "Succeeded"}, "Completed"),
        ({"phase": "Running", "reason": "NodeLost"}, "Unknown"),
    ],
)
def test_deletion_is_said_last(status: dict[str, Any], text: str) -> None:
    """A pod that is being deleted is Terminating, unless it is at its end or its node was lost."""
    printed = pod(ended(0, "Completed") if status["phase"] == "Succeeded" else RUNNING, **status)
    printed["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert cells(printed)[1] == text


def test_a_gated_pod_says_so() -> None:
    """A scheduling gate is the status of a pod without containers' statuses."""
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}

    assert cells(pod(phase="Pending", conditions=[gated]))[1] == "SchedulingGated"


def test_wide_cells_say_where_it_is() -> None:
    """Wide shows address, node, nomination and gates, each <none> where there is none."""
    bound = pod(
        RUNNING, podIPs=[{"ip": "10.0.0.1"}], nominatedNodeName="n2", conditions=[{"type": "g", "status": "True"}]
    )
    bound["spec"] |= {"nodeName": "n1", "readinessGates": [{"conditionType": "g"}, {"conditionType": "h"}]}

    assert POD.cells(bound, Options(wide=True))[5:] == ["10.0.0.1", "n1", "n2", "1/2"]
    assert POD.cells(pod(phase="Pending"), Options(wide=True))[5:] == ["<none>"] * 4
