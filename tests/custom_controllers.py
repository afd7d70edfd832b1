"""Small systems with a controller of one's own: Otofu, which creates pods, with any reconcile function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from clusterproof import System
from clusterproof.models.kubernetes.custom import CustomController, Reconcile, controller_system, load_pod_template
from clusterproof.models.kubernetes.custom.crd import CustomResourceDefinition, read_crd
from clusterproof.models.kubernetes.examples import otofu
from clusterproof.models.kubernetes.names import CustomObjectId
from clusterproof.properties.custom_controllers import CONTROLLER_PROPERTIES

OTOFU = Path(otofu.__file__).parent
TOFU = CustomObjectId("Otofu/tofu")

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: otofus.example.com}
spec:
  group: example.com
  names: {kind: Otofu, plural: otofus}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer, minimum: 0, maximum: 5}
                flavour: {type: string, enum: [plain, smoked], default: plain}
                toppings: {type: array, items: {type: string}}
                labels: {type: object, additionalProperties: {type: string}}
                spicy: {type: boolean, default: false}
            status:
              type: object
              properties: {ready: {type: integer}, beat: {type: boolean}}
"""


def definition(old: str = "", new: str = "") -> CustomResourceDefinition:
    """Return the definition of Otofu, with a part of its text replaced."""
    assert old in DEFINITION
    return read_crd(DEFINITION.replace(old, new) if old else DEFINITION, "crd.yaml")


def looks(r: Reconcile) -> None:
    """Do as the example does."""
    pods = [pod for pod in r.owned("Pod") if not pod.deleting]
    if len(pods) < r.spec["size"]:
        r.create_pod()
    elif len(pods) > r.spec["size"]:
        r.delete(pods[-1])
    else:
        r.update_status(ready=sum(pod.ready for pod in pods))


def says_ready(r: Reconcile) -> bool:
    """Tell whether all pods are ready, and the status says so."""
    return bool(r.status["ready"] == r.spec["size"] == sum(pod.ready for pod in r.owned("Pod") if not pod.deleting))


def controller(
    reconcile: Callable[[Reconcile], None] = looks,
    *,
    owns: Sequence[str] = ("Pod",),
    memory: Mapping[str, int] | None = None,
) -> CustomController:
    """Return Otofu's controller with this reconcile function."""
    made = CustomController(
        "otofu-controller",
        definition(),
        owns=owns,
        memory=memory or {},
        pod_template=load_pod_template(OTOFU / "pod.yaml"),
        pods=lambda spec: int(spec["size"]),
    )
    made.reconcile(reconcile)
    made.converged(says_ready)
    return made


def otofu_system(made: CustomController, **options: Any) -> System[Any]:
    """Return one Otofu of size 1 with its controller and all properties of controllers."""
    options = {"properties": CONTROLLER_PROPERTIES, **options}
    return controller_system(made, manifests=[OTOFU / "my-otofu.yaml"], **options)
