"""Nodes in a table.

Source: pkg/printers/internalversion/printers.go (printNode, findNodeRoles)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.durations import UNKNOWN
from clusterproof.models.kubernetes.printers.labels import NONE
from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(
    Column("Name"),
    Column("Status"),
    Column("Roles"),
    Column("Age"),
    Column("Version"),
    Column("Internal-IP", wide=True),
    Column("External-IP", wide=True),
    Column("OS-Image", wide=True),
    Column("Kernel-Version", wide=True),
    Column("Container-Runtime", wide=True),
)

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE_LABEL = "kubernetes.io/role"


def print_node(node: ApiObject, options: Options) -> Cells:
    """NAME STATUS ROLES AGE VERSION; a node whose Ready condition is Unknown prints NotReady, too."""
    status = node.get("status") or {}
    facts = status.get("nodeInfo") or {}
    cells: Cells = [
        node["metadata"]["name"],
        _status(node),
        ",".join(find_node_roles(node)) or NONE,
        age(node, options),
        facts.get("kubeletVersion") or "",
    ]
    if options.wide:
        cells += [_address(node, "InternalIP"), _address(node, "ExternalIP")]
        cells += [facts.get(name) or UNKNOWN for name in ("osImage", "kernelVersion", "containerRuntimeVersion")]
    return cells


NODE = Printer(columns=COLUMNS, cells=print_node)


def _status(node: ApiObject) -> str:
    conditions = {c.get("type"): c.get("status") for c in (node.get("status") or {}).get("conditions") or ()}
    words = ["Unknown"]
    if "Ready" in conditions:
        words = ["Ready" if conditions["Ready"] == "True" else "NotReady"]
    if (node.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def find_node_roles(node: ApiObject) -> list[str]:
    """The roles that the labels of a node give it, in order."""
    roles = set()
    for key, value in (node["metadata"].get("labels") or {}).items():
        if key.startswith(ROLE_PREFIX):
            roles.add(key.removeprefix(ROLE_PREFIX))
        elif key == ROLE_LABEL:
            roles.add(value)
    return sorted(roles - {""})


def _address(node: ApiObject, kind: str) -> str:
    addresses = (node.get("status") or {}).get("addresses") or ()
    return next((each["address"] for each in addresses if each["type"] == kind), NONE)
