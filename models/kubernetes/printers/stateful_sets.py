"""StatefulSets in a table.

Source: pkg/printers/internalversion/printers.go (printStatefulSet)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.pod_templates import CONTAINERS, age, layout_container_cells
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(Column("Name"), Column("Ready"), Column("Age"), *CONTAINERS)


def print_stateful_set(stateful_set: ApiObject, options: Options) -> Cells:
    """NAME READY AGE; READY is ready/desired."""
    ready = (stateful_set.get("status") or {}).get("readyReplicas") or 0
    return [
        stateful_set["metadata"]["name"],
        f"{ready}/{stateful_set['spec'].get('replicas') or 0}",
        age(stateful_set, options),
        *(layout_container_cells(stateful_set) if options.wide else ()),
    ]


STATEFUL_SET = Printer(columns=COLUMNS, cells=print_stateful_set)
