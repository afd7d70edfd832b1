"""What a person at the keyboard sees: the requests kubectl sends (`-v=6`), its tables, and its refusal.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ and staging/src/k8s.io/kubectl/pkg/cmd/util
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

API_SERVER = "127.0.0.1:6443"
REFUSED = f"The connection to the server {API_SERVER} was refused - did you specify the right host or port?"

_COLLECTIONS = {
    "Deployment": ("/apis/apps/v1", "deployments"),
    "ReplicaSet": ("/apis/apps/v1", "replicasets"),
    "Pod": ("/api/v1", "pods"),
    "Service": ("/api/v1", "services"),
    "ConfigMap": ("/api/v1", "configmaps"),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets"),
}


def apply_lines(kind: str, qualified_name: str, *, exists: bool) -> list[str]:
    """The requests of `kubectl apply` for one object: read it, then POST a new one or PATCH what is there."""
    namespace, _, name = qualified_name.rpartition("/")
    group, plural = _COLLECTIONS[kind]
    collection = f"{group}/namespaces/{namespace or 'default'}/{plural}"
    if exists:
        return [f"GET {collection}/{name} 200", f"PATCH {collection}/{name} 200"]
    return [f"GET {collection}/{name} 404", f"POST {collection} 201"]


def get_pods_lines(c: Any, *, serving: bool, namespace: str = "default") -> Iterator[str]:
    """`kubectl get pods`: the request and the table, or the refusal."""
    yield "$ kubectl get pods" + (f" -n {namespace}" if namespace != "default" else "")
    if not serving:
        yield REFUSED
        return
    yield f"GET /api/v1/namespaces/{namespace}/pods?limit=500 200"
    yield from table(_pod_rows(c, namespace))


def _pod_rows(c: Any, namespace: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("NAME", "READY", "STATUS", "RESTARTS", "NODE")]
    for p, pod in c.pods.items():
        if c.scope.namespace(p, pod.owner) == namespace:
            status = "Terminating" if pod.deleting else pod.phase.value
            name = p.rpartition("/")[2]
            rows.append((name, f"{int(pod.ready)}/1", status, str(pod.restarts), pod.node or "<none>"))
    return rows


def get_control_plane_lines(c: Any, *, serving: bool) -> Iterator[str]:
    """`kubectl get pods -n kube-system`, as far as the model knows them: the static pods of the control plane."""
    yield "$ kubectl get pods -n kube-system"
    if not serving:
        yield REFUSED
        return
    yield "GET /api/v1/namespaces/kube-system/pods?limit=500 200"
    rows: list[tuple[str, ...]] = [("NAME", "READY", "STATUS", "RESTARTS")]
    for s, pod in c.static_pods.items():
        rows.append((s, f"{int(pod.running)}/1", "Running" if pod.running else "Completed", str(pod.restarts)))
    yield from table(rows)


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as columns, three blanks apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


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
