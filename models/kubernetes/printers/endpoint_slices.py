"""EndpointSlices in a table.

Source: pkg/printers/internalversion/printers.go (printEndpointSlice, formatDiscoveryPorts, formatDiscoveryEndpoints)
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(*map(Column, ("Name", "AddressType", "Ports", "Endpoints", "Age")))

MOST_SHOWN = 3


def print_endpoint_slice(endpoint_slice: ApiObject, options: Options) -> Cells:
    """NAME ADDRESSTYPE PORTS ENDPOINTS AGE; endpoints are listed whatever their conditions."""
    ports = [str(p.get("port") or p.get("name") or "*") for p in endpoint_slice.get("ports") or ()]
    addresses = [a for e in endpoint_slice.get("endpoints") or () for a in e.get("addresses") or ()]
    return [
        endpoint_slice["metadata"]["name"],
        endpoint_slice.get("addressType") or "",
        list_with_more_string(ports),
        list_with_more_string(addresses),
        age(endpoint_slice, options),
    ]


ENDPOINT_SLICE = Printer(columns=COLUMNS, cells=print_endpoint_slice)


def list_with_more_string(items: Sequence[str]) -> str:
    """The first three, and how many more there are; `<unset>` for none."""
    shown = ",".join(items[:MOST_SHOWN]) or "<unset>"
    more = len(items) - MOST_SHOWN
    return f"{shown} + {more} more..." if more > 0 else shown
