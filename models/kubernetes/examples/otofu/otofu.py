"""Otofu: a controller of one's own, which creates pods."""

from __future__ import annotations

from pathlib import Path

from clusterproof.models.kubernetes.custom import (
    CustomController,
    Reconcile,
    controller_system,
    load_crd,
    load_pod_template,
)
from clusterproof.properties.custom_controllers import CONTROLLER_PROPERTIES

HERE = Path(__file__).parent

controller = CustomController(
    "otofu-controller",
    load_crd(HERE / "otofu.yaml"),
    owns=["Pod"],
    pod_template=load_pod_template(HERE / "pod.yaml"),
    pods=lambda spec: spec["size"],
)


@controller.reconcile
def reconcile(r: Reconcile) -> None:
    """As many pods as the Otofu asks for; its status says how many are ready."""
    pods = [pod for pod in r.owned("Pod") if not pod.deleting]
    if len(pods) < r.spec["size"]:
        r.create_pod()
    elif len(pods) > r.spec["size"]:
        r.delete(pods[-1])
    else:
        r.update_status(ready=sum(pod.ready for pod in pods))


@controller.converged
def converged(r: Reconcile) -> bool:
    """The status counts the pods that are ready."""
    return r.status["ready"] == sum(pod.ready for pod in r.owned("Pod") if not pod.deleting)


system = controller_system(
    controller, manifests=[HERE / "my-otofu.yaml"], properties=CONTROLLER_PROPERTIES, most_creates=1
)
