"""Application: what Argo CD does with one. A folder of a repository says what there should be; a controller applies it.

With `automated` it applies what is missing and what has changed in the folder; with `selfHeal` also what somebody has
changed in the cluster. Pruning is not modelled: the folder stays as it is.
Source: https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/
"""

from __future__ import annotations

from pathlib import Path

from clusterproof import System
from clusterproof.models.kubernetes.build import UserActions
from clusterproof.models.kubernetes.custom import CustomController, Reconcile, controller_system, load_crd
from clusterproof.models.kubernetes.names import DeploymentId
from clusterproof.models.kubernetes.state import Cluster

HERE = Path(__file__).parent
APPLICATION = load_crd(HERE / "crd.yaml")
REPOSITORIES = {"https://git.example.com/shop": HERE / "shop"}

SYNCED, OUT_OF_SYNC = "Synced", "OutOfSync"

controller = CustomController("argocd-application-controller", APPLICATION, watches=("Deployment", "ConfigMap"))


@controller.reconcile
def reconcile(r: Reconcile) -> None:
    """Apply the first document that wants it, else say whether all is as the folder says."""
    automated = r.spec.get("syncPolicy", {}).get("automated")
    drifted = [document for document in r.documents if not r.in_sync(document)]
    for document in drifted:
        if automated is not None and (automated["selfHeal"] or not r.exists(document)):
            r.apply(document)
            return
    r.update_status({"sync.status": OUT_OF_SYNC if drifted else SYNCED})


@controller.desired
def desired(r: Reconcile) -> bool:
    """Everything is as the folder says, and the status says so."""
    return all(r.in_sync(document) for document in r.documents) and r.status["sync.status"] == SYNCED


def system(heals: bool = True, crashes: int = 1, scales: int = 1) -> System[Cluster]:
    """An Application with one Deployment and one ConfigMap.

    heals: whether it undoes what somebody changes in the cluster. crashes: how often its controller may die.
    scales: how often somebody may scale the Deployment to 2.
    """
    return controller_system(
        controller,
        manifests=[HERE / ("application.yaml" if heals else "manual.yaml")],
        repositories=REPOSITORIES,
        controller_crashes=crashes,
        actions={"scale": scales},
        user_actions=UserActions(scales={DeploymentId("web"): (2,)}),
    )
