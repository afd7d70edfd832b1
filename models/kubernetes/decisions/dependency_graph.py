"""The garbage collector's graph of owners and dependents: its nodes, and how dependents name an owner.

An owner that has been named but not seen is a *virtual* node: somebody has to look whether it exists. Objects may
name the same uid in different ways; then the ways are tried one after the other.
Source: pkg/controller/garbagecollector/{graph,graph_builder}.go
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, evolve, field, frozen

from clusterproof.models.kubernetes.decisions.garbage_collector import (
    Dependent,
    Item,
    OwnerReference,
)


@frozen(kw_only=True)
class Identity:
    """Kind, name and uid of an object; namespace is empty for a cluster-scoped one. Source: objectReference"""

    kind: str
    api_version: str
    namespace: str
    name: str
    uid: str

    @property
    def order(self) -> tuple[str, ...]:
        """Kind and version come before the namespace. Source: referenceLessThan"""
        return self.kind, self.api_version, self.namespace, self.name, self.uid

    def is_named_by(self, reference: OwnerReference) -> bool:
        """Whether a reference gives this kind, version, name and uid. Source: ownerReferenceMatchesCoordinates"""
        return evolve(self, namespace="") == identity_of(reference, "")


def identity_of(reference: OwnerReference, namespace: str) -> Identity:
    """The owner that a reference names, in the dependent's namespace."""
    return Identity(
        api_version=reference.api_version,
        kind=reference.kind,
        namespace=namespace,
        name=reference.name,
        uid=reference.uid,
    )


@define(eq=False, kw_only=True)
class Node:
    """An object in the graph; virtual until a watch has shown it. Two nodes of one object are different nodes."""

    identity: Identity
    owners: tuple[OwnerReference, ...] = ()
    virtual: bool = False
    deleting: bool = False
    deleting_dependents: bool = False
    dependents: dict[Node, None] = field(factory=dict, repr=False)

    def clone(self, identity: Identity) -> Node:
        """The same node under another identity; whoever holds the old one keeps it."""
        return evolve(self, identity=identity, dependents=dict(self.dependents))

    def as_item(self) -> Item:
        """What the collector decides on."""
        return Item(
            uid=self.identity.uid,
            deleting=self.deleting,
            deleting_dependents=self.deleting_dependents,
            dependents=tuple(
                Dependent(blocks_owner=blocks(each, self), deleting_dependents=each.deleting_dependents)
                for each in self.dependents
            ),
        )


def blocks(dependent: Node, owner: Node) -> bool:
    """Whether a foreground deletion of the owner waits for this dependent. Source: graph.go, blockingDependents"""
    return any(each.uid == owner.identity.uid and bool(each.block_owner_deletion) for each in dependent.owners)


def partition_dependents(dependents: Iterable[Node], owner: Identity) -> tuple[list[Node], list[Node]]:
    """The dependents that name exactly this owner, and those that name its uid otherwise; one can be both.

    Source: partitionDependents
    """
    matching, others = [], []
    for dependent in dependents:
        if owner.namespace and owner.namespace != dependent.identity.namespace:
            others.append(dependent)
            continue
        named = [owner.is_named_by(each) for each in dependent.owners if each.uid == owner.uid]
        if any(named):
            matching.append(dependent)
        if not all(named):
            others.append(dependent)
    return matching, others


def get_alternate_owner_identity(dependents: Iterable[Node], absent: Identity) -> Identity | None:
    """Another identity that the dependents give to this uid: the next in order after the absent one, else the first.

    Source: getAlternateOwnerIdentity
    """
    found = set()
    for dependent in dependents:
        for reference in dependent.owners:
            if reference.uid != absent.uid:
                continue
            identity = identity_of(reference, dependent.identity.namespace)
            cluster_scoped = not absent.namespace and identity.kind == absent.kind
            if cluster_scoped and identity.api_version == absent.api_version:
                identity = evolve(identity, namespace="")
            found.add(identity)
    others = {each.order: each for each in found if each != absent}
    behind = [order for order in others if order > absent.order]
    return others[min(behind or list(others))] if others else None
