"""The garbage collector's graph, and the worker that empties its queue against a small apiserver."""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, evolve
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.decisions.deletion import FOREGROUND_FINALIZER, ORPHAN_FINALIZER, PropagationPolicy
from clusterproof.models.kubernetes.decisions.dependency_graph import Identity, get_alternate_owner_identity
from clusterproof.models.kubernetes.decisions.garbage_collector import (
    LiveObject,
    OwnerReference,
    unblock_owner_references,
)
from clusterproof.models.kubernetes.decisions.garbage_processor import attempt_to_delete_worker
from clusterproof.models.kubernetes.decisions.graph_builder import GraphBuilder, GraphEvent

ENOUGH = 50


def identity(name: str, namespace: str = "ns", kind: str = "Pod") -> Identity:
    """An object whose uid is its name."""
    return Identity(kind=kind, api_version="v1", namespace=namespace, name=name, uid=name)


def reference(name: str, kind: str = "Pod") -> OwnerReference:
    """A blocking reference to such an object."""
    return OwnerReference(uid=name, api_version="v1", kind=kind, name=name, block_owner_deletion=True)


def stored(name: str, *owners: str, **more: Any) -> LiveObject:
    """Such an object, with its owners."""
    return LiveObject(uid=name, owner_references=tuple(map(reference, owners)), **more)


@define
class ApiServer:
    """Pods of one namespace; whatever changes is shown to the graph at once."""

    graph: GraphBuilder = Factory(GraphBuilder)
    pods: dict[str, LiveObject] = Factory(dict)

    def put(self, pod: LiveObject) -> None:
        """Create or update a pod; one that is being deleted goes with its last finalizer."""
        old = self.pods.get(pod.uid)
        if pod.deleting and not pod.finalizers:
            self.pods.pop(pod.uid, None)
            self._show("delete", pod, old)
        else:
            self.pods[pod.uid] = pod
            self._show("update" if old else "add", pod, old)

    def _show(self, kind: str, pod: LiveObject, old: LiveObject | None) -> None:
        self.graph.graph_changes.append(GraphEvent(type=kind, identity=identity(pod.uid), object=pod, old=old))
        self.settle_graph()

    def settle_graph(self) -> None:
        """Take all changes into the graph."""
        while self.graph.graph_changes:
            self.graph.process_graph_changes()

    def collect(self) -> None:
        """Let the worker run until its queue is empty."""
        for _ in range(ENOUGH):
            if not self.graph.attempt_to_delete:
                return
            attempt_to_delete_worker(self.graph, self)
            self.settle_graph()
        raise AssertionError("the queue never empties")

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        return kind == "Pod"

    def get(self, identity: Identity) -> LiveObject | None:
        return self.pods.get(identity.name)

    def remove_references(self, identity: Identity, indexes: tuple[int, ...]) -> None:
        pod = self.pods[identity.name]
        kept = tuple(each for i, each in enumerate(pod.owner_references) if i not in indexes)
        self.put(evolve(pod, owner_references=kept))

    def unblock_references(self, identity: Identity) -> None:
        pod = self.pods[identity.name]
        self.put(evolve(pod, owner_references=unblock_owner_references(pod.owner_references)))

    def remove_foreground_finalizer(self, identity: Identity) -> None:
        pod = self.pods[identity.name]
        self.put(evolve(pod, finalizers=tuple(each for each in pod.finalizers if each != FOREGROUND_FINALIZER)))

    def delete(self, identity: Identity, policy: PropagationPolicy) -> None:
        pod = self.pods[identity.name]
        added = (FOREGROUND_FINALIZER,) if policy is PropagationPolicy.FOREGROUND else ()
        self.put(evolve(pod, deleting=True, finalizers=added))


def family() -> ApiServer:
    """A grandparent, a parent and two children."""
    api = ApiServer()
    for pod in (stored("grandparent"), stored("parent", "grandparent"), stored("a", "parent"), stored("b", "parent")):
        api.put(pod)
    return api


def test_what_is_owned_goes_with_its_owner() -> None:
    """A deletion in the background takes one generation after the other."""
    api = family()
    assert api.graph.attempt_to_delete == []

    api.delete(identity("grandparent"), PropagationPolicy.BACKGROUND)
    api.collect()

    assert api.pods == {}
    assert api.graph.nodes == {}


def test_an_owner_deleted_in_the_foreground_goes_last() -> None:
    """Each owner waits for those who block it."""
    api = family()
    api.delete(identity("grandparent"), PropagationPolicy.FOREGROUND)
    order: list[str] = []
    for _ in range(ENOUGH):
        if not api.graph.attempt_to_delete:
            break
        before = set(api.pods)
        attempt_to_delete_worker(api.graph, api)
        api.settle_graph()
        order += sorted(before - set(api.pods))

    assert order == ["a", "b", "parent", "grandparent"]


