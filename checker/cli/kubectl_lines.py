"""What a person at the keyboard sees: the requests kubectl sends (`-v=6`), its tables, and its refusal.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ and staging/src/k8s.io/kubectl/pkg/cmd/util
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


def apply_lines(kind: str, qualified_name: str, *, exists: bool) -> list[str]:
    """The requests of `kubectl apply` for one object: read it, then POST a new one or PATCH what is there."""
    from clusterproof.models.kubernetes.kubectl_client.resources import BY_NAME

    namespace, _, name = qualified_name.rpartition("/")
    collection = BY_NAME[kind.lower()].path(namespace or "default")
    if exists:
        return [f"GET {collection}/{name} 200", f"PATCH {collection}/{name} 200"]
    return [f"GET {collection}/{name} 404", f"POST {collection} 201"]


def get_pods_lines(c: Any, *, namespace: str = "default") -> Iterator[str]:
    """`kubectl get pods`: the request and the table, with the nodes, or the refusal."""
    from clusterproof.models.kubernetes.api_objects.pods import pods

    yield "$ kubectl get pods" + (f" -n {namespace}" if namespace != "default" else "")
    yield from _pods_answer(c, namespace, pods, ("NAME", "READY", "STATUS", "RESTARTS", "NODE"))


def get_control_plane_lines(c: Any) -> Iterator[str]:
    """`kubectl get pods -n kube-system`, as far as the model knows them: the static pods of the control plane."""
    from clusterproof.models.kubernetes.api_objects.static_pods import static_pods

    yield "$ kubectl get pods -n kube-system"
    yield from _pods_answer(c, "kube-system", static_pods, ("NAME", "READY", "STATUS", "RESTARTS"))


def refusal(c: Any) -> str:
    """What kubectl says where no API server answers; empty where one does."""
    from clusterproof.models.kubernetes.api_objects.instant import Instant
    from clusterproof.models.kubernetes.kubectl_client.client import Client

    return Client(instant=Instant(cluster=c), namespace=None).refusal()


def _pods_answer(c: Any, namespace: str, listed: Callable[[Any], Iterator[Any]], shown: Sequence[str]) -> Iterator[str]:
    """The pods of a namespace, in the columns that a story has room for."""
    from clusterproof.models.kubernetes.api_objects.instant import Instant
    from clusterproof.models.kubernetes.printers.pods import POD
    from clusterproof.models.kubernetes.printers.table import Options, lay_out

    instant = Instant(cluster=c)
    if refused := refusal(c):
        yield refused
        return
    yield f"GET /api/v1/namespaces/{namespace}/pods?limit=500 200"
    wide = Options(wide=True)
    rows = [POD.cells(pod, wide) for pod in listed(instant) if pod["metadata"]["namespace"] == namespace]
    columns = [POD.headings(wide).index(name) for name in shown]
    yield from lay_out([shown, *([row[column] for column in columns] for row in rows)])


def curl_lines(c: Any) -> Iterator[str]:
    """What the mapped ports of the host answer."""
    for mapping in c.scope.port_mappings:
        services = [s for s, service in c.scope.services.items() if _has_port(service, mapping)]
        for s in services:
            address = mapping.listen_address if mapping.listen_address not in ("", "0.0.0.0") else "127.0.0.1"  # noqa: S104
            yield f"$ curl http://{address}:{mapping.host_port}/"
            yield _answer(c, mapping.node, s)


def _has_port(service: Any, mapping: Any) -> bool:
    return any(port.node_port == mapping.container_port for port in service.ports)


def _answer(c: Any, node: str, service: str) -> str:
    if not c.machines[node].up:
        return f"no answer: {node}, where the port leads, is down"
    endpoints = list(c.proxies[node].rules[service])
    live = [p for p in endpoints if p in c.containers and c.containers[p].state.value == "running"]
    if not live:
        return f"no answer: no live endpoint is programmed on {node}"
    dead = len(endpoints) - len(live)
    return f"200 OK, from one of {', '.join(live)}" + (f" ({dead} more endpoints are dead)" if dead else "")
