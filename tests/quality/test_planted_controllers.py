"""Every property of controllers can fail: a defect in a reconcile function turns it red, and no other one."""

from __future__ import annotations

from typing import Any

import pytest
from custom_controllers import controller, looks, otofu_system
from planting import Defect, refuted, verdicts

from clusterproof import System
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import garbage_collector
from clusterproof.models.kubernetes.custom import Reconcile
from clusterproof.models.kubernetes.topology import default_topology
from clusterproof.properties.custom_controllers import CONTROLLER_PROPERTIES

ALL = {part.function.__name__ for part in CONTROLLER_PROPERTIES}


def waits_for_ever(r: Reconcile) -> None:
    """Ask again later instead of creating what is missing."""
    r.requeue_after(10)


def creates_from_memory(r: Reconcile) -> None:
    """Create what it does not remember to have created."""
    if r.memory["created"] < r.spec["size"]:
        r.memory["created"] = 1
        r.create_pod()
    else:
        r.update_status(ready=sum(pod.ready for pod in r.owned("Pod")))


def beats(r: Reconcile) -> None:
    """Write a sign of life whenever there is nothing else to write."""
    looks(r)
    if not r.written:
        r.update_status(beat=not r.status["beat"])


def creates_and_deletes(r: Reconcile) -> None:
    """Create one pod too many, and delete it again."""
    if r.memory["created"] <= r.spec["size"]:
        r.memory["created"] = int(r.memory["created"] or 0) + 1
        r.create_pod()
    else:
        looks(r)


def counts_what_goes(r: Reconcile) -> None:
    """Take a pod that is being deleted for one that is there."""
    pods = r.owned("Pod")
    if len(pods) < r.spec["size"]:
        r.create_pod()
    else:
        r.update_status(ready=sum(pod.ready for pod in pods if not pod.deleting))


def healthy() -> System[Any]:
    """Return a controller that crashes, whose pods and whose object are deleted."""
    faults = {"crash-controller": 1, "crash-container": 1}
    return otofu_system(controller(), faults=faults, actions={"delete-custom-object": 1}, most_creates=1)


DEFECTS: dict[str, tuple[System[Any], set[str]]] = {
    "it waits for ever": (otofu_system(controller(waits_for_ever)), {"eventually_stable_reconciliation"}),
    "it creates without looking": (
        otofu_system(controller(creates_from_memory, memory={"created": 0}), most_creates=1),
        ALL - {"owned_objects_are_collected"},
    ),
    "it never hears of its pods": (
        otofu_system(controller(owns=())),
        {"eventually_stable_reconciliation", "one_converged_state"},
    ),
    "it writes a sign of life": (otofu_system(controller(beats)), {"no_write_at_a_fixpoint"}),
    "it creates one too many": (
        otofu_system(controller(creates_and_deletes, memory={"created": 0}), faults={}, most_creates=1),
        {"at_most_n_creates"},
    ),
    "it counts pods that are being deleted": (
        otofu_system(controller(counts_what_goes), topology=default_topology(), faults={"crash-node": 1}),
        {"eventually_stable_reconciliation"},
    ),
    "nobody collects": (
        Defect(name="nobody collects", system=healthy, never=[garbage_collector.delete_pod]).planted(),
        {"owned_objects_are_collected"},
    ),
}


def test_a_controller_that_looks_keeps_every_property() -> None:
    """Otofu as in the example is PROVED, with crashes and with the deletion of the object."""
    assert verdicts(healthy()) == dict.fromkeys(ALL, Verdict.PROVED)


def test_a_controller_that_looks_survives_the_loss_of_a_node() -> None:
    """Otofu replaces a pod on a node that does not return, whose deletion never ends."""
    found = verdicts(otofu_system(controller(), topology=default_topology(), faults={"crash-node": 1}))

    assert refuted(found) == set()


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_turns_its_properties_red(name: str) -> None:
    """The properties that a defective controller breaks are exactly those that are named."""
    system, red = DEFECTS[name]

    assert refuted(verdicts(system)) == red


def test_every_property_of_controllers_can_fail() -> None:
    """Each property turns red by some defect."""
    assert set().union(*(red for _, red in DEFECTS.values())) == ALL
