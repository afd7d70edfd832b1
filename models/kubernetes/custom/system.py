"""The system to check for controllers of one's own: the whole Kubernetes model, and them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs

from clusterproof import SpecError, System
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.build import CustomParts, UserActions
from clusterproof.models.kubernetes.cluster import FAULTS, USER_ACTIONS, FaultBudget, Scope, cluster_system
from clusterproof.models.kubernetes.custom import process
from clusterproof.models.kubernetes.custom.controller import CustomController
from clusterproof.models.kubernetes.custom.narration import NARRATION
from clusterproof.models.kubernetes.documents import document_count, documents_of
from clusterproof.models.kubernetes.limits import pool_size, refuse_many_pods
from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.load import load_manifests
from clusterproof.models.kubernetes.names import CustomObjectId, DeploymentId, FieldPath
from clusterproof.models.kubernetes.pod_templates import admitted, pool_of
from clusterproof.models.kubernetes.scope import CustomObjectScope, Document, qualified
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.topology import default_topology
from clusterproof.system import Timing

DEFAULT_FAULTS: Mapping[str, int] = {"crash-controller": 1}

MOST_STATES = 20_000
"""A run without faults that has not ended after so many states is not waited for."""

_ASSUMPTIONS = (
    "custom controllers: one worker each, caches are fresh, nothing is written but by their reconcile functions",
    "custom controllers: each process runs outside the model's nodes and needs only the apiserver",
    "custom objects: no finalizers, no defaulting or conversion webhooks; an owner deleted goes in the background",
    "custom objects: one that is deleted is not created again under its name",
)


def controller_system(
    *controllers: CustomController,
    manifests: Sequence[str | Path],
    later: Sequence[str | Path] = (),
    properties: Sequence[Any] = (),
    faults: Mapping[str, int] = DEFAULT_FAULTS,
    actions: Mapping[str, int] | None = None,
    scales: Mapping[str, Sequence[int]] | None = None,
    start: Literal["deployed", "apply"] = "apply",
    timing: Timing = "timed",
    most_creates: int | None = None,
    topology: objects.Topology | None = None,
) -> System[Cluster]:
    """The Kubernetes model with controllers of one's own, one control-plane node and one worker unless said otherwise.

    manifests: files that are applied at first; later: files that the action `apply` applies once more. faults: name ->
    budget, `crash-controller` among them, none by default but that. actions: user action -> budget,
    `delete-custom-object` among them. scales: Deployment -> the sizes that the action `scale` may ask for.
    most_creates: count creates up to this, for the property at-most-n-creates.
    Raises ManifestError for files that cannot be understood, SpecError for controllers that are not complete, for two
    of one kind, and for faults and actions that nobody knows.
    """
    _require_complete(controllers)
    _require_known("fault", faults, FAULTS)
    _require_known("action", actions or {}, USER_ACTIONS)
    readers = {(k.crd.api_version, k.crd.kind): k.crd.read for k in controllers}
    applied = [load_manifests(paths, custom=readers) for paths in (manifests, later) if paths]
    custom = _custom_parts(controllers, applied, most_creates)
    asked = {**faults, **(actions or {})}
    further = {action: asked.pop(name, 0) for name, action in process.BUDGETED.items()}
    scope = Scope(
        faults={name: FaultBudget(budget=budget) for name, budget in asked.items() if name in faults},
        actions={name: budget for name, budget in asked.items() if name not in faults},
        user_actions=UserActions(scales={DeploymentId(d): tuple(sizes) for d, sizes in (scales or {}).items()}),
        start=start,
        timing=timing,
        default_faults=False,
    )
    system, found = cluster_system(
        applied,
        topology or one_worker(),
        scope,
        properties=properties,
        name="controllers",
        custom=custom,
        components=(*(k.component for k in controllers), *process.COMPONENTS),
        budgets=further,
        keep_going=lambda states: states < MOST_STATES,
    )
    if found is not None and not found.complete:
        raise SpecError(
            f"{controllers[0].name}: a run without faults goes on for more than {MOST_STATES:,} states.\n"
            '  write start="apply", and see that nothing is counted for ever'
        )
    notes = [note for k in controllers for note in k.crd.not_modelled]
    return attrs.evolve(system, narration=NARRATION, assumptions=(*system.assumptions, *_ASSUMPTIONS, *notes))


def _require_complete(controllers: Sequence[CustomController]) -> None:
    if not controllers:
        raise SpecError("controller_system() is given no controller.\n  write controller_system(controller, ...)")
    for controller in controllers:
        if not controller.component.actions:
            raise SpecError(f"{controller.name} has no reconcile function.\n  write one under @controller.reconcile")


def _require_known(what: str, names: Iterable[str], of_clusters: Collection[str]) -> None:
    known = (*process.BUDGETED, *of_clusters)
    for name in names:
        if name not in known:
            raise SpecError(f"controller_system: there is no {what} {name!r}.\n  write one of {', '.join(known)}")


def one_worker() -> objects.Topology:
    """One control-plane node and one worker."""
    default = default_topology()
    return attrs.evolve(default, nodes=default.nodes[:2])


def _custom_parts(
    controllers: Sequence[CustomController], applied: Sequence[objects.Manifests], most_creates: int | None
) -> CustomParts:
    versions: dict[CustomObjectId, list[objects.CustomResource]] = {}
    by_kind = {k.crd.kind: k for k in controllers}
    if len(by_kind) < len(controllers):
        raise SpecError("two controllers have objects of the same kind.\n  write one reconcile function for a kind")
    for manifests in applied:
        for found in manifests.custom_resources:
            name = qualified(found.metadata.namespace or "default", found.metadata.name)
            versions.setdefault(CustomObjectId(f"{found.kind}/{name}"), []).append(found)
    known: list[objects.Manifests] = []
    scopes: dict[CustomObjectId, CustomObjectScope] = {}
    for o, manifests_of_object in versions.items():
        controller = by_kind[manifests_of_object[0].kind]
        folders = []
        for found in manifests_of_object if controller.repositories else ():
            known.append(_folder(controller, found))
            folders.append(_tail(applied, known))
        scopes[o] = _object_scope(controller, manifests_of_object, tuple(folders))
    return CustomParts(custom_objects=scopes, known=known, most_creates=most_creates)


def _tail(applied: Sequence[objects.Manifests], known: Sequence[objects.Manifests]) -> tuple[Document, ...]:
    """The documents of the manifests that are known last."""
    return documents_of([*applied, *known])[-document_count(known[-1]) :]


def _folder(controller: CustomController, found: objects.CustomResource) -> objects.Manifests:
    """The manifests of the folder that an object's source names."""
    source = found.spec.get("source", {})
    url, path = source.get("repoURL", ""), source.get("path", "")
    if url not in controller.repositories:
        known = ", ".join(controller.repositories)
        message = f'the repository "{url}" is not in scope; write one of {known}, or add it to repositories'
        raise ManifestError(found.source.file, found.source.line, "spec.source.repoURL", message)
    return load_manifests([Path(controller.repositories[url]) / path])


