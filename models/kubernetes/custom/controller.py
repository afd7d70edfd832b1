"""A controller of one's own: what it watches, what it remembers, and its reconcile function.

Source: sigs.k8s.io/controller-runtime/pkg/internal/controller/controller.go (processNextWorkItem, reconcileHandler)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import Factory, define, field

from clusterproof import Component, SpecError, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, watch
from clusterproof.models.kubernetes.custom.crd import CustomResourceDefinition
from clusterproof.models.kubernetes.custom.reconcile import Reconcile
from clusterproof.models.kubernetes.names import ControllerId, CustomObjectId
from clusterproof.models.kubernetes.objects import PodTemplate
from clusterproof.models.kubernetes.state import Cluster, Value

_OWNED = ("Pod",)
_WATCHED = tuple(kind.__name__ for kind in watch.KINDS)


@define(eq=False)
class CustomController:
    """A controller of the objects of one CustomResourceDefinition.

    owns: kinds whose objects wake it for the object that owns them; watches: kinds whose objects wake it for every
    object of its own. pod_template, pods: what pods it creates, and how many are right for a spec. memory: what its
    process remembers per object, with the values it begins with; a crash loses it. repositories: URL -> folder, for a
    controller that applies the documents of a `source` with `repoURL` and `path`.
    """

    name: str
    crd: CustomResourceDefinition
    owns: Sequence[str] = field(default=(), kw_only=True)
    watches: Sequence[str] = field(default=(), kw_only=True)
    pod_template: PodTemplate | None = field(default=None, kw_only=True)
    pods: Callable[[Mapping[str, Any]], int] | None = field(default=None, kw_only=True)
    memory: Mapping[str, Value] = field(default=Factory(dict), kw_only=True)
    repositories: Mapping[str, str | Path] = field(default=Factory(dict), kw_only=True)
    component: Component = field(init=False)
    _converged: Callable[[Reconcile], bool] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        for what, given, known in (("owns", self.owns, _OWNED), ("watches", self.watches, _WATCHED)):
            for kind in given:
                if kind not in known:
                    raise SpecError(f"{self.name}: {what} {kind!r} is not modelled.\n  write {' or '.join(known)}")
        if (self.pod_template is None) is not (self.pods is None):
            message = f"{self.name}: a pod template and the number of pods belong together.\n"
            raise SpecError(message + "  write pod_template=... and pods=lambda spec: spec['replicas']")
        self.component = Component(self.name, runs_when=self._runs, fair=weak)

    @property
    def id(self) -> ControllerId:
        """Its id in the state."""
        return ControllerId(self.name)

    def reconcile(self, function: Callable[[Reconcile], None]) -> Callable[[Reconcile], None]:
        """Register the reconcile function: it looks at one object, writes at most once, and returns."""

        def reconcile(c: Cluster, o: CustomObjectId) -> None:
            item = c.work_items[o]
            require(c.scope.custom_objects[o].controller == self.id and item.queued)
            item.queued = False
            function(self._call(c, o))

        reconcile.__doc__ = function.__doc__
        self.component.action(reconcile)
        self.component.action(self._requeue())
        return function

    def converged(self, function: Callable[[Reconcile], bool]) -> Callable[[Reconcile], bool]:
        """Register what is true of an object once all is as wanted, besides the number of its pods."""
        self._converged = function
        return function

    def is_converged(self, c: Cluster, o: CustomObjectId) -> bool:
        """Whether that is true of an object; True where nothing was registered."""
        return self._converged is None or self._converged(self._call(c, o))

    def _call(self, c: Cluster, o: CustomObjectId) -> Reconcile:
        return Reconcile(c, o, self.crd.status, self.name)

    def _requeue(self) -> Callable[[Cluster, CustomObjectId], None]:
        def requeue(c: Cluster, o: CustomObjectId) -> None:
            """The time that the controller asked for is over: the key is queued again."""
            item = c.work_items[o]
            require(c.scope.custom_objects[o].controller == self.id and item.requeue.due())
            item.requeue = Timer()
            watch.enqueue(c, o)

        return requeue

    def _runs(self, c: Cluster) -> bool:
        return c.controller_processes[self.id].running and apiserver.is_serving(c)
