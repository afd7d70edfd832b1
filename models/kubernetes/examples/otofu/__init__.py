"""Otofu: a resource whose controller runs as many pods as it asks for, and says in its status how many are ready."""

from __future__ import annotations

from pathlib import Path

from clusterproof import System
from clusterproof.models.kubernetes.custom import CustomController, Reconcile, controller_system, load_crd
from clusterproof.models.kubernetes.objects import Container, PodSpec, PodTemplate
from clusterproof.models.kubernetes.state import Cluster

HERE = Path(__file__).parent
OTOFU = load_crd(HERE / "crd.yaml")
TEMPLATE = PodTemplate(labels={"app": "tofu"}, spec=PodSpec(containers=(Container(name="tofu", image="tofu:1"),)))

controller = CustomController(
    "otofu-controller", OTOFU, owns=("Pod",), pod_template=TEMPLATE, replicas=lambda spec: int(spec["size"])
)


@controller.reconcile
def reconcile(r: Reconcile) -> None:
    """Create what is missing, delete what is too much, then say how many are ready: one write in a call."""
    active = r.active_pods()
    if len(active) < r.spec["size"]:
        r.create_pod()
    elif len(active) > r.spec["size"]:
        r.delete_pod(active[-1][0])
    else:
        r.update_status(ready=sum(pod.ready for _, pod in active))


@controller.desired
def desired(r: Reconcile) -> bool:
    """As many pods as asked for are ready, and the status says so."""
    ready = sum(pod.ready for _, pod in r.active_pods())
    size = int(r.spec["size"])
    return len(r.active_pods()) == ready == size and r.status["ready"] == size


def system(crashes: int = 1, deletes: int = 0) -> System[Cluster]:
    """One Otofu of size 1 on one worker; its controller may crash so many times, and so often is it deleted."""
    return controller_system(
        controller, manifests=[HERE / "tofu.yaml"], controller_crashes=crashes, deletes=deletes, most_creates=1
    )
