"""Application: a controller in the manner of Argo CD, which applies the manifests of a folder.

Source: https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/ (an application that was synced is synced again
only for a new revision, unless selfHeal is set)
"""

from __future__ import annotations

from pathlib import Path

from clusterproof import System
from clusterproof.models.kubernetes.custom import CustomController, Reconcile, controller_system, load_crd
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.properties.custom_controllers import CONTROLLER_PROPERTIES

HERE = Path(__file__).parent

controller = CustomController(
    "application-controller",
    load_crd(HERE / "application.yaml"),
    watches=["Deployment", "ConfigMap"],
    repositories={"https://example.com/shop.git": HERE / "repository"},
)


@controller.reconcile
def reconcile(r: Reconcile) -> None:
    """Say whether the folder and the cluster agree; apply the next document that differs, where the policy says so."""
    differing = [document for document in r.documents() if not r.is_applied(document)]
    if not differing:
        r.update_status(sync_status="Synced", operationState_phase="Succeeded")
    elif r.status["sync.status"] != "OutOfSync":
        r.update_status(sync_status="OutOfSync")
    elif _may_sync(r):
        r.apply(differing[0])


def _may_sync(r: Reconcile) -> bool:
    """A first sync always; after it only selfHeal undoes what somebody else has changed."""
    heals: bool = r.spec["syncPolicy"]["automated"]["selfHeal"]
    return heals or r.status["operationState.phase"] != "Succeeded"


@controller.converged
def converged(r: Reconcile) -> bool:
    """The cluster is what the folder says, and the status says so."""
    return r.status["sync.status"] == "Synced" and all(r.is_applied(document) for document in r.documents())


def application_system(manifest: Path) -> System[Cluster]:
    """One Application, whose Deployment the user scales to 0 once, and whose controller crashes once."""
    return controller_system(
        controller,
        manifests=[manifest],
        properties=CONTROLLER_PROPERTIES,
        actions={"scale": 1},
        scales={"web": [0]},
    )


system = application_system(HERE / "my-application.yaml")
without_self_heal = application_system(HERE / "without-self-heal.yaml")
