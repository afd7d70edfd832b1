"""Deployments in a table.

Source: pkg/printers/internalversion/printers.go (printDeployment)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.pod_templates import CONTAINERS, SELECTOR, age, wide_cells
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(
    Column("Name"), Column("Ready"), Column("Up-to-date"), Column("Available"), Column("Age"), *CONTAINERS, SELECTOR
)


def print_deployment(deployment: ApiObject, options: Options) -> Cells:
    """NAME READY UP-TO-DATE AVAILABLE AGE; READY is ready/desired."""
    status = deployment.get("status") or {}
    return [
        deployment["metadata"]["name"],
        f"{status.get('readyReplicas') or 0}/{deployment['spec'].get('replicas') or 0}",
        status.get("updatedReplicas") or 0,
        status.get("availableReplicas") or 0,
        age(deployment, options),
        *wide_cells(deployment, options),
    ]


DEPLOYMENT = Printer(columns=COLUMNS, cells=print_deployment)
