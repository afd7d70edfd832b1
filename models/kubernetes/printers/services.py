"""Services in a table.

Source: pkg/printers/internalversion/printers.go (printService, getServiceExternalIP, makePortString)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.printers.durations import UNKNOWN
from clusterproof.models.kubernetes.printers.labels import NONE, format_labels
from clusterproof.models.kubernetes.printers.pod_templates import age
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer, always

COLUMNS = always(
    Column("Name"),
    Column("Type"),
    Column("Cluster-IP"),
    Column("External-IP"),
    Column("Port(s)"),
    Column("Age"),
    Column("Selector", wide=True),
)

LOAD_BALANCER_WIDTH = 16


def print_service(service: ApiObject, options: Options) -> Cells:
    """NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE, and with wide SELECTOR."""
    spec = service["spec"]
    addresses = spec.get("clusterIPs") or ()
    return [
        service["metadata"]["name"],
        spec.get("type") or "",
        addresses[0] if addresses else NONE,
        get_service_external_ip(service, wide=options.wide),
        make_port_string(service) or NONE,
        age(service, options),
        *([format_labels(spec.get("selector"))] if options.wide else []),
    ]


SERVICE = Printer(columns=COLUMNS, cells=print_service)


def get_service_external_ip(service: ApiObject, *, wide: bool) -> str:
    """Where a Service is reached from outside, by its type."""
    spec = service["spec"]
    external = list(spec.get("externalIPs") or ())
    if spec.get("type") in ("ClusterIP", "NodePort"):
        return ",".join(external) or NONE
    if spec.get("type") == "LoadBalancer":
        balancer = _load_balancer(service, wide=wide)
        return ",".join(([balancer] if balancer else []) + external) or "<pending>"
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName") or "")
    return UNKNOWN


def _load_balancer(service: ApiObject, *, wide: bool) -> str:
    """The addresses of the load balancer in order, cut short unless wide."""
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    text = ",".join(sorted({each.get("ip") or each.get("hostname") or "" for each in ingress} - {""}))
    if not wide and len(text) > LOAD_BALANCER_WIDTH:
        return text[: LOAD_BALANCER_WIDTH - 3] + "..."
    return text


def make_port_string(service: ApiObject) -> str:
    """`port/protocol`, or `port:nodePort/protocol`, of each port."""
    texts = []
    for port in service["spec"].get("ports") or ():
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        texts.append(f"{port['port']}{node_port}/{port.get('protocol') or ''}")
    return ",".join(texts)
