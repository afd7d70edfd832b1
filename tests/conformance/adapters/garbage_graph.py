"""Stories of the garbage collector's graph: what the apiserver has, what a watch shows, and what the worker asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import Factory, define, evolve

from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.decisions.dependency_graph import Identity, Node, identity_of
from clusterproof.models.kubernetes.decisions.garbage_collector import LiveObject, NotReadError, OwnerReference
from clusterproof.models.kubernetes.decisions.garbage_processor import attempt_to_delete_worker
from clusterproof.models.kubernetes.decisions.graph_builder import GraphBuilder, GraphEvent

from .conversion import Expect, Given

CLUSTER_SCOPED = frozenset({"Node"})
NOT_SERVED = frozenset({"extensions/v1beta1"})
GO_SELECTORS = {"UID": "deploymentuid1"}
"""The table has the last name of a selector (deployment1apps.UID, of upstream's fixture), not its value."""

Step = Mapping[str, Any]


def conflicting_data(given: Given, expect: Expect) -> object:
    """Tell the story; every step that asserts is compared, and the last one again as the final state."""
    story, last = _Story(), {}
    for step in given["steps"]:
        if step["op"] == "assert":
            last = story.state()
            assert last == _normal(step["state"])
        else:
            STEPS[step["op"]](story, step)
    assert last == _normal(expect["finalState"])
    return expect


@define
class _Story:
    """The collector and the apiserver; the client of the collector notes its requests as upstream's fake does."""

    graph: GraphBuilder = Factory(GraphBuilder)
    stored: dict[Identity, LiveObject] = Factory(dict)
    requests: list[str] = Factory(list)
    warned: int = 0

    def state(self) -> dict[str, Any]:
        """What upstream's test compares; requests and warnings since it was asked last."""
        graph = self.graph
        found = {
            "absentOwnerCache": sorted(map(_written, graph.absent_owners)),
            "clientActions": self.requests,
            "events": [_warning(*each) for each in graph.invalid_references[self.warned :]],
            "graphNodes": _nodes(graph.nodes.values()),
            "pendingAttemptToDelete": [(_written(node.identity), node.virtual) for node in graph.attempt_to_delete],
            "pendingGraphChanges": [(_type(event), _written(event.identity)) for event in graph.graph_changes],
        }
        self.requests, self.warned = [], len(graph.invalid_references)
        return found

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        if api_version in NOT_SERVED:
            raise NotReadError(api_version)
        return kind not in CLUSTER_SCOPED

    def get(self, identity: Identity) -> LiveObject | None:
        self._note("get", identity)
        return next((found for key, found in self.stored.items() if evolve(key, uid=identity.uid) == identity), None)

    def remove_references(self, identity: Identity, indexes: tuple[int, ...]) -> None:
        self._note("patch", identity)

    def unblock_references(self, identity: Identity) -> None:
        self._note("patch", identity)

    def remove_foreground_finalizer(self, identity: Identity) -> None:
        self._note("patch", identity)

    def delete(self, identity: Identity, policy: PropagationPolicy) -> None:
        self._note("delete", identity)

    def _note(self, verb: str, identity: Identity) -> None:
        version = identity.api_version if "/" in identity.api_version else f"/{identity.api_version}"
        namespace = f" ns={identity.namespace}" if identity.namespace else ""
        resource = f"{version}, Resource={identity.kind.lower()}s"
        self.requests.append(f"{verb} {resource}{namespace} name={identity.name}")


def _store(story: _Story, step: Step) -> None:
    story.stored[_identity(step["object"])] = _object(step)


def _remove(story: _Story, step: Step) -> None:
    coordinates = (step["resource"], step["namespace"], step["name"])
    gone = [each for each in story.stored if (f"{each.kind.lower()}s", each.namespace, each.name) == coordinates]
    for identity in gone:
        del story.stored[identity]


def _process_event(story: _Story, step: Step) -> None:
    assert not story.graph.graph_changes
    _event_arrives(story, step)
    story.graph.process_graph_changes()


def _event_arrives(story: _Story, step: Step) -> None:
    """Upstream's step insertEvent: the event comes before those that wait."""
    event = GraphEvent(type=step["type"], identity=_identity(step["object"]), object=_object(step))
    story.graph.graph_changes.appendleft(event)


def _process_changes(story: _Story, step: Step) -> None:
    for _ in range(step["items"]):
        story.graph.process_graph_changes()


def _process_queue(story: _Story, step: Step) -> None:
    for _ in range(step["items"]):
        attempt_to_delete_worker(story.graph, story)


STEPS: Mapping[str, Callable[[_Story, Step], None]] = {
    "apiserver has object": _store,
    "apiserver object removed": _remove,
    "graph builder processes event": _process_event,
    "event arrives": _event_arrives,
    "process pending graph changes": _process_changes,
    "process attemptToDelete queue": _process_queue,
}


def _identity(text: str) -> Identity:
    """As the table writes it: apiVersion/Kind namespace/name uid=uid, where - is no namespace."""
    found = re.fullmatch(r"(\S+)/(\w+) ([^/\s]+)/(\S+) uid=(\S*)", text)
    assert found, text
    api_version, kind, namespace, name, uid = found.groups()
    return Identity(
        api_version=api_version,
        kind=kind,
        namespace="" if namespace == "-" else namespace,
        name=name,
        uid=GO_SELECTORS.get(uid, uid),
    )


def _object(step: Step) -> LiveObject:
    references = tuple(_reference(_identity(each)) for each in step.get("ownerRefs") or ())
    return LiveObject(uid=_identity(step["object"]).uid, owner_references=references)


def _reference(identity: Identity) -> OwnerReference:
    return OwnerReference(uid=identity.uid, api_version=identity.api_version, kind=identity.kind, name=identity.name)


def _written(identity: Identity) -> str:
    return f"{identity.api_version}/{identity.kind} {identity.namespace or '-'}/{identity.name} uid={identity.uid}"


def _owner(identity: Identity) -> str:
    """An owner reference has no namespace, whatever the table writes."""
    return _written(evolve(identity, namespace=""))


def _type(event: GraphEvent) -> str:
    return f"virtual {event.type}" if event.virtual else event.type


def _nodes(nodes: Iterable[Node]) -> list[Any]:
    return sorted(
        (
            _written(node.identity),
            node.virtual,
            [_written(identity_of(owner, "")) for owner in node.owners],
        )
        for node in nodes
    )


def _warning(dependent: Identity, reference: OwnerReference) -> str:
    owner = f"[{reference.api_version}/{reference.kind}, namespace: {dependent.namespace}, name: {reference.name}"
    involved = f"involvedObject{{kind={dependent.kind},apiVersion={dependent.api_version}}}"
    return (
        f"Warning OwnerRefInvalidNamespace ownerRef {owner}, uid: {reference.uid}] "
        f'does not exist in namespace "{dependent.namespace}" {involved}'
    )


def _normal(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state of the table in the shape of `state`; what it does not name is empty."""

    def written(text: str) -> str:
        return _written(_identity(text))

    return {
        "absentOwnerCache": sorted(map(written, state.get("absentOwnerCache") or ())),
        "clientActions": list(state.get("clientActions") or ()),
        "events": list(state.get("events") or ()),
        "graphNodes": sorted(
            (written(each["id"]), each["virtual"], [_owner(_identity(owner)) for owner in each.get("owners") or ()])
            for each in state.get("graphNodes") or ()
        ),
        "pendingAttemptToDelete": [
            (written(each["id"]), each["virtual"]) for each in state.get("pendingAttemptToDelete") or ()
        ],
        "pendingGraphChanges": [
            (each["type"], written(each["object"])) for each in state.get("pendingGraphChanges") or ()
        ],
    }
