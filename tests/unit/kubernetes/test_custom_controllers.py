"""Controllers of one's own: the queue, the watches, one write per call, what a crash loses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from custom_controllers import OTOFU, TOFU, controller, definition, looks, otofu_system

from clusterproof import Action, SpecError
from clusterproof.models.kubernetes import kubectl
from clusterproof.models.kubernetes.custom import CustomController, Reconcile, controller_system, process
from clusterproof.models.kubernetes.names import ControllerId, PodId
from clusterproof.models.kubernetes.state import Cluster

OTOFU_CONTROLLER = ControllerId("otofu-controller")


def after(c: Cluster, action: Action[Any], *arguments: Any) -> Cluster:
    """Return the one state that an action leads to."""
    (found,) = action.outcomes(c, *arguments).values()
    assert isinstance(found, Cluster)
    return found


def applied(made: CustomController) -> Cluster:
    """Return the state after Otofu/tofu was applied."""
    return after(otofu_system(made).initial_states[0], kubectl.apply_document)


def reconciled(made: CustomController, c: Cluster) -> Cluster:
    """Return the state after one call of the reconcile function."""
    return after(c, made.component.actions[0], TOFU)


def queued(c: Cluster) -> bool:
    """Tell whether Otofu/tofu waits for its controller."""
    return c.work_items[TOFU].queued


def test_a_write_of_the_object_queues_it() -> None:
    """An object that is applied is in its controller's work queue."""
    assert queued(applied(controller()))


def test_what_it_owns_queues_its_owner() -> None:
    """A call that creates a pod is followed by another, because the controller watches the pods it owns."""
    c = reconciled(controller(), applied(controller()))

    assert [pod.owner for pod in c.pods.values()] == [TOFU]
    assert queued(c)


def test_without_a_watch_a_write_queues_nothing() -> None:
    """A controller that does not watch its pods is not called again for one that it has created."""
    made = controller(owns=())

    assert not queued(reconciled(made, applied(made)))


def test_a_call_that_writes_nothing_ends() -> None:
    """With nothing to do the key leaves the queue, and the controller rests."""
    made = controller()
    c = reconciled(made, reconciled(made, applied(made)))

    assert not queued(c)
    assert made.component.actions[0].outcomes(c, TOFU) == {}


def test_a_crash_loses_what_is_in_memory() -> None:
    """The queue and what the process remembers are gone; a start queues every object that exists."""

    def remembers(r: Reconcile) -> None:
        r.memory["created"] = 1
        r.requeue_after(10)

    made = controller(remembers, memory={"created": 0})
    c = reconciled(made, applied(made))
    assert (c.work_items[TOFU].memory["created"], c.work_items[TOFU].requeue.seconds) == (1, 10)  # type: ignore[index]

    crashed = after(c, process.crash_controller, OTOFU_CONTROLLER)
    assert (crashed.work_items[TOFU].memory["created"], queued(crashed)) == (0, False)  # type: ignore[index]
    assert not crashed.work_items[TOFU].requeue.armed

    assert queued(after(crashed, process.start_controller, OTOFU_CONTROLLER))


def test_a_process_that_does_not_run_hears_nothing() -> None:
    """What is written while the process is away queues nothing."""
    crashed = after(otofu_system(controller()).initial_states[0], process.crash_controller, OTOFU_CONTROLLER)

    assert not queued(after(crashed, kubectl.apply_document))


def test_a_deleted_object_leaves_its_pods_to_the_garbage_collector() -> None:
    """A custom object that is deleted is gone at once, and no longer queued; what it owns is still there."""
    made = controller()
    c = after(reconciled(made, applied(made)), process.delete_custom_object, TOFU)

    assert not c.custom_objects[TOFU].exists
    assert not queued(c)
    assert list(c.pods) == [PodId("tofu-a")]


def twice(r: Reconcile) -> None:
    """Create a pod, and go on."""
    r.create_pod()
    r.create_pod()


def unknown_field(r: Reconcile) -> None:
    """Write a field that the schema does not have."""
    r.update_status(redy=1)


def wrong_type(r: Reconcile) -> None:
    """Write a text where a number belongs."""
    r.update_status(ready="one")


def wrong_kind(r: Reconcile) -> None:
    """Ask for objects that cannot be owned here."""
    r.owned("Deployment")


def unknown_memory(r: Reconcile) -> None:
    """Remember what was not declared."""
    r.memory["made"] = 1


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (twice, "creates a pod and then creates a pod: one call is one API write.\n  return after a write"),
        (unknown_field, "has no field 'redy'; did you mean ready"),
        (wrong_type, "the schema of its kind refuses that value"),
        (wrong_kind, "only pods are owned here"),
        (unknown_memory, "has no field 'made'"),
    ],
)
def test_mistakes_in_a_reconcile_function_teach(function: Callable[[Reconcile], None], says: str) -> None:
    """What cannot be meant is refused with what to write instead."""
    made = controller(function)

    with pytest.raises(SpecError, match=says):
        reconciled(made, applied(made))


def test_a_status_that_does_not_change_is_no_write() -> None:
    """As in the apiserver, an update that changes nothing commits nothing, and is not counted as the one write."""

    def harmless(r: Reconcile) -> None:
        r.update_status(ready=r.status["ready"])
        looks(r)

    made = controller(harmless)

    assert len(reconciled(made, applied(made)).pods) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"owns": ["Deployment"]}, "owns 'Deployment' is not modelled"),
        ({"watches": ["Secret"]}, "watches 'Secret' is not modelled"),
        ({"pods": len}, "a pod template and the number of pods belong together"),
    ],
)
def test_what_a_controller_cannot_be_is_refused(options: dict[str, Any], says: str) -> None:
    """Kinds that are not modelled, and pods without a template, are refused when the controller is made."""
    with pytest.raises(SpecError, match=says):
        CustomController("otofu-controller", definition(), **options)


def test_a_kind_has_one_controller() -> None:
    """Two controllers of the same kind are refused, for an object's key is in one queue."""
    with pytest.raises(SpecError, match="two controllers have objects of the same kind"):
        controller_system(controller(), controller(), manifests=[OTOFU / "my-otofu.yaml"])
