"""Rows of the kubelet's tables, and of the apiserver's pod strategy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import asdict, evolve

from clusterproof.models.kubernetes.decisions import node_status, pod_actions, pod_lifecycle, pod_status, probes
from clusterproof.models.kubernetes.decisions.pod_actions import RuntimeContainer
from clusterproof.models.kubernetes.decisions.pod_lifecycle import BackOff, ContainerState, ContainerView
from clusterproof.models.kubernetes.decisions.pod_status import PhaseView, Sandbox
from clusterproof.models.kubernetes.decisions.probes import PROBE_KINDS

from .conversion import Adapter, Expect, Given, not_modelled


def container(status: Mapping[str, Any] | None) -> ContainerView:
    """A container's status in API shape; one without state has a status, but has not started."""
    if status is None:
        return ContainerView()
    state = status.get("state") or {}
    last = (status.get("lastTerminationState") or {}).get("terminated")
    kind = next((ContainerState(name) for name in ("running", "terminated", "waiting") if name in state), None)
    return ContainerView(
        state=kind or ContainerState.WAITING,
        exit_code=state["terminated"].get("exitCode", 0) if kind is ContainerState.TERMINATED else None,
        last_exit_code=last.get("exitCode", 0) if last is not None else None,
        ready=status.get("ready", False),
        started=status.get("started", False),
    )


def containers_of(
    spec: Mapping[str, Any], statuses: list[Mapping[str, Any]]
) -> tuple[list[ContainerView], list[ContainerView], list[ContainerView]]:
    """(containers, init containers, sidecars) of a pod, each with its status."""
    by_name = {status["name"]: status for status in statuses}
    sidecars = [row for row in spec.get("initContainers", []) if "restartPolicy" in row]
    init = [row for row in spec.get("initContainers", []) if "restartPolicy" not in row]
    rows = spec.get("containers", []), init, sidecars
    containers, initial, side = ([container(by_name.get(row["name"])) for row in group] for group in rows)
    return containers, initial, side


def get_phase(given: Given, _: Expect) -> object:
    spec, status = given["pod"]["spec"], given["pod"].get("status", {})
    statuses = [*status.get("containerStatuses", []), *status.get("initContainerStatuses", [])]
    containers, init, sidecars = containers_of(spec, statuses)
    phase = pod_lifecycle.get_phase(
        spec.get("restartPolicy", "Always"),
        containers,
        init,
        sidecars,
        pod_is_terminal=given.get("podIsTerminal", False),
    )
    return {"status": phase}


def condition(answer: tuple[bool, str], kind: str | None = None) -> dict[str, str]:
    """A condition as the tables write it."""
    status, reason = answer
    named = {"type": kind} if kind else {}
    return {**named, "status": "True" if status else "False", "reason": reason}


def containers_ready(given: Given, _: Expect) -> object:
    containers, _init, sidecars = containers_of(given.get("spec", {}), given.get("containerStatuses", []))
    known = "containerStatuses" in given
    answer = pod_lifecycle.containers_ready_condition(given["podPhase"], containers if known else None, sidecars)
    return {"expectReady": condition(answer, "ContainersReady")}


def pod_ready(given: Given, _: Expect) -> object:
    spec = given.get("spec", {})
    containers, _init, sidecars = containers_of(spec, given.get("containerStatuses", []))
    true = {row["type"] for row in given.get("conditions", []) if row["status"] == "True"}
    gates = [gate["conditionType"] in true for gate in spec.get("readinessGates", [])]
    known = "containerStatuses" in given
    answer = pod_lifecycle.pod_ready_condition(given["podPhase"], containers if known else None, sidecars, gates)
    return {"expectReady": condition(answer, "Ready")}


def pod_initialized(given: Given, _: Expect) -> object:
    containers, init, sidecars = containers_of(given.get("spec", {}), given.get("containerStatuses", []))
    known = "containerStatuses" in given
    answer = pod_lifecycle.pod_initialized_condition(given["podPhase"], init, sidecars, containers, known)
    return {"expected": condition(answer)}


