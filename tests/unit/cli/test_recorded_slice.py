"""A slice survives the JSON of a trace, so that `replay` runs in the same one."""

from __future__ import annotations

import json

import pytest

from clusterproof.checker.recorded_slice import slice_as_json, slice_from_json
from clusterproof.compiled import Compiled
from clusterproof.models import mini_cluster


def test_a_slice_survives_json() -> None:
    """The same slots, instances and steps come back."""
    whole = Compiled(mini_cluster.system())
    kept = [slot.number for slot in whole.schema.slots if slot.path.startswith("nodes") or slot.path == "serving"]
    chosen = [i for i in whole.instances if i.name in ("renew_lease", "expire_lease", "recover_node")]
    part = whole.sliced(kept, chosen)
    again = slice_from_json(whole, json.loads(json.dumps(slice_as_json(part))))
    row = part.initial_rows()[0]

    assert (again.cut, again.instances) == (part.cut, part.instances)
    assert [step.row for step in again.steps(row).steps] == [step.row for step in part.steps(row).steps]


def test_the_whole_is_no_slice() -> None:
    """A whole system is recorded as none, and data of another form is refused."""
    whole = Compiled(mini_cluster.system())

    assert slice_as_json(whole) is None
    with pytest.raises(KeyError):
        slice_from_json(whole, {"cut": []})
