"""What a reconcile function is given: its object, what that owns, and the writes it may make, one in a call.

Source: https://book.kubebuilder.io/cronjob-tutorial/controller-implementation and controller-runtime pkg/reconcile:
level-triggered, from what is observed now, and called again after every write that it hears of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import define, field

from clusterproof import SpecError, Timer
from clusterproof.models.kubernetes import apiserver, kubectl, watch
from clusterproof.models.kubernetes.decisions.replicaset import is_pod_active
from clusterproof.models.kubernetes.names import ConfigMapId, CustomId, DeploymentId, PodId, ReplicaSetId, ServiceId
from clusterproof.models.kubernetes.scope import CustomScope, Document
from clusterproof.models.kubernetes.state import Cluster, CustomObject, Pod, Scalar


@define(eq=False)
class Reconcile:
    """One call of a reconcile function, for one object.

    cluster: everything else there is, to look at. key: the object, `Kind/name`.
    """

    cluster: Cluster
    key: CustomId
    _wrote: str = field(init=False, default="")

    # ---------------------------------------------------------------- what is observed
    @property
    def spec(self) -> Mapping[str, Any]:
        """The spec of the object, as it was applied last, with the defaults of its definition."""
        return MappingProxyType(dict(self._fixed.versions[self._object.manifest].spec))

    @property
    def status(self) -> Status:
        """The status of the object; what nobody has written yet is None."""
        return Status(self._object, "status")

    @property
    def memory(self) -> Memory:
        """What the controller keeps in memory about the object: to assign to, lost when its process dies."""
        return Memory(self._object, "memory")

    def pods(self) -> list[tuple[PodId, Pod]]:
        """The pods that the object owns, those on their way out included."""
        pool = () if self._fixed.pods is None else self._fixed.pods.pods
        found = ((p, self.cluster.pods.get(p)) for p in pool)
        return [(p, pod) for p, pod in found if pod is not None and pod.owner == self.key]

    def active_pods(self) -> list[tuple[PodId, Pod]]:
        """The pods that the object owns and that are to stay: neither terminal nor being deleted."""
        return [(p, pod) for p, pod in self.pods() if is_pod_active(pod.phase.value, pod.deleting)]

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents of the folder that the object stands for."""
        return self._fixed.documents

    def in_sync(self, document: Document) -> bool:
        """Whether an object is as its document says, as far as the model knows it."""
        return _in_sync(self.cluster, document)

    def exists(self, document: Document) -> bool:
        """Whether the object of a document exists."""
        return _exists(self.cluster, document)

    # ---------------------------------------------------------------- writes, one in a call
    def create_pod(self) -> PodId:
        """POST a pod with the controller's template and a generated name; the object owns it."""
        self._write("create_pod()")
        pods = self._fixed.pods
        if pods is None:
            message = f"{self._fixed.controller} creates a pod and has no template for it.\n"
            raise SpecError(message + "  write CustomController(..., pod_template=...)")
        most = self.cluster.scope.most_created
        if most:
            self._object.created = min(self._object.created + 1, most + 1)
        return apiserver.create_pod(self.cluster, self.key, pods.pods)

    def delete_pod(self, p: PodId) -> None:
        """DELETE a pod, gracefully; nothing is written where it is on its way out already."""
        if not self.cluster.pods[p].deleting:
            self._write("delete_pod()")
            apiserver.delete_pod(self.cluster, p)

    def update_status(self, changes: Mapping[str, Scalar] = MappingProxyType({}), **more: Scalar) -> None:
        """PUT fields of the status; nothing is written where they are so already."""
        wanted = {**changes, **more}
        held = self._object.status
        for name in wanted:
            if name not in held:
                known = ", ".join(held) or "none"
                raise SpecError(f"update_status({name}=...): the definition has no such field of the status ({known})")
        if all(held[name] == value for name, value in wanted.items()):
            return
        self._write("update_status()")
        for name, value in wanted.items():
            held[name] = value
        apiserver.update(self.cluster, self._object)
        watch.enqueue(self.cluster, self.key)

    def apply(self, document: Document) -> None:
        """Server-side apply of one document of the folder; nothing is written where the object is in sync."""
        if not self.in_sync(document):
            self._write("apply()")
            kubectl.apply_object(self.cluster, document)

    def requeue_after(self, seconds: int) -> None:
        """Queue the key again after so many seconds, whatever happens (Result.RequeueAfter). This is no write."""
        self._object.requeue = Timer(seconds)

    # ---------------------------------------------------------------- inside
    @property
    def _fixed(self) -> CustomScope:
        return self.cluster.scope.custom_objects[self.key]

    @property
    def _object(self) -> CustomObject:
        return self.cluster.custom[self.key]

    def _write(self, what: str) -> None:
        if self._wrote:
            message = f"reconcile of {self.key} writes twice in one call, {self._wrote} and {what}: each is a step.\n"
            raise SpecError(message + "  return after a write; the watch event of it queues the key again")
        self._wrote = what


class Status(Mapping[str, Scalar]):
    """The status of an object, field by field."""

    def __init__(self, custom: CustomObject, name: str) -> None:
        self._custom = custom
        self._name = name

    @property
    def _fields(self) -> Any:
        return getattr(self._custom, self._name)

    def __getitem__(self, name: str) -> Scalar:
        if name not in self._fields:
            known = ", ".join(self._fields) or "none"
            raise SpecError(f"the {self._name} has no field {name!r} (there are {known})")
        value: Scalar = self._fields[name]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


class Memory(Status):
    """What a controller keeps in memory about an object."""

    def __setitem__(self, name: str, value: Scalar) -> None:
        self[name]  # refuses a name that was not declared
        self._fields[name] = value


# ---------------------------------------------------------------- what a folder says, and what is


def _exists(c: Cluster, document: Document) -> bool:
    if document.kind == "Deployment":
        return DeploymentId(document.name) in c.deployments
    if document.kind == "Service":
        return c.services[ServiceId(document.name)].exists
    if document.kind == "ConfigMap":
        return c.config_maps[ConfigMapId(document.name)].version > 0
    if document.kind == "ReplicaSet":
        return ReplicaSetId(document.name) in c.replica_sets
    if document.kind == "PodDisruptionBudget":
        return any(b == document.name and budget.exists for b, budget in c.budgets.items())
    return PodId(document.name) in c.pods


def _in_sync(c: Cluster, document: Document) -> bool:
    if not _exists(c, document):
        return False
    if document.kind == "Deployment":
        deployment = c.deployments[DeploymentId(document.name)]
        wanted = c.scope.deployments[DeploymentId(document.name)][document.version]
        template = c.scope.templates[DeploymentId(document.name)][document.version]
        return (deployment.replicas, deployment.template) == (wanted.replicas, template)
    if document.kind == "ConfigMap":
        return c.config_maps[ConfigMapId(document.name)].version == document.version
    return True
