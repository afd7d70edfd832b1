"""What a controller of your own should keep, whatever its objects are: ready to be used with any of them.

Source: Sun and others, "Anvil: Verifying Liveness of Cluster Management Controllers" (OSDI 2024) for eventually stable
reconciliation; https://book.kubebuilder.io/reference/good-practices (idempotent reconciliation);
https://kubernetes.io/docs/concepts/architecture/garbage-collection/ for owned objects.
"""

from __future__ import annotations

from typing import Any

from clusterproof import Claims, Property, StepInfo, Whenever, always, claim, eventually_always, leads_to, step
from clusterproof.models.kubernetes.custom.reconcile import Reconcile
from clusterproof.models.kubernetes.custom.system import summary_of
from clusterproof.models.kubernetes.names import CustomId
from clusterproof.models.kubernetes.state import Cluster


@eventually_always
def eventually_stable_reconciliation(c: Cluster, k: CustomId) -> Claims:
    """Once faults stop, all becomes as the spec wants it, and stays so."""
    desired = c.scope.custom_objects[k].desired
    if desired is not None and c.custom[k].exists:
        r = Reconcile(c, k)
        yield claim(desired(r), "all is as the spec wants it", k, *(p for p, _ in r.pods()))


@step
def no_write_at_a_fixpoint(before: Cluster, after: Cluster, by: StepInfo, k: CustomId) -> Claims:
    """A reconcile that finds all as the spec wants it writes nothing."""
    fixed = before.scope.custom_objects[k]
    if by.component != fixed.controller or by.action != "reconcile" or by.arguments != (k,):
        return
    if fixed.desired is not None and before.custom[k].exists and fixed.desired(Reconcile(before, k)):
        quiet = before.etcd.revision == after.etcd.revision
        yield claim(quiet, "what is as the spec wants it is not written again", k)


@eventually_always
def one_converged_state(c: Cluster, k: CustomId) -> Claims:
    """Whatever the order of steps and faults, users see in the end what a run without faults ends in."""
    ends = c.scope.custom_objects[k].undisturbed
    if c.custom[k].exists and c.custom[k].manifest == 0 and ends:
        yield claim(len(ends) == 1, "runs without faults end in one and the same state", k)
        yield claim(summary_of(c, k) in ends, "users see what a run without faults ends in", k)


@always
def at_most_n_creates(c: Cluster, k: CustomId) -> Claims:
    """No more pods are created for an object than were allowed for."""
    most = c.scope.most_created
    if most:
        yield claim(c.custom[k].created <= most, f"at most {most} pods are created for an object, all told", k)


@leads_to
def owned_objects_are_collected(c: Cluster, k: CustomId) -> Whenever:
    """When an object is gone, so are in the end the pods that it owned."""
    owned = bool(Reconcile(c, k).pods())
    return Whenever(given=not c.custom[k].exists and owned, then=not owned)


READY: tuple[Property[Any], ...] = (
    eventually_stable_reconciliation,
    no_write_at_a_fixpoint,
    one_converged_state,
    at_most_n_creates,
    owned_objects_are_collected,
)
"""All of them."""
