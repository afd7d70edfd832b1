"""Everything the Kubernetes model has is used, and none of it is impure or goes round in circles.

The systems are in tests/variety.py; between them they are meant to do all that the model can do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any

import pytest
from variety import SYSTEMS

from clusterproof import Bounds
from clusterproof.checker import reference
from clusterproof.checker.check import declared_marks
from clusterproof.checker.memo import Memo
from clusterproof.checker.search import Options
from clusterproof.compiled import Compiled, Instance
from clusterproof.models.kubernetes.cluster import COMPONENTS, FAULTS, USER_ACTIONS

MOST_STATES = 5_000
PLACES_PER_ACTION = 2

every_system = pytest.mark.parametrize("name", SYSTEMS)


@cache
def explored(name: str) -> tuple[Compiled, reference.EngineRun]:
    """Return a system, compiled, with what the engine saw of it."""
    compiled = Compiled(SYSTEMS[name]())
    return compiled, reference.run(compiled, (), Options(bounds=Bounds(states=MOST_STATES)))


def fired(name: str) -> set[str]:
    """Return the actions that changed something in a system."""
    _, run = explored(name)
    return {f"{instance.component}.{instance.name}" for instance in run.fired}


def test_every_action_of_every_component_fires() -> None:
    """Each action of the model, users' and faults' included, changes the state of some small system."""
    seen = {action for name in SYSTEMS for action in fired(name)}

    assert [str(action) for component in COMPONENTS for action in component.actions if str(action) not in seen] == []


def test_every_action_belongs_to_the_system() -> None:
    """The faults and the user actions that can be asked for are actions of the components."""
    actions = {action for component in COMPONENTS for action in component.actions}

    assert {*FAULTS.values(), *USER_ACTIONS.values()} <= actions


def test_every_process_can_be_killed() -> None:
    """The fault kill-process strikes each process of each machine, and what keeps it brings it back."""
    compiled, run = explored("every process killed")
    processes = compiled.system.initial_states[0].scope.processes

    killed = {instance.arguments[0] for instance in run.fired if instance.name == "kill_process"}

    assert killed == set(processes)
    assert {"service-manager.restart_process", "kubelet-static-pods.start_static_pod"} <= fired("every process killed")


def test_every_mark_is_reached() -> None:
    """What the model says is worth covering happens in some small system."""
    reached = {mark for name in SYSTEMS for mark in explored(name)[1].marks}
    declared = {mark for name in SYSTEMS for mark in declared_marks(explored(name)[0])}

    assert declared == reached != set()


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("apply", {"kubectl.apply_document", "kubelet.become_ready"}),
        ("apply a bare pod and a bare ReplicaSet", {"scheduler.bind", "replicaset-controller.create_pod"}),
        ("apply second manifests", {"user.apply", "deployment-controller.create_new_replica_set"}),
        ("control plane stopped, untimed", {"leader-election.exit_without_lease"}),
        ("three control planes", {"leader-election.acquire_lease", "control-plane-repair.start_control_plane"}),
        ("node reboots", {"reboot.start_node", "kubelet.sync", "kubelet.report_node_ready"}),
        ("a Node deleted, and registered again", {"kubelet.register_node", "pod-garbage-collector.end_quarantine"}),
        ("a node out of service, and back", {"pod-garbage-collector.delete_pod_out_of_service"}),
        ("the only disk lost", {"kubelet-static-pods.start_empty_store", "kubelet.register_node"}),
        ("one disk of three lost", {"user.replace_member", "kubelet-static-pods.start_static_pod"}),
        ("node partitioned", {"link-repair.mend_link", "taint-eviction.cancel", "taint-eviction.delete"}),
        ("Recreate", {"deployment-controller.scale_replica_set"}),
        ("rollback", {"user.rollout_undo", "deployment-controller.number_revision"}),
        ("scale, with conflicts", {"kubectl.retry_scale", "kubectl.update_scale"}),
        ("minReadySeconds", {"min-ready-seconds.become_available"}),
        ("probes fail", {"kubelet.become_unready", "kubelet.kill_unhealthy_container", "kubelet.pass_startup_probe"}),
        ("init containers fail", {"kubelet.finish_init_container", "kubelet.restart_container"}),
        ("SIGTERM ignored", {"fault.ignore_sigterm", "kubelet.stop_container", "reboot.start_node"}),
        ("crash twice", {"kubelet.forget_back_off"}),
        ("drain with a budget", {"kubectl.evict", "kubectl.delete_evicted", "kubectl.finish_drain", "user.uncordon"}),
        ("Deployment deleted", {"garbage-collector.finish_foreground_deletion", "garbage-collector.delete_pod"}),
        ("required anti-affinity", {"scheduler.report_unschedulable"}),
    ],
)
def test_a_small_system_does_what_it_is_there_for(name: str, actions: set[str]) -> None:
    """Each of these systems takes the steps that its name promises."""
    assert actions <= fired(name)


@every_system
def test_nothing_goes_round_in_circles_while_time_stands_still(name: str) -> None:
    """No urgent steps undo each other for ever at one instant."""
    _, run = explored(name)

    assert [line for line in run.diagnostics if "livelock" in line] == []


# ---------------------------------------------------------------- purity


@every_system
def test_actions_are_pure(name: str) -> None:
    """Each action leaves the state it is given as it was, and answers the same the second time."""
    compiled, run = explored(name)
    memo = Memo(compiled)
    places = [(instance, row) for instance in compiled.instances for row in enabled_places(memo, run, instance)]

    for instance, row in places:
        state = compiled.schema.state(row)
        first = outcomes(instance)(state)
        assert state == compiled.schema.state(row), instance
        assert outcomes(instance)(state) == first, instance
    assert places


def outcomes(instance: Instance) -> Callable[[Any], dict[str, Any]]:
    """Return the transition function of an action with its arguments."""
    action = instance.action
    assert action is not None
    return lambda state: action.outcomes(state, *instance.arguments)


def enabled_places(memo: Memo, run: reference.EngineRun, instance: Instance) -> list[str]:
    """Return the first rows in which an action is enabled."""
    sample = list(run.rows)[:: max(1, len(run.rows) // 200)]
    return list(islice((row for row in sample if memo.evaluate(row, instance).outcomes), PLACES_PER_ACTION))
