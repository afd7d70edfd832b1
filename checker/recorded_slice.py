"""Which slice of a system a trace was found in, as JSON, so that `replay` can cut the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterproof.compiled import Compiled


def slice_as_json(part: Compiled) -> dict[str, Any] | None:
    """The slots, instances and id types without names of a slice; None of a whole system."""
    if not part.cut:
        return None
    return {
        "cut": sorted(part.cut),
        "instances": [str(instance) for instance in part.instances],
        "nameless": sorted(hint.__name__ for hint in part.nameless),
    }


def slice_from_json(whole: Compiled, data: Mapping[str, Any]) -> Compiled:
    """Cut the slice out of the same system again. Raises KeyError or TypeError for data of another form."""
    cut, names, nameless = set(data["cut"]), set(data["instances"]), set(data["nameless"])
    return whole.sliced(
        [slot.number for slot in whole.schema.slots if slot.number not in cut],
        [instance for instance in whole.instances if str(instance) in names],
        frozenset(hint for hint in whole.schema.universes if getattr(hint, "__name__", "") in nameless),
    )