def should_container_be_restarted(given: Given, _: Expect) -> object:
    """lastState: "never created", or a state with the exit code of the current instance and a remark on an older."""
    found = re.match(r"(never created|Running|Exited|Unknown|Created)(?: (-?\d+))?", given["lastState"])
    assert found, given["lastState"]
    state = None if found[1] == "never created" else found[1].lower()
    restart = pod_lifecycle.should_container_be_restarted(
        state, int(found[2] or 0), given["restartPolicy"], given.get("podDeleting", False)
    )
    return {"restart": restart}


def crash_loop_schedule(given: Given, _: Expect) -> object:
    if not given["crashesImmediately"]:
        not_modelled("a container that runs for a while before it crashes")
    if given["startNumber"] == 1:
        return {"delayBeforeStartSeconds": 0}
    return {"delayBeforeStartSeconds": pod_lifecycle.crash_loop_back_off_seconds(given["startNumber"] - 2)}


def container_restart_back_off(given: Given, _: Expect) -> object:
    waits, delays = [], []
    entry: BackOff | None = None
    for tick in given["ticks"]:
        waiting = pod_lifecycle.is_in_back_off(entry, tick, given["max"])
        current = pod_lifecycle.current_back_off(entry, tick, given["max"])
        waits.append(waiting)
        delays.append(current.delay_seconds if current else 0)
        if not waiting:
            entry = pod_lifecycle.next_back_off(entry, tick, given["initialStep"], given["max"])
    return {"inBackOff": waits, "backoff": delays}


def check_graceful_delete(given: Given, _: Expect) -> object:
    spec, status = given["pod"].get("spec", {}), given["pod"].get("status", {})
    period = pod_lifecycle.check_graceful_delete(
        given.get("deleteGracePeriod"),
        spec.get("terminationGracePeriodSeconds"),
        spec.get("nodeName"),
        status.get("phase", ""),
    )
    return {"gracePeriod": period}


def terminate_pod(given: Given, _: Expect) -> object:
    return {"wantStatus": {"phase": pod_lifecycle.ensure_pod_phase_is_terminal(given["status"].get("phase", ""))}}


def do_probe(_given: Given, expect: Expect) -> object:
    """The rows that are left of this table have no pod status: the worker of each kind has nothing to ask."""
    kinds = {f"{kind}.String()": kind for kind in PROBE_KINDS}
    return {
        "expectContinue": {name: probes.do_probe(kinds[name], None).keep_going for name in expect["expectContinue"]}
    }


def sandboxes(status: Mapping[str, Any]) -> list[Sandbox]:
    """The sandboxes of a runtime status, the newest first."""
    return [
        Sandbox(ready=row["state"].endswith("_READY"), address=(row.get("network") or {}).get("ip"))
        for row in status.get("sandboxStatuses", [])
    ]


def ready_to_start_containers(given: Given, _: Expect) -> object:
    host_network = given["pod"].get("spec", {}).get("hostNetwork", False)
    found = pod_status.pod_ready_to_start_containers_condition(
        sandboxes(given.get("status", {})), host_network=host_network
    )
    return {"expected": {"status": str(found)}}


def phase_view(status: Mapping[str, Any]) -> PhaseView:
    """Phase, reason and message of a pod's status."""
    return PhaseView(**{name: status.get(name, "") for name in ("phase", "reason", "message")})


def lost_container(name: str, previous: Mapping[str, Any], *, deleting: bool) -> dict[str, Any]:
    """The status of a container that the runtime does not know; the fixture's prober calls each one ready."""
    rows = {row["name"]: row for row in previous.get("containerStatuses", [])}
    old = rows.get(name, {})
    lost = pod_status.status_of_lost_container(
        was_running="running" in old.get("state", {}), restarts=old.get("restartCount", 0), pod_deleting=deleting
    )
    found = {"name": name, "state": {"waiting": {"reason": "ContainerCreating"}}, "ready": True}
    if lost.exit_code is not None:
        ended = {"reason": "ContainerStatusUnknown", "exitCode": lost.exit_code}
        found |= {"lastTerminationState": {"terminated": ended}, "restartCount": lost.restarts}
    return found


