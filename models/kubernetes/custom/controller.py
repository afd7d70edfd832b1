"""A controller of your own: a process with a work queue, and a reconcile function that is called with its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, define, field

from clusterproof import Component, SpecError, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, objects
from clusterproof.models.kubernetes.custom.crd import CustomResource
from clusterproof.models.kubernetes.custom.reconcile import Reconcile
from clusterproof.models.kubernetes.names import ControllerId, CustomId
from clusterproof.models.kubernetes.state import Cluster, Scalar
from clusterproof.models.kubernetes.watch import WATCHED

ReconcileFunction = Callable[[Reconcile], None]


@define(eq=False)
class CustomController:
    """A controller of one kind of one's own.

    owns: kinds of owned objects whose events queue their owner's key; only pods can be owned. watches: kinds of which
    any event queues all keys. pod_template: what its pods are made from. replicas: how many pods an object has when all
    is well, for the pool of names. memory: fields that it keeps in memory about each object, with their first values.
    """

    name: str
    resource: CustomResource
    owns: tuple[str, ...] = field(default=(), kw_only=True)
    watches: tuple[str, ...] = field(default=(), kw_only=True)
    pod_template: objects.PodTemplate | None = field(default=None, kw_only=True)
    replicas: Callable[[Mapping[str, Any]], int] = field(default=lambda _spec: 1, kw_only=True)
    memory: Mapping[str, Scalar] = field(default=Factory(dict), kw_only=True)
    component: Component = field(init=False)
    desired_function: Callable[[Reconcile], bool] | None = field(init=False, default=None)
    summary_function: Callable[[Reconcile], object] | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        known = ("Pod", *(cls.__name__ for cls in WATCHED))
        for kind in (*self.owns, *self.watches):
            if kind not in known:
                raise SpecError(f"{self.name} watches {kind}.\n  write one of {', '.join(known)}")
        for kind in self.owns:
            if kind != "Pod":
                raise SpecError(f"{self.name} owns {kind}: only pods are owned here.\n  write watches=({kind!r},)")
        self.component = Component(self.name, runs_when=self._runs, fair=weak)

    def _runs(self, c: Cluster) -> bool:
        """Its process runs, and reaches the apiserver."""
        return c.controllers[ControllerId(self.name)].running and apiserver.is_serving(c)

    def reconcile(self, function: ReconcileFunction) -> ReconcileFunction:
        """Register the reconcile function; the queue in front of it comes with it."""
        name = self.name

        def reconcile(c: Cluster, k: CustomId) -> None:
            require(c.scope.custom_objects[k].controller == name)
            custom = c.custom[k]
            require(custom.queued)
            custom.queued = False
            if custom.exists:  # else NotFound: there is nothing to do
                function(Reconcile(c, k))

        reconcile.__doc__ = function.__doc__
        self.component.action(reconcile)
        self.component.action(_requeue(name))
        return function

    def desired(self, function: Callable[[Reconcile], bool]) -> Callable[[Reconcile], bool]:
        """Register what says whether all is as the spec of an object wants it, status included."""
        self.desired_function = function
        return function

    def summary(self, function: Callable[[Reconcile], object]) -> Callable[[Reconcile], object]:
        """Register what users see of an object, as a value to compare; else its status and the number of its pods."""
        self.summary_function = function
        return function


def _requeue(name: str) -> Callable[[Cluster, CustomId], None]:
    def requeue(c: Cluster, k: CustomId) -> None:
        """The time that the reconcile asked for is over."""
        custom = c.custom[k]
        require(c.scope.custom_objects[k].controller == name and custom.requeue.due())
        custom.requeue = Timer()
        custom.queued = custom.exists

    return requeue
