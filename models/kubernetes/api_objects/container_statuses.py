"""The statuses of a pod's containers. Its application containers are one in the model, and so they are all alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.initialization import is_sidecar, is_stage
from clusterproof.models.kubernetes.objects import Container, PodSpec
from clusterproof.models.kubernetes.state import PodPhase

COMPLETED = {"terminated": {"exitCode": 0, "reason": "Completed"}}
FAILED = {"terminated": {"exitCode": 1, "reason": "Error"}}
WAITING_FOR_INIT = {"waiting": {"reason": "PodInitializing"}}


@frozen(kw_only=True)
class SidecarView:
    """What is reported of the sidecars of a pod that is initialized: their state, whether ready, and their restarts."""

    state: Mapping[str, Any]
    ready: bool
    restarts: int = 0


@frozen(kw_only=True)
class InitProgress:
    """How far the init phase of a pod has come: done init containers, and the state and restarts of the next one."""

    done: int = 0
    state: Mapping[str, Any] = Factory(lambda: WAITING_FOR_INIT)
    restarts: int = 0


def container_statuses(
    spec: PodSpec,
    phase: PodPhase,
    ready: bool,
    restarts: int,
    waits_for: str,
    ended: str | None,
    progress: InitProgress | None = None,
    *,
    started: bool = True,
    sidecars: SidecarView | None = None,
) -> dict[str, Any]:
    """containerStatuses and initContainerStatuses of a bound pod.

    waits_for: why the containers do not run, empty while they do. ended: when they ended last, if that is known.
    progress: of the init phase, while it lasts. started: their startup probe has succeeded, or they have none.
    sidecars: None where they are as the containers.
    """
    state = _state(phase, waits_for)
    last = {"terminated": {**FAILED["terminated"], **given(finishedAt=ended)}} if restarts else None
    common = given(state=state, lastState=last)
    if progress is not None:
        common = {"state": WAITING_FOR_INIT}
    started = started and "running" in state
    return given(
        containerStatuses=[
            _status(each, common, ready=ready, restarts=restarts, started=started) for each in spec.containers
        ],
        initContainerStatuses=[
            _init_status(each, sidecars or SidecarView(state=state, ready=ready))
            if progress is None
            else _unfinished(spec, number, progress)
            for number, each in enumerate(spec.init_containers)
        ],
    )


def _state(phase: PodPhase, waits_for: str) -> dict[str, Any]:
    if phase is PodPhase.SUCCEEDED:
        return COMPLETED
    if phase is PodPhase.FAILED or waits_for == FAILED["terminated"]["reason"]:
        return FAILED
    return {"waiting": {"reason": waits_for}} if waits_for else {"running": {}}


def _init_status(each: Container, sidecars: SidecarView) -> dict[str, Any]:
    """After the init phase sidecars run like the application; any other init container has completed."""
    if is_sidecar(each):
        common, started = {"state": sidecars.state}, "running" in sidecars.state
        return _status(each, common, ready=sidecars.ready, restarts=sidecars.restarts, started=started)
    return _status(each, {"state": COMPLETED}, ready=True, restarts=0, started=False)


def _unfinished(spec: PodSpec, number: int, progress: InitProgress) -> dict[str, Any]:
    """During the init phase: those before the one whose turn it is have completed, and sidecars among them run."""
    each = spec.init_containers[number]
    before = sum(map(is_stage, spec.init_containers[:number]))
    its_turn = is_stage(each) and before == progress.done
    if its_turn:
        state, restarts = progress.state, progress.restarts
        started = "running" in state and not is_sidecar(each)
        return _status(each, {"state": state}, ready=False, restarts=restarts, started=started)
    if is_sidecar(each):
        begun = progress.state is not WAITING_FOR_INIT
        runs = begun and (before < progress.done or (before == progress.done and not is_stage(each)))
        state = {"running": {}} if runs else WAITING_FOR_INIT
        return _status(each, {"state": state}, ready=runs, restarts=0, started=runs)
    if before < progress.done:
        return _status(each, {"state": COMPLETED}, ready=True, restarts=0, started=False)
    return _status(each, {"state": WAITING_FOR_INIT}, ready=False, restarts=0, started=False)


def _status(each: Container, common: Mapping[str, Any], *, ready: bool, restarts: int, started: bool) -> dict[str, Any]:
    return {
        "name": each.name,
        "image": each.image,
        "imageID": "",
        "ready": ready,
        "restartCount": restarts,
        "started": started,
        **common,
    }
