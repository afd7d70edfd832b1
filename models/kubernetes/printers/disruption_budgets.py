"""PodDisruptionBudgets in a table.

Source: pkg/printers/internalversion/printers.go (printPodDisruptionBudget)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(*map(Column, ("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age")))


def print_pod_disruption_budget(budget: ApiObject, options: Options) -> Cells:
    """NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE."""
    spec = budget["spec"]
    limits = [spec.get(field) for field in ("minAvailable", "maxUnavailable")]
    return [
        budget["metadata"]["name"],
        *("N/A" if limit is None else str(limit) for limit in limits),
        (budget.get("status") or {}).get("disruptionsAllowed") or 0,
        age(budget, options),
    ]


POD_DISRUPTION_BUDGET = Printer(columns=COLUMNS, cells=print_pod_disruption_budget)
