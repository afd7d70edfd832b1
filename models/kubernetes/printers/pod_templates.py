"""The containers of a workload's pod template, in two cells.

Source: pkg/printers/internalversion/printers.go (layoutContainerCells)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.durations import translate_timestamp_since
from clusterproof.models.kubernetes.printers.labels import format_label_selector
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options

CONTAINERS = (Column("Containers", wide=True), Column("Images", wide=True))
SELECTOR = Column("Selector", wide=True)


def layout_container_cells(workload: ApiObject) -> Cells:
    """The names, and the images, of a template's containers."""
    containers = ((workload["spec"].get("template") or {}).get("spec") or {}).get("containers") or ()
    return [",".join(c.get("name", "") for c in containers), ",".join(c.get("image", "") for c in containers)]


def wide_cells(workload: ApiObject, options: Options) -> Cells:
    """The wide columns of most workloads: containers, images, selector."""
    if not options.wide:
        return []
    return [*layout_container_cells(workload), format_label_selector(workload["spec"].get("selector"))]


def age(printed: ApiObject, options: Options) -> str:
    """How long ago an object was created."""
    return translate_timestamp_since(printed["metadata"].get("creationTimestamp"), options.now)
