"""The statuses of a pod's containers. Its application containers are one in the model, and so they are all alike."""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.objects import Container, PodSpec
from clusterproof.models.kubernetes.state import PodPhase

COMPLETED = {"terminated": {"exitCode": 0, "reason": "Completed"}}
FAILED = {"terminated": {"exitCode": 1, "reason": "Error"}}
WAITING_FOR_INIT = "PodInitializing"


def container_statuses(
    spec: PodSpec, phase: PodPhase, ready: bool, restarts: int, waits_for: str, ended: str | None
) -> dict[str, Any]:
    """containerStatuses and initContainerStatuses of a bound pod.

    waits_for: why the containers do not run, empty while they do. ended: when they ended last, if that is known.
    """
    state = _state(phase, waits_for)
    last = {"terminated": {**FAILED["terminated"], **given(finishedAt=ended)}} if restarts else None
    common = given(state=state, lastState=last)
    if spec.init_containers and phase is PodPhase.PENDING:
        common = {"state": {"waiting": {"reason": WAITING_FOR_INIT}}}
    runs = "running" in state
    return given(
        containerStatuses=[
            _status(each, common, ready=ready, restarts=restarts, started=runs) for each in spec.containers
        ],
        initContainerStatuses=[_init_status(each, phase, state, ready=ready) for each in spec.init_containers],
    )


def _state(phase: PodPhase, waits_for: str) -> dict[str, Any]:
    if phase is PodPhase.SUCCEEDED:
        return COMPLETED
    if phase is PodPhase.FAILED or waits_for == FAILED["terminated"]["reason"]:
        return FAILED
    return {"waiting": {"reason": waits_for}} if waits_for else {"running": {}}


def _init_status(each: Container, phase: PodPhase, state: dict[str, Any], *, ready: bool) -> dict[str, Any]:
    """A sidecar runs like the application; any other init container has completed once the pod runs."""
    if phase is PodPhase.PENDING:
        return _status(
            each, {"state": {"waiting": {"reason": WAITING_FOR_INIT}}}, ready=False, restarts=0, started=False
        )
    if each.restart_policy == "Always":
        return _status(each, {"state": state}, ready=ready, restarts=0, started="running" in state)
    return _status(each, {"state": COMPLETED}, ready=True, restarts=0, started=False)


def _status(each: Container, common: dict[str, Any], *, ready: bool, restarts: int, started: bool) -> dict[str, Any]:
    return {
        "name": each.name,
        "image": each.image,
        "imageID": "",
        "ready": ready,
        "restartCount": restarts,
        "started": started,
        **common,
    }
