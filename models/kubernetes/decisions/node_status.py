"""The Ready condition that a kubelet reports of its node.

Source: pkg/kubelet/nodestatus/setters.go (ReadyCondition)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import frozen

REQUIRED_CAPACITIES = ("cpu", "memory", "pods", "ephemeral-storage")


@frozen(kw_only=True)
class ReadyCondition:
    """The condition; changed_now: its status differs from before, or there was none."""

    ready: bool
    changed_now: bool
    message: str = ""


def ready_condition(
    capacity: Collection[str], errors: Sequence[str] = (), *, before: bool | None = None
) -> ReadyCondition:
    """Ready unless something on the node reports an error, or the node does not know what it has.

    capacity: the resources whose amount is known. errors: of the runtime, the network, the storage, a shutdown.
    before: the status of the last condition, None without one.
    Source: setters.go, ReadyCondition
    """
    missing = [resource for resource in REQUIRED_CAPACITIES if resource not in capacity]
    found = list(errors)
    if missing:
        found.append(f"missing node capacity for resources: {', '.join(missing)}")
    ready = not found
    return ReadyCondition(ready=ready, changed_now=ready != before, message=f"[{', '.join(found)}]" if found else "")