def test_a_solid_owner_keeps_what_it_shares() -> None:
    """Of two owners one is gone: the object stays, and its reference to it goes."""
    api = family()
    api.put(stored("shared", "a", "b"))

    api.delete(identity("a"), PropagationPolicy.BACKGROUND)
    api.collect()

    assert api.pods["shared"].owner_references == (reference("b"),)


def test_an_owner_that_nobody_has_seen_is_looked_for() -> None:
    """It is virtual until somebody has looked, and its dependents go when it does not exist."""
    api = ApiServer()
    api.put(stored("child", "nobody"))
    assert api.graph.nodes["nobody"].virtual

    api.collect()

    assert api.pods == {}
    assert identity("nobody") in api.graph.absent_owners


def test_an_owner_that_the_watch_shows_later_is_no_longer_virtual() -> None:
    """Its dependents stay."""
    api = ApiServer()
    api.pods["parent"] = stored("parent")
    api.put(stored("child", "parent"))
    attempt_to_delete_worker(api.graph, api)
    assert [node.identity.name for node in api.graph.attempt_to_delete] == ["parent"]

    api.put(stored("parent"))
    api.collect()

    assert not api.graph.nodes["parent"].virtual
    assert set(api.pods) == {"parent", "child"}


def test_a_deletion_that_orphans_is_queued_apart() -> None:
    """The references to it have to go before it may."""
    api = family()

    api.put(stored("parent", "grandparent", deleting=True, finalizers=(ORPHAN_FINALIZER,)))

    assert [node.identity.name for node in api.graph.attempt_to_orphan] == ["parent"]
    assert api.graph.attempt_to_delete == []


def test_an_owner_in_another_namespace_is_reported() -> None:
    """The graph warns, and has the dependent looked at."""
    graph = GraphBuilder()
    for name, namespace, owners in (("owner", "other", ()), ("child", "ns", ("owner",))):
        graph.graph_changes.append(
            GraphEvent(type="add", identity=identity(name, namespace), object=stored(name, *owners))
        )
        graph.process_graph_changes()

    assert graph.invalid_references == [(identity("child"), reference("owner"))]
    assert [node.identity.name for node in graph.attempt_to_delete] == ["child"]


def test_the_next_identity_in_order_is_tried() -> None:
    """After the last one the first comes again; without another there is none."""
    graph = GraphBuilder()
    for name, kind in (("x", "Alpha"), ("y", "Beta"), ("z", "Gamma")):
        owner = evolve(reference("uid"), kind=kind)
        event = GraphEvent(type="add", identity=identity(name), object=LiveObject(uid=name, owner_references=(owner,)))
        graph.graph_changes.append(event)
        graph.process_graph_changes()
    dependents = [node for node in graph.nodes.values() if not node.virtual]

    def next_after(kind: str) -> str | None:
        found = get_alternate_owner_identity(dependents, identity("uid", kind=kind))
        return found.kind if found else None

    assert [next_after("Alpha"), next_after("Beta"), next_after("Gamma")] == ["Beta", "Gamma", "Alpha"]
    assert get_alternate_owner_identity(dependents[:1], identity("uid", kind="Alpha")) is None


NAMES = "abcd"
pods = st.builds(
    lambda name, owners, deleting: stored(name, *sorted(owners - {name}), deleting=deleting),
    st.sampled_from(NAMES),
    st.sets(st.sampled_from(NAMES), max_size=3),
    st.booleans(),
)


def after(shown: list[LiveObject]) -> ApiServer:
    """An apiserver that has stored all of them in turn; a uid that is gone never comes back."""
    api, gone = ApiServer(), set[str]()
    for pod in shown:
        if pod.uid not in gone:
            api.put(pod)
            gone |= {pod.uid} if pod.deleting else set()
    return api


@given(st.lists(pods, max_size=12))
def test_the_graph_agrees_with_what_was_shown(shown: list[LiveObject]) -> None:
    """Dependents are the inverse of owners that may exist; nodes that are not virtual are the objects that do."""
    api = after(shown)

    graph = api.graph
    named = {(each.uid, uid) for uid, pod in api.pods.items() for each in pod.owner_references}
    known = {(uid, child.identity.uid) for uid, node in graph.nodes.items() for child in node.dependents}
    assert {uid for uid, node in graph.nodes.items() if not node.virtual} == set(api.pods)
    assert known <= named
    assert all(identity(owner) in graph.absent_owners for owner, _ in named - known)


@given(st.lists(pods, max_size=12))
def test_the_collector_leaves_nothing_that_hangs(shown: list[LiveObject]) -> None:
    """Once its queue is empty, every reference leads to an object, and nothing without owners was deleted."""
    api = after(shown)
    roots = {uid for uid, pod in api.pods.items() if not pod.owner_references}

    api.collect()

    assert roots <= set(api.pods)
    assert all(each.uid in api.pods for pod in api.pods.values() for each in pod.owner_references)
