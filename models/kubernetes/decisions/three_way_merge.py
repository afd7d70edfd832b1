"""What `kubectl apply` makes of the last-applied configuration, the live object and the new manifest.

Objects are JSON-like: dicts, lists and scalars. Fields that only the live object has are kept, fields that were applied
before and are gone from the manifest are removed, the manifest wins over the rest. A null in the manifest removes.
Source: staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go, CreateThreeWayMergePatch;
patchStrategy and patchMergeKey in staging/src/k8s.io/api/{core,apps}/v1/types.go
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = Any

_MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "resourceClaims": "name",
    "conditions": "type",
    "ownerReferences": "uid",
    "secrets": "name",
}
"""Lists of objects that are merged by key; every other list (command, args, tolerations...) is replaced."""

_MERGE_KEYS_BELOW = {
    ("containers", "ports"): "containerPort",
    ("initContainers", "ports"): "containerPort",
    ("ephemeralContainers", "ports"): "containerPort",
    ("spec", "ports"): "port",
}
"""A list whose key depends on what holds it: a container's ports and a Service's."""

_MERGED_SETS = frozenset({"finalizers"})
_RETAIN_KEYS = frozenset({"strategy", "volumes"})
"""Unions: what the manifest does not name is dropped, even where only the live object had it."""


def three_way_merge(last_applied: Json, live: Json, new: Json, *, strategic: bool = True) -> dict[str, Json]:
    """The object that `kubectl apply` asks for.

    last_applied: None when the live object lacks the annotation; nothing is removed then. strategic: False for custom
    resources, whose lists are replaced (a JSON merge patch).
    Source: staging/src/k8s.io/kubectl/pkg/cmd/apply/patcher.go
    """
    return _merge_maps(last_applied or {}, live or {}, new or {}, "", strategic)


def _merge_maps(
    last: Mapping[str, Json], live: Mapping[str, Json], new: Mapping[str, Json], holder: str, strategic: bool
) -> dict[str, Json]:
    retained = strategic and holder in _RETAIN_KEYS
    merged = {
        key: value
        for key, value in live.items()
        if (key in new or (key not in last and not retained)) and not (key in new and new[key] is None)
    }
    for key, value in new.items():
        if value is not None:
            merged[key] = _merge_values(last.get(key), live.get(key), value, holder, key, strategic)
    return merged


def _merge_values(last: Json, live: Json, new: Json, holder: str, field: str, strategic: bool) -> Json:
    if isinstance(new, Mapping):
        return _merge_maps(_mapping(last), _mapping(live), new, field, strategic)
    if not strategic or not isinstance(new, Sequence) or isinstance(new, str):
        return new
    if field in _MERGED_SETS:
        return _merge_sets(_sequence(last), _sequence(live), new)
    key = _MERGE_KEYS_BELOW.get((holder, field)) or _MERGE_KEYS.get(field)
    if key is None:
        return list(new)
    return _merge_lists(_sequence(last), _sequence(live), new, field, key)


def _merge_lists(last: Sequence[Json], live: Sequence[Json], new: Sequence[Json], field: str, key: str) -> list[Json]:
    by_last, by_live = _keyed(last, key), _keyed(live, key)
    wanted = {
        name: _merge_maps(by_last.get(name, {}), by_live.get(name, {}), item, field, True)
        for name, item in _keyed(new, key).items()
    }
    kept = {name: item for name, item in by_live.items() if name not in wanted and name not in by_last}
    return [wanted.get(name, kept.get(name)) for name in _element_order(list(wanted), list(kept), list(by_live))]


def _element_order(wanted: list[Json], kept: list[Json], live: list[Json]) -> list[Json]:
    """The manifest's order, with what only the live object has kept at its place among the live elements.

    Source: patch.go, mergeSortedSlice
    """
    position = {name: index for index, name in enumerate(live)}
    ordered: list[Json] = []
    remaining = list(kept)
    for name in wanted:
        while remaining and name in position and position[remaining[0]] < position[name]:
            ordered.append(remaining.pop(0))
        ordered.append(name)
    return ordered + remaining


def _merge_sets(last: Sequence[Json], live: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    kept = [item for item in live if item not in new and item not in last]
    wanted = [item for index, item in enumerate(new) if item not in new[:index]]
    return _element_order(wanted, kept, list(live))


def _keyed(items: Sequence[Json], key: str) -> dict[Json, Mapping[str, Json]]:
    return {item.get(key): item for item in items if isinstance(item, Mapping)}


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
