"""Otofu controllers with a defect each, and what their authors would want to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, frozen

from clusterproof import System
from clusterproof.models.kubernetes.custom import CustomController, Reconcile, controller_system
from clusterproof.models.kubernetes.examples.otofu import HERE, OTOFU, TEMPLATE, desired, reconcile
from clusterproof.properties.custom_controllers import READY


def create_without_looking(r: Reconcile) -> None:
    """It keeps in memory that it has created the pod, and does not look whether there is one."""
    if not r.memory["created"]:
        r.memory["created"] = True
        r.create_pod()
    else:
        r.update_status(ready=sum(pod.ready for _, pod in r.active_pods()))


def status_that_flaps(r: Reconcile) -> None:
    """It writes a status that depends on the one before."""
    if len(r.active_pods()) < r.spec["size"]:
        r.create_pod()
    else:
        r.update_status(ready=2 if r.status["ready"] == 1 else 1)


def status_from_memory(r: Reconcile) -> None:
    """It counts in memory how often it was called, and tells that."""
    active = r.active_pods()
    if len(active) < r.spec["size"]:
        r.create_pod()
    elif r.memory["calls"] < 3 and r.status["ready"] is None:
        r.memory["calls"] = int(r.memory["calls"] or 0) + 1
        r.requeue_after(1)
    else:
        r.update_status(ready=r.memory["calls"])


@frozen(kw_only=True)
class Planted:
    """A controller with a defect: its reconcile, how it is set up, and which of the ready properties turn red by it."""

    reconcile: Callable[[Reconcile], None] = reconcile
    owns: tuple[str, ...] = ("Pod",)
    memory: dict[str, Any] = Factory(dict)
    options: dict[str, Any] = Factory(dict)
    red: frozenset[str] = frozenset()

    def system(self) -> System[Any]:
        """Return the system to check."""
        controller = CustomController(
            "otofu-controller",
            OTOFU,
            owns=self.owns,
            pod_template=TEMPLATE,
            replicas=lambda spec: int(spec["size"]),
            memory=self.memory,
        )
        controller.reconcile(self.reconcile)
        controller.desired(desired)
        return controller_system(
            controller, manifests=[HERE / "tofu.yaml"], properties=READY, **{"most_creates": 1, **self.options}
        )


PLANTED: dict[str, Planted] = {
    "create without looking": Planted(reconcile=create_without_looking, memory={"created": False}),
    "no watch on what it owns": Planted(owns=(), options={"actions": {"delete-pod": 1}, "most_creates": 2}),
    "status that flaps": Planted(reconcile=status_that_flaps),
    "status from memory": Planted(reconcile=status_from_memory, memory={"calls": 0}),
}
