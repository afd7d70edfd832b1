"""Controllers of your own: a custom resource, and a reconcile function written in the language.

OTOFU = load_crd("otofu-crd.yaml")
controller = CustomController("otofu-controller", OTOFU, owns=("Pod",), pod_template=TEMPLATE)

@controller.reconcile
def reconcile(r: Reconcile) -> None: ...

system = controller_system(controller, manifests=["otofu.yaml"])
"""

from clusterproof.models.kubernetes.custom.controller import CustomController
from clusterproof.models.kubernetes.custom.crd import CustomResource, load_crd
from clusterproof.models.kubernetes.custom.process import crash_controller
from clusterproof.models.kubernetes.custom.reconcile import Reconcile
from clusterproof.models.kubernetes.custom.system import controller_system
from clusterproof.models.kubernetes.custom.users import delete

__all__ = [
    "CustomController",
    "CustomResource",
    "Reconcile",
    "controller_system",
    "crash_controller",
    "delete",
    "load_crd",
]
