"""Parameters of a cluster that a scope may set: how many workers, and some fields of the manifests.

`--set workers=3`, `--set deployment/web.replicas=4`; `clusterproof explore` also takes ranges such as `2..4`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import attrs

from clusterproof.checker.cli.errors import UsageError, unknown
from clusterproof.checker.cli.request import Request

MOST_WORKERS = 100
MOST_REPLICAS = 1000
_KINDS = {
    "deployment": "deployments",
    "replicaset": "replica_sets",
    "statefulset": "stateful_sets",
    "daemonset": "daemon_sets",
    "poddisruptionbudget": "pod_disruption_budgets",
}
_SHORT = {
    "deploy": "deployment",
    "rs": "replicaset",
    "sts": "statefulset",
    "ds": "daemonset",
    "pdb": "poddisruptionbudget",
}
_FIELDS = {
    "deployment": {
        "replicas": "replicas",
        "maxSurge": "max_surge",
        "maxUnavailable": "max_unavailable",
        "minReadySeconds": "min_ready_seconds",
    },
    "replicaset": {"replicas": "replicas", "minReadySeconds": "min_ready_seconds"},
    "statefulset": {
        "replicas": "replicas",
        "partition": "partition",
        "maxUnavailable": "max_unavailable",
        "minReadySeconds": "min_ready_seconds",
    },
    "daemonset": {
        "maxSurge": "max_surge",
        "maxUnavailable": "max_unavailable",
        "minReadySeconds": "min_ready_seconds",
    },
    "poddisruptionbudget": {"minAvailable": "min_available", "maxUnavailable": "max_unavailable"},
}
_PERCENT = re.compile(r"[0-9]{1,3}%", re.ASCII)


def with_parameters(manifests: Any, request: Request) -> Any:
    """The manifests with the fields that the settings of a request name. Raises UsageError for what nobody knows."""
    for key, text in request.settings.items():
        if "/" in key:
            manifests = _with_parameter(manifests, request, key, text)
    return manifests


def _with_parameter(manifests: Any, request: Request, key: str, text: str) -> Any:
    place = request.place("scope", key) or f"--set {key}={text}"
    written, _, rest = key.partition("/")
    name, _, field = rest.rpartition(".")
    kind = _SHORT.get(written.lower(), written.lower())
    if kind not in _KINDS:
        raise unknown("kind with parameters", written, _KINDS, place)
    if field not in _FIELDS[kind]:
        raise unknown(f"parameter of a {kind}", field, _FIELDS[kind], place)
    objects: Sequence[Any] = getattr(manifests, _KINDS[kind])
    names = [_qualified(each) for each in objects]
    if name not in names:
        raise unknown(kind, name, names, place)
    value = _value(field, text, place)
    changed: dict[str, int | str | None] = {_FIELDS[kind][field]: value}
    if kind == "poddisruptionbudget":  # one of the two is given, never both
        changed = {"min_available": None, "max_unavailable": None, **changed}
    found = tuple(
        attrs.evolve(each, **changed) if each_name == name else each
        for each, each_name in zip(objects, names, strict=True)
    )
    return attrs.evolve(manifests, **{_KINDS[kind]: found})


def _qualified(each: Any) -> str:
    from clusterproof.models.kubernetes.scope import qualified

    return qualified(each.metadata.namespace, each.metadata.name)


def _value(field: str, text: str, place: str) -> int | str:
    if _PERCENT.fullmatch(text) and field not in ("replicas", "partition", "minReadySeconds"):
        return text
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) > MOST_REPLICAS:
        raise UsageError(f"{place}: {text!r} is no value for {field}; write a number up to {MOST_REPLICAS}")
    return int(text)


def with_workers(topology: Any, request: Request) -> Any:
    """The topology with as many workers as the setting `workers` says: the first ones, or copies of the last one."""
    text = request.settings.get("workers")
    if text is None:
        return topology
    place = request.place("scope", "workers") or f"--set workers={text}"
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_WORKERS:
        raise UsageError(f"{place}: {text!r} is no number of workers; write one from 1 to {MOST_WORKERS}")
    workers = [node for node in topology.nodes if node.role == "worker"]
    if not workers:
        raise UsageError(f"{place}: the cluster has no worker that could be left out or copied")
    others = [node for node in topology.nodes if node.role != "worker"]
    copies = [_copy(workers[-1], topology.name, number) for number in range(len(workers) + 1, int(text) + 1)]
    kept = [*workers[: int(text)], *copies]
    names = {node.name for node in (*others, *kept)}
    mappings = tuple(mapping for mapping in topology.port_mappings if mapping.node in names)
    return attrs.evolve(topology, nodes=(*others, *kept), port_mappings=mappings)


def _copy(node: Any, cluster: str, number: int) -> Any:
    name = f"{cluster}-worker{number}"
    return attrs.evolve(node, name=name, labels={**node.labels, "kubernetes.io/hostname": name})
