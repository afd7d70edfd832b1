"""What a reconcile function is given: the object it is called for, to look at and to write.

One call is one step of the model and so at most one API write: after a write, return; the watch event of the write puts
the object into the work queue again. Writing a second time is an error, and so is writing in a property.
Source: sigs.k8s.io/controller-runtime/pkg/reconcile (Reconciler), level-triggered: a call is told which object, not why
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from attrs import define, field, frozen

from clusterproof import SpecError, Timer
from clusterproof.models.kubernetes import apiserver, kubectl_apply
from clusterproof.models.kubernetes.custom.json_schema import Schema
from clusterproof.models.kubernetes.manifests.fields import did_you_mean
from clusterproof.models.kubernetes.names import CustomObjectId, FieldPath, NodeId, PodId
from clusterproof.models.kubernetes.scope import CustomObjectScope, Document
from clusterproof.models.kubernetes.state import Cluster, CustomObject, Pod, Value, WorkItem


@frozen
class OwnedPod:
    """A pod that the object owns, as the apiserver has it: one that is being deleted is still there."""

    name: PodId
    _pod: Pod

    @property
    def deleting(self) -> bool:
        """Whether it has a deletionTimestamp."""
        return self._pod.deleting

    @property
    def ready(self) -> bool:
        """Its Ready condition."""
        return self._pod.ready

    @property
    def phase(self) -> str:
        """Its status.phase, such as `Running`."""
        return self._pod.phase.value

    @property
    def node(self) -> NodeId | None:
        """Its spec.nodeName."""
        return self._pod.node


@frozen
class Fields(Mapping[str, Value]):
    """Named scalars of the state, read when they are asked for. what: how an error calls them."""

    what: str
    _values: Any

    def __getitem__(self, name: str) -> Value:
        return self._values[self.known(name)]  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def known(self, name: str) -> FieldPath:
        """The name as a path. Raises SpecError where there is no such field."""
        if name not in self._values:
            hint = did_you_mean(name, map(str, self._values)) or f"; it has {', '.join(self._values) or 'none'}"
            raise SpecError(f"{self.what} has no field {name!r}{hint}")
        return FieldPath(name)


@frozen
class Memory(Fields, MutableMapping[str, Value]):
    """What a controller remembers about an object, in its process only: a crash loses it. Assigning is no API write."""

    def __setitem__(self, name: str, value: Value) -> None:
        self._values[self.known(name)] = value

    def __delitem__(self, name: str) -> None:
        raise SpecError(f"{self.what}: a declared field cannot be deleted.\n  assign the value it begins with")


@define
class Reconcile:
    """One call of a reconcile function, for one object."""

    _cluster: Cluster
    _id: CustomObjectId
    _schema: Schema
    _controller: str
    _written: str = field(default="", init=False)

    @property
    def name(self) -> str:
        """The kind and name of the object, such as `Otofu/tofu`."""
        return self._id

    @property
    def spec(self) -> Mapping[str, Any]:
        """The object's spec, valid and with the defaults of its schema."""
        versions = self._scope.manifests
        return versions[self._object.version if len(versions) > 1 else 0].spec

    @property
    def status(self) -> Fields:
        """The scalars of the object's status, by path such as `ready` or `sync.status`; never unset, as in Go."""
        return Fields(f"{self._id} .status", self._object.status)

    @property
    def memory(self) -> Memory:
        """What the controller remembers about the object."""
        return Memory(f"the memory of {self._controller}", self._item.memory)

    @property
    def written(self) -> str:
        """What this call has written to the API, or nothing."""
        return self._written

    @property
    def _scope(self) -> CustomObjectScope:
        return self._cluster.scope.custom_objects[self._id]

    @property
    def _object(self) -> CustomObject:
        return self._cluster.custom_objects[self._id]

    @property
    def _item(self) -> WorkItem:
        return self._cluster.work_items[self._id]

    def owned(self, kind: str) -> list[OwnedPod]:
        """The objects of a kind whose owner reference names this object, by name; with those being deleted."""
        if kind != "Pod":
            raise SpecError(f"{self._controller}: owned({kind!r}): only pods are owned here.\n  write owned('Pod')")
        pods = ((p, self._cluster.pods.get(p)) for p in self._scope.pods)
        return [OwnedPod(p, pod) for p, pod in pods if pod is not None and pod.owner == self._id]

    def create_pod(self) -> None:
        """POST a pod from the controller's pod template, with this object as its owner."""
        if self._scope.template is None:
            message = f"{self._controller} has no pod template.\n"
            raise SpecError(message + "  write CustomController(..., pod_template=..., pods=...)")
        self._begin_write("creates a pod")
        apiserver.create_pod(self._cluster, self._id, self._scope.pods)
        most, creates = self._cluster.scope.most_creates, self._cluster.creates
        if most is not None:
            creates[self._id] = min(creates[self._id] + 1, most + 1)

    def delete(self, pod: OwnedPod) -> None:
        """DELETE a pod gracefully; one that is being deleted already stays so, and nothing is written."""
        if not pod.deleting:
            self._begin_write(f"deletes {pod.name}")
            apiserver.delete_pod(self._cluster, pod.name)

    def update_status(self, **fields: Value) -> None:
        """PUT the status with these fields changed (`sync_status=` for sync.status); no change is no write.

        Raises SpecError for a field that the schema does not have, or a value that it refuses.
        """
        leaves = dict(self._schema.leaves())
        given = {self.status.known(_path(name, leaves)): value for name, value in fields.items()}
        for path, value in given.items():
            if not leaves[path].accepts(value):
                raise SpecError(f"{self._id} .status.{path} = {value!r}: the schema of its kind refuses that value")
        if any(self.status[path] != value for path, value in given.items()):
            self._begin_write("updates the status")
            for path, value in given.items():
                self._object.status[path] = value
            apiserver.update(self._cluster, self._object)

    def documents(self) -> tuple[Document, ...]:
        """The documents of the folder that the object names, where its controller knows repositories."""
        return self._scope.folders[self._object.version if len(self._scope.folders) > 1 else 0]

    def is_applied(self, document: Document) -> bool:
        """Whether the live object is what the document says."""
        return kubectl_apply.is_applied(self._cluster, document)

    def apply(self, document: Document) -> None:
        """Apply a document as kubectl does, by a three-way merge; no change is no write."""
        if not self.is_applied(document):
            self._begin_write(f"applies {document.kind}/{document.name}")
            kubectl_apply.send(self._cluster, document)

    def requeue_after(self, seconds: int) -> None:
        """Be called again after so many seconds, whatever happens; no API write."""
        self._item.requeue = Timer(seconds)

    def _begin_write(self, what: str) -> None:
        if self._written:
            message = f"{self._controller}.reconcile({self._id}) {self._written} and then {what}: "
            raise SpecError(message + "one call is one API write.\n  return after a write; you are called again")
        self._written = what


def _path(name: str, leaves: Mapping[str, Schema]) -> str:
    return next((path for path in leaves if path.replace(".", "_") == name), name)
