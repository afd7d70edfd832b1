"""ReplicaSets in a table.

Source: pkg/printers/internalversion/printers.go (printReplicaSet)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.pod_templates import CONTAINERS, SELECTOR, age, wide_cells
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(
    Column("Name"), Column("Desired"), Column("Current"), Column("Ready"), Column("Age"), *CONTAINERS, SELECTOR
)


def print_replica_set(replica_set: ApiObject, options: Options) -> Cells:
    """NAME DESIRED CURRENT READY AGE."""
    status = replica_set.get("status") or {}
    return [
        replica_set["metadata"]["name"],
        replica_set["spec"].get("replicas") or 0,
        status.get("replicas") or 0,
        status.get("readyReplicas") or 0,
        age(replica_set, options),
        *wide_cells(replica_set, options),
    ]


REPLICA_SET = Printer(columns=COLUMNS, cells=print_replica_set)
