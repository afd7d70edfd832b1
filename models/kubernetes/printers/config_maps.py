"""ConfigMaps in a table.

Source: pkg/printers/internalversion/printers.go (printConfigMap)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(*map(Column, ("Name", "Data", "Age")))


def print_config_map(config_map: ApiObject, options: Options) -> Cells:
    """NAME DATA AGE; DATA counts the entries."""
    entries = len(config_map.get("data") or ()) + len(config_map.get("binaryData") or ())
    return [config_map["metadata"]["name"], entries, age(config_map, options)]


CONFIG_MAP = Printer(columns=COLUMNS, cells=print_config_map)
