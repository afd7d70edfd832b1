"""DaemonSets in a table.

Source: pkg/printers/internalversion/printers.go (printDaemonSet)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.labels import format_labels
from clusterproof.models.kubernetes.printers.pod_templates import CONTAINERS, SELECTOR, age, wide_cells
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COUNTERS = {
    "Desired": "desiredNumberScheduled",
    "Current": "currentNumberScheduled",
    "Ready": "numberReady",
    "Up-to-date": "updatedNumberScheduled",
    "Available": "numberAvailable",
}
"""Column -> the field of the status."""

COLUMNS = always(Column("Name"), *map(Column, COUNTERS), Column("Node Selector"), Column("Age"), *CONTAINERS, SELECTOR)


def print_daemon_set(daemon_set: ApiObject, options: Options) -> Cells:
    """NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE SELECTOR AGE."""
    status = daemon_set.get("status") or {}
    return [
        daemon_set["metadata"]["name"],
        *(status.get(field) or 0 for field in COUNTERS.values()),
        format_labels(daemon_set["spec"]["template"]["spec"].get("nodeSelector")),
        age(daemon_set, options),
        *wide_cells(daemon_set, options),
    ]


DAEMON_SET = Printer(columns=COLUMNS, cells=print_daemon_set)