def _object_scope(
    controller: CustomController, manifests: Sequence[objects.CustomResource], folders: tuple[tuple[Document, ...], ...]
) -> CustomObjectScope:
    metadata = manifests[0].metadata
    template = None if controller.pod_template is None else admitted(controller.pod_template)
    wanted = tuple(0 if controller.pods is None else controller.pods(each.spec) for each in manifests)
    if min(wanted) < 0:
        raise SpecError(f"{controller.name}: pods= gives {min(wanted)} for {metadata.name}.\n  write a number of pods")
    refuse_many_pods([(manifests[0], pool_size(max(wanted)))])
    namespace = metadata.namespace or "default"
    return CustomObjectScope(
        kind=controller.crd.kind,
        api_version=controller.crd.api_version,
        plural=controller.crd.plural,
        namespaced=controller.crd.namespaced,
        controller=controller.id,
        manifests=tuple(manifests),
        template=template,
        namespace=namespace,
        pods=() if template is None else pool_of(qualified(namespace, metadata.name), max(wanted)),
        owns=tuple(controller.owns),
        watches=tuple(controller.watches),
        folders=folders,
        pods_wanted=wanted,
        first_status={FieldPath(path): leaf.zero() for path, leaf in controller.crd.status.leaves()},
        first_memory={FieldPath(name): value for name, value in controller.memory.items()},
        converged=controller.is_converged,
    )
