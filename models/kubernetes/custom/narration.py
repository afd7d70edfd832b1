"""How a cluster with controllers of one's own tells its stories."""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes import narration
from clusterproof.models.kubernetes.state import CREATES, WORK_ITEM, Cluster
from clusterproof.system import ChangedField, Narration

_WORDS = {" process": ("crashed", "running"), " queued": ("no", "yes")}
_STATUS = ".status["


def describe(c: Cluster) -> list[str]:
    """The custom objects of a state and the pods they own, then what every cluster tells."""
    lines = []
    for o, custom_object in c.custom_objects.items():
        if custom_object.exists:
            owned = [p for p, pod in c.pods.items() if pod.owner == o]
            status = ", ".join(f"{name}: {value}" for name, value in custom_object.status.items())
            lines.append(f"{o} {{{status}}}: {len(owned)} pods")
    return lines + narration.describe(c)


def tidy(changes: Sequence[ChangedField]) -> list[ChangedField]:
    """As in every cluster; custom objects go by their kind, their status by its fields."""
    told = []
    for name, path, before, after in narration.tidy(changes):
        kind = name.partition("/")[0]
        if kind == CREATES:
            continue  # the pod that was created is told
        where = f".status.{path.removeprefix(_STATUS).rstrip(']')}" if path.startswith(_STATUS) else path
        words = _WORDS.get(path) if before in ("true", "false") and after in ("true", "false") else None
        if words is not None and (kind == WORK_ITEM or path == " process"):
            before, after = words[before == "true"], words[after == "true"]  # noqa: PLW2901  (the same field, in words)
        told.append((name, where, before, after))
    return told


NARRATION = Narration(describe=describe, tidy=tidy, explain=narration.explain)
"""The narration of clusters with custom objects."""