def api_pod_status(given: Given, expect: Expect) -> object:
    """Phase, conditions and container statuses are compared; addresses and the QoS class are not the model's."""
    pod, previous = given["pod"], given["previousStatus"]
    if given["currentStatus"].get("containerStatuses"):
        not_modelled("a pod of which the runtime knows some containers")
    deleting = "deletionTimestamp" in pod.get("metadata", {})
    statuses = [lost_container(row["name"], previous, deleting=deleting) for row in pod["spec"]["containers"]]
    views, init, sidecars = containers_of(pod["spec"], statuses)
    phase = pod_status.merge_phase(
        pod_lifecycle.get_phase(pod["spec"]["restartPolicy"], views, init, sidecars),
        phase_view(previous),
        phase_view(pod.get("status", {})),
    )
    answers = {
        "Initialized": pod_lifecycle.pod_initialized_condition(phase.phase, init, sidecars, views),
        "Ready": pod_lifecycle.pod_ready_condition(phase.phase, views, sidecars),
        "ContainersReady": pod_lifecycle.containers_ready_condition(phase.phase, views, sidecars),
        "PodScheduled": (True, ""),
    }
    conditions = [condition(answer, kind) for kind, answer in answers.items()]
    answered = {
        "conditions": [{key: value for key, value in each.items() if value} for each in conditions],
        "containerStatuses": statuses,
        **{name: value for name, value in asdict(phase).items() if value},
    }
    expected = {key: value for key, value in expect["expected"].items() if key not in NOT_THE_MODELS}
    assert answered == expected
    to_start = pod_status.pod_ready_to_start_containers_condition(sandboxes(given["currentStatus"]))
    assert expect["expectedPodReadyToStartContainersCondition"]["status"] == str(to_start)
    return expect


NOT_THE_MODELS = ("hostIP", "hostIPs", "podIP", "podIPs", "qosClass")


def node_ready(given: Given, expect: Expect) -> object:
    """Whether the condition is Ready, and since when; a node without a capacity in the row has none."""
    node = given["node"].get("status", {})
    before = next((row["status"] == "True" for row in node.get("conditions", []) if row["type"] == "Ready"), None)
    found = node_status.ready_condition(node.get("capacity", {}), before=before)
    assert found.changed_now == (expect["expectConditions"][0]["lastTransition"] == "now")
    times = {name: expect["expectConditions"][0][name] for name in ("lastTransition", "lastHeartbeat")}
    return {"expectConditions": [{"type": "Ready", "status": str(found.ready), **times}]}


APP_CONTAINERS = {
    "computePodActions": RuntimeContainer(state="running"),
    "computePodActions (init containers)": RuntimeContainer(),
    "computePodActions (sidecars)": RuntimeContainer(),
}
"""The state of the three application containers in the base that a table's rows override; see "base" in the rows."""

INIT_CONTAINERS = {
    "computePodActions": [],
    "computePodActions (init containers)": [RuntimeContainer(state="exited")] * 3,
    "computePodActions (sidecars)": [RuntimeContainer(state="running", sidecar=True)] * 3,
}
APP_STATES = {"all Running": RuntimeContainer(state="running"), "all Exited 0": RuntimeContainer(state="exited")}


def overridden(base: RuntimeContainer, row: Mapping[str, Any]) -> RuntimeContainer:
    """A container of the base with what a row says of it."""
    state = row["state"].lower() if "state" in row else base.state
    failed = "Failure" in (row.get("liveness"), row.get("startupProbe"))
    return evolve(
        base,
        state=state,
        exit_code=row.get("exitCode", 0),
        unhealthy=failed,
        changed=row.get("specHashChanged", False),
    )


