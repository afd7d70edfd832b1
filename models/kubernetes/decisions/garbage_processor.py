"""The garbage collector's worker: takes an item from the queue, reads what is stored, and carries out the decision.

Source: pkg/controller/garbagecollector/garbagecollector.go
"""

from __future__ import annotations

from typing import Protocol

from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.decisions.dependency_graph import Identity, Node, blocks, identity_of
from clusterproof.models.kubernetes.decisions.garbage_collector import (
    Action,
    Decision,
    LiveObject,
    NamespacedOwnerOfClusterScopedObjectError,
    OwnerReference,
    ReferenceState,
    attempt_to_delete_item,
    classify_reference,
)
from clusterproof.models.kubernetes.decisions.graph_builder import GraphBuilder


class Client(Protocol):
    """The requests that the collector makes; a cluster-scoped object has the namespace ""."""

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of this kind are in namespaces; raises NotReadError for a kind that is not served."""
        ...

    def get(self, identity: Identity) -> LiveObject | None:
        """The object of this kind and name, whatever its uid; raises NotReadError."""
        ...

    def remove_references(self, identity: Identity, indexes: tuple[int, ...]) -> None:
        """PATCH away some of the object's owner references."""
        ...

    def unblock_references(self, identity: Identity) -> None:
        """PATCH the object's owner references so that they block no owner."""
        ...

    def remove_foreground_finalizer(self, identity: Identity) -> None:
        """PATCH away the finalizer foregroundDeletion."""
        ...

    def delete(self, identity: Identity, policy: PropagationPolicy) -> None:
        """DELETE the object, if it has this uid."""
        ...


def attempt_to_delete_worker(graph: GraphBuilder, client: Client) -> None:
    """Process the next item of the queue.

    An item that could not be read, and a virtual node that exists after all, are queued again: a watch will show it.
    Source: attemptToDeleteWorker
    """
    node = graph.attempt_to_delete.pop(0)
    known = graph.nodes.get(node.identity.uid)
    if node.virtual and (known is None or not known.virtual):
        return
    decision = attempt_to_delete_item(
        node.as_item(),
        lambda: _get(client, node.identity),
        lambda reference: classify(graph, client, node.identity.namespace, reference),
    )
    _carry_out(decision, node, graph, client)
    final = decision.action in (Action.VIRTUAL_DELETE_EVENT, Action.UNRESOLVABLE)
    if decision.retry or (node.virtual and not final):
        graph.enqueue(node)


def classify(graph: GraphBuilder, client: Client, namespace: str, reference: OwnerReference) -> ReferenceState:
    """What a reference is worth that an object in this namespace holds; an absent owner is remembered.

    Raises NotReadError and NamespacedOwnerOfClusterScopedObjectError. Source: isDangling
    """
    if any(identity_of(reference, each) in graph.absent_owners for each in ("", namespace)):
        return ReferenceState.DANGLING
    namespaced = client.is_namespaced(reference.api_version, reference.kind)
    if namespaced and not namespace:
        raise NamespacedOwnerOfClusterScopedObjectError
    identity = identity_of(reference, namespace if namespaced else "")
    state = classify_reference(reference.uid, client.get(identity))
    if state is ReferenceState.DANGLING:
        graph.absent_owners[identity] = None
    return state


def _get(client: Client, identity: Identity) -> LiveObject | None:
    """Read an item. Source: getObject"""
    if client.is_namespaced(identity.api_version, identity.kind) and not identity.namespace:
        raise NamespacedOwnerOfClusterScopedObjectError
    return client.get(identity)


def _carry_out(decision: Decision, node: Node, graph: GraphBuilder, client: Client) -> None:
    identity = node.identity
    match decision.action:
        case Action.VIRTUAL_DELETE_EVENT:
            graph.enqueue_virtual_delete_event(identity)
        case Action.PATCH:
            client.remove_references(identity, decision.removed_references)
        case Action.DELETE:
            if decision.unblock:
                client.unblock_references(identity)
            assert decision.propagation is not None
            client.delete(identity, decision.propagation)
        case Action.ENQUEUE_DEPENDENTS:
            graph.enqueue(*(each for each in node.dependents if blocks(each, node) and not each.deleting_dependents))
        case Action.REMOVE_FOREGROUND_FINALIZER:
            client.remove_foreground_finalizer(identity)
