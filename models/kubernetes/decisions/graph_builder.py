"""How the garbage collector's graph follows what the watches show, and whom it has looked at again.

Source: pkg/controller/garbagecollector/graph_builder.go
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from attrs import Factory, define, frozen

from clusterproof.models.kubernetes.decisions.dependency_graph import (
    Identity,
    Node,
    get_alternate_owner_identity,
    identity_of,
    partition_dependents,
)
from clusterproof.models.kubernetes.decisions.garbage_collector import (
    LiveObject,
    OwnerReference,
    Transition,
    process_transitions,
)


@frozen(kw_only=True)
class GraphEvent:
    """A change that a watch shows; type is add, update or delete. old: the object before an update.

    virtual: not from a watch; the collector has found that the object does not exist.
    """

    type: str
    identity: Identity
    object: LiveObject
    old: LiveObject | None = None
    virtual: bool = False


@define
class GraphBuilder:
    """The graph, its queues, and the owners that are known not to exist.

    invalid_references: dependents that name an owner outside their namespace, for which there is a warning
    OwnerRefInvalidNamespace.
    """

    nodes: dict[str, Node] = Factory(dict)
    graph_changes: deque[GraphEvent] = Factory(deque)
    attempt_to_delete: list[Node] = Factory(list)
    attempt_to_orphan: list[Node] = Factory(list)
    absent_owners: dict[Identity, None] = Factory(dict)
    invalid_references: list[tuple[Identity, OwnerReference]] = Factory(list)

    def process_graph_changes(self) -> None:
        """Take the next change from the queue into the graph. Source: processGraphChanges"""
        event = self.graph_changes.popleft()
        node = self.nodes.get(event.object.uid)
        if node and node.virtual and not event.virtual:
            node = self._observe(node, event.identity)
        if event.type == "delete":
            if node:
                self._process_delete(node, event)
        elif node:
            self._process_update(node, event)
        else:
            self._process_add(event)

    def enqueue(self, *nodes: Node) -> None:
        """Queue nodes for deletion; one that is queued already keeps its place."""
        self.attempt_to_delete += [node for node in dict.fromkeys(nodes) if node not in self.attempt_to_delete]

    def enqueue_virtual_delete_event(self, identity: Identity) -> None:
        """Tell the graph that an object does not exist. Source: enqueueVirtualDeleteEvent"""
        gone = LiveObject(uid=identity.uid)
        self.graph_changes.append(GraphEvent(type="delete", identity=identity, object=gone, virtual=True))

    def _observe(self, node: Node, observed: Identity) -> Node:
        """A virtual node is seen; dependents that name it otherwise are looked at again."""
        if observed != node.identity:
            _, others = partition_dependents(node.dependents, observed)
            for dependent in others:
                if observed.namespace and dependent.identity.namespace != observed.namespace:
                    self._report_invalid_namespace(dependent, observed.uid)
            self.enqueue(*others)
            node = node.clone(observed)
            self.nodes[observed.uid] = node
        node.virtual = False
        return node

    def _process_add(self, event: GraphEvent) -> None:
        node = Node(
            identity=event.identity,
            owners=event.object.owner_references,
            deleting=event.object.deleting,
            deleting_dependents=event.object.deleting_dependents,
        )
        self.nodes[event.object.uid] = node
        self._add_dependent_to_owners(node, node.owners)
        self._start_deletion(node, event)

    def _process_update(self, node: Node, event: GraphEvent) -> None:
        before = {each.uid: each for each in node.owners}
        after = {each.uid: each for each in event.object.owner_references}
        node.owners = event.object.owner_references
        for uid, reference in before.items():
            stays = after.get(uid)
            if reference.block_owner_deletion and not (stays and stays.block_owner_deletion) and uid in self.nodes:
                self.enqueue(self.nodes[uid])
        self._add_dependent_to_owners(node, [each for each in node.owners if each.uid not in before])
        self._remove_dependent_from_owners(node, before.keys() - after.keys())
        node.deleting = node.deleting or event.object.deleting
        self._start_deletion(node, event)

    def _start_deletion(self, node: Node, event: GraphEvent) -> None:
        match process_transitions(event.old, event.object):
            case Transition.ORPHAN_DEPENDENTS:
                self.attempt_to_orphan.append(node)
            case Transition.DELETE_DEPENDENTS:
                node.deleting_dependents = True
                self.enqueue(*node.dependents, node)

    def _process_delete(self, node: Node, event: GraphEvent) -> None:
        if event.virtual and self._keeps(node, event.identity):
            return
        del self.nodes[node.identity.uid]
        self._remove_dependent_from_owners(node, {each.uid for each in node.owners})
        if node.dependents:
            self.absent_owners[event.identity] = None
        owners = [self.nodes[each.uid] for each in node.owners if each.uid in self.nodes]
        self.enqueue(*node.dependents, *(owner for owner in owners if owner.deleting_dependents))

    def _keeps(self, node: Node, absent: Identity) -> bool:
        """Whether a node outlives the news that an object of its uid does not exist under this identity."""
        matching, others = partition_dependents(node.dependents, absent)
        disputed = bool(others) if node.virtual else node.identity != absent
        if not disputed:
            return False
        if matching:
            self.absent_owners[absent] = None
            self.enqueue(*matching)
        alternative = get_alternate_owner_identity(others, absent)
        if node.virtual and node.identity == absent and alternative:
            replacement = node.clone(alternative)
            self.nodes[absent.uid] = replacement
            self.enqueue(replacement)
        return True

    def _add_dependent_to_owners(self, node: Node, references: Iterable[OwnerReference]) -> None:
        """Make the node a dependent of its owners; unknown owners become virtual. Source: addDependentToOwners"""
        doubtful = False
        for reference in references:
            owner = self.nodes.get(reference.uid)
            if owner is None:
                owner = Node(identity=identity_of(reference, node.identity.namespace), virtual=True)
                self.nodes[reference.uid] = owner
                self.enqueue(owner)
            elif not doubtful:
                doubtful = self._is_doubtful(node, reference, owner)
            owner.dependents[node] = None
        if doubtful:
            self.enqueue(node)

    def _is_doubtful(self, node: Node, reference: OwnerReference, owner: Node) -> bool:
        """Whether the reference may mean another object than the owner that has its uid."""
        if owner.identity.namespace == node.identity.namespace:
            return not owner.identity.is_named_by(reference)
        if not owner.identity.namespace:
            return owner.virtual or not owner.identity.is_named_by(reference)
        if not owner.virtual:
            self._report_invalid_namespace(node, reference.uid)
        return True

    def _remove_dependent_from_owners(self, node: Node, uids: Iterable[str]) -> None:
        for uid in uids:
            if uid in self.nodes:
                self.nodes[uid].dependents.pop(node, None)

    def _report_invalid_namespace(self, dependent: Node, uid: str) -> None:
        reference = next((each for each in dependent.owners if each.uid == uid), None)
        if reference:
            self.invalid_references.append((dependent.identity, reference))