def init_containers_of(given: Given, base: list[RuntimeContainer]) -> list[RuntimeContainer]:
    """The init containers of a row; a probe result of "none" or Unknown is not a success yet."""
    found = [overridden(container, given.get("init", {}).get(str(index), {})) for index, container in enumerate(base)]
    present = given.get("initStatusesPresent", range(len(found)))
    missing = {f"init{index + 1}": index for index in range(len(found))}
    gone = {missing[name] for name in given.get("missingStatuses", [])} | (set(range(len(found))) - set(present))
    for index, container in enumerate(found):
        startup, liveness = (given.get(kind, {}).get(str(index), "Success") for kind in ("startup", "liveness"))
        found[index] = evolve(
            container,
            state=None if index in gone else container.state,
            started=startup == "Success",
            unhealthy=container.unhealthy or "Failure" in (startup, liveness),
            changed=index in given.get("specChanged", []),
        )
    return found


def compute_pod_actions(function: str) -> Adapter:
    """The adapter of one of the three tables."""

    def adapter(given: Given, expect: Expect) -> object:
        containers = [APP_STATES.get(given.get("appContainers", ""), APP_CONTAINERS[function])] * 3
        init = init_containers_of(given, INIT_CONTAINERS[function])
        rows = given.get("containers", {})
        if isinstance(rows, list):
            # "containers": [] removes the statuses of all containers.
            containers = [evolve(container, state=None) for container in containers]
            init = [evolve(container, state=None) for container in init]
        else:
            containers = [overridden(one, rows.get(str(index), {})) for index, one in enumerate(containers)]
        none = given.get("sandboxes") == []
        actions = pod_actions.compute_pod_actions(
            given["restartPolicy"],
            containers,
            init,
            sandbox_usable=not none and given.get("sandbox", "Ready") == "Ready" and given.get("sandboxIP") != "",
            sandboxes_before=0 if none else given.get("sandboxAttempt", 0) + 1,
        )
        killed_init = [name(expect["containersToKill"], index) for index in actions.init_containers_to_kill]
        answer = {
            "killPod": actions.kill_pod,
            "createSandbox": actions.create_sandbox,
            "containersToStart": list(actions.containers_to_start),
            "containersToKill": [*actions.containers_to_kill, *killed_init],
        }
        if actions.init_containers_to_start or "initContainersToStart" in expect:
            answer["initContainersToStart"] = list(actions.init_containers_to_start)
        if "sandboxAttempt" in expect:
            answer["sandboxAttempt"] = 0 if none else given.get("sandboxAttempt", 0) + 1
        return answer

    return adapter


def name(expected: list[Any], index: int) -> str:
    """An init container as this table writes it: "init3" counts from 1, "init 2" from 0."""
    return f"init {index}" if any(" " in str(text) for text in expected) else f"init{index + 1}"


ADAPTERS: dict[str, Adapter] = {
    "GeneratePodReadyToStartContainersCondition": ready_to_start_containers,
    "generateAPIPodStatus": api_pod_status,
    "node Ready condition": node_ready,
    "CheckGracefulDelete (apiserver pod strategy)": check_graceful_delete,
    "CrashLoopBackOff schedule": crash_loop_schedule,
    "GenerateContainersReadyCondition": containers_ready,
    "GeneratePodInitializedCondition": pod_initialized,
    "GeneratePodReadyCondition": pod_ready,
    "IsPodTerminal": lambda given, _: {"expected": pod_lifecycle.is_pod_terminal(given.get("podPhase", ""))},
    "ShouldContainerBeRestarted": should_container_be_restarted,
    "TerminatePod phase": terminate_pod,
    **{function: compute_pod_actions(function) for function in APP_CONTAINERS},
    "container restart backoff": container_restart_back_off,
    "getPhase": get_phase,
    "prober doProbe": do_probe,
}
