"""Workers that nothing tells apart but their names, so that of placements which differ by them one is enough.

Three pods have a million placements on a hundred workers. Where these are alike, a pod may as well go to one as to
another as long as both are empty; so it goes to the first, and thirteen placements are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
from attrs import define, field

from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes.names import NodeId
from clusterproof.models.kubernetes.objects import NodeSpec
from clusterproof.models.kubernetes.scope import ClusterScope

FEWEST = 4
"""Up to three workers that are alike are told apart: every placement on them is looked at."""

HOSTNAME = "kubernetes.io/hostname"
_ABOUT_NODES = ("nodes", "control_planes", "zone_of", "processes")
_COLLECTIONS = ("nodes", "machines", "proxies", "drains")


def alike_nodes(scope: ClusterScope) -> list[tuple[NodeId, ...]]:
    """The classes of workers that are alike: equal labels, taints and room, and nothing says the name of any.

    Pods of DaemonSets, mapped ports, drains, selectors and what the user may do say names; a reconcile function might.
    """
    if scope.custom_objects:
        return []
    written = [getattr(scope, each.name) for each in attrs.fields(ClusterScope) if each.name not in _ABOUT_NODES]
    text = repr(written)
    classes: dict[str, list[NodeId]] = {}
    for n, spec in scope.nodes.items():
        if n not in scope.control_planes and n not in text:
            classes.setdefault(_kind(spec), []).append(n)
    return [tuple(nodes) for nodes in classes.values() if len(nodes) >= FEWEST]


def _kind(spec: NodeSpec) -> str:
    """Everything about a node but its name."""
    labels = {key: value for key, value in spec.labels.items() if key != HOSTNAME}
    return repr(attrs.evolve(spec, name="", labels=dict(sorted(labels.items()))))


@define(eq=False)
class EmptyNodes:
    """Says which nodes a pod need not try, in a row of a system without faults."""

    compiled: Compiled
    classes: Sequence[tuple[NodeId, ...]]
    _placed: list[int] = field(init=False, factory=list)  # the slots that hold a node's id
    _own: dict[NodeId, list[int]] = field(init=False, factory=dict)  # per node, what is said of it

    def __attrs_post_init__(self) -> None:
        own = {f"{kind}[{n}]": n for nodes in self.classes for n in nodes for kind in _COLLECTIONS}
        for slot in self.compiled.schema.slots:
            head, _, rest = slot.path.partition("]")
            if f"{head}]" in own:
                self._own.setdefault(own[f"{head}]"], []).append(slot.number)
            elif head.startswith(("pods[", "containers[")) and rest in (".node", ".nominated"):
                self._placed.append(slot.number)

    def superfluous(self, row: str) -> frozenset[NodeId]:
        """All but the first of those empty nodes that are alike and of which the same is said."""
        schema = self.compiled.schema
        occupied = {schema.value_at(row, slot) for slot in self._placed}
        return frozenset(n for nodes in self.classes for n in self._later(row, [n for n in nodes if n not in occupied]))

    def _later(self, row: str, empty: Sequence[NodeId]) -> Iterator[NodeId]:
        seen: set[tuple[str, ...]] = set()
        for n in empty:
            said = tuple(row[slot] for slot in self._own.get(n, ()))
            if said in seen:
                yield n
            seen.add(said)
