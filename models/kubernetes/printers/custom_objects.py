"""Objects of custom kinds in a table, where their definition adds no columns.

Source: staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/tableconvertor
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(Column("Name"), Column("Age"))


def print_custom_object(custom_object: ApiObject, options: Options) -> Cells:
    """NAME AGE."""
    return [custom_object["metadata"]["name"], age(custom_object, options)]


CUSTOM_OBJECT = Printer(columns=COLUMNS, cells=print_custom_object)
