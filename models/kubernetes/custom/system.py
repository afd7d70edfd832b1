"""The Kubernetes model with controllers of your own in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from clusterproof import Action, Property, SpecError, System, evolve
from clusterproof.components import Budget
from clusterproof.models.kubernetes import objects
from clusterproof.models.kubernetes.build import UserActions, documents_of, pool_of
from clusterproof.models.kubernetes.cluster import FaultBudget, Scope, cluster_system
from clusterproof.models.kubernetes.custom import process, users
from clusterproof.models.kubernetes.custom.controller import CustomController
from clusterproof.models.kubernetes.custom.manifests import load_with_custom_objects
from clusterproof.models.kubernetes.custom.reconcile import Reconcile
from clusterproof.models.kubernetes.manifests import load_manifests
from clusterproof.models.kubernetes.manifests.admission import default_toleration_seconds
from clusterproof.models.kubernetes.names import ControllerId, CustomId, ReplicaSetId
from clusterproof.models.kubernetes.scope import CustomObjects, CustomScope, ReplicaSetScope, qualified
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.topology import load_topology

PathLike = str | Path


def controller_system(
    *controllers: CustomController,
    manifests: Sequence[PathLike],
    cluster: PathLike | None = None,
    workers: int = 1,
    controller_crashes: int = 1,
    deletes: int = 0,
    faults: Mapping[str, int] = {},
    actions: Mapping[str, Budget] = {},
    user_actions: UserActions | None = None,
    repositories: Mapping[str, PathLike] = {},
    properties: Sequence[Property[Any]] = (),
    most_creates: int = 0,
    start: str = "deployed",
    timing: str = "timed",
    name: str = "",
) -> System[Cluster]:
    """The whole cluster with these controllers, to be checked.

    manifests: files and directories that kubectl applies. cluster: a kind configuration, else one control plane and so
    many workers (1 or 2). controller_crashes: how often the process of a controller may die. deletes: how often the
    user may delete a custom object. faults, actions: budgets of the model's other faults and user actions, else 0.
    repositories: URL -> folder, for objects whose spec names a source. most_creates: how many creations of pods
    `at-most-n-creates` allows per object, 0 for not counting them.
    Raises SpecError, and ManifestError for files that cannot be read.
    """
    resources = [controller.resource for controller in controllers]
    applied = load_with_custom_objects(manifests, resources)
    custom = _custom_objects(controllers, applied, repositories, most_creates)
    scope = Scope(
        faults={fault: FaultBudget(budget=budget) for fault, budget in faults.items()},
        actions=actions,
        user_actions=user_actions or UserActions(),
        start="apply" if start == "apply" else "deployed",
        timing="untimed" if timing == "untimed" else "timed",
        default_faults=False,
    )
    system, _ = cluster_system(
        [applied],
        _topology(cluster, workers),
        scope,
        properties=properties,
        name=name or controllers[0].name,
        custom=custom,
        components=(*(controller.component for controller in controllers), process.processes, users.user),
        budgets=_budgets(controller_crashes, deletes),
        assumptions=_assumptions(resources),
    )
    return _with_undisturbed(system, custom)


def _topology(cluster: PathLike | None, workers: int) -> objects.Topology:
    topology = load_topology(cluster)
    if cluster is not None:
        return topology
    names = [node.name for node in topology.nodes if node.role == "worker"][:workers]
    if len(names) != workers or not names:
        raise SpecError(f"controller_system(workers={workers}): write 1 or 2, or cluster= with a kind configuration")
    kept = tuple(node for node in topology.nodes if node.role != "worker" or node.name in names)
    return attrs.evolve(topology, nodes=kept)


def _budgets(controller_crashes: int, deletes: int) -> dict[Action[...], Budget]:
    budgets: dict[Action[...], Budget] = {process.crash_controller: controller_crashes, users.delete: deletes}
    if not controller_crashes:
        budgets[process.start_controller] = 0
    return budgets


def _assumptions(resources: Iterable[Any]) -> tuple[str, ...]:
    lines = [
        "controllers of your own run outside the modelled machines, and reach the apiserver whenever it serves",
        "custom objects have no finalizers; what they own is collected in the background",
    ]
    return (*lines, *(line for resource in resources for line in resource.not_modelled))


# ---------------------------------------------------------------- the custom objects there are


def _custom_objects(
    controllers: Sequence[CustomController],
    applied: objects.Manifests,
    repositories: Mapping[str, PathLike],
    most_creates: int,
) -> CustomObjects:
    scopes: dict[CustomId, CustomScope] = {}
    watchers: dict[str, tuple[CustomId, ...]] = {}
    delivered: list[objects.Manifests] = []
    for controller in controllers:
        own = [each for each in applied.custom_objects if each.kind == controller.resource.kind]
        for each in own:
            k = CustomId(ReplicaSetId(f"{each.kind}/{qualified(each.metadata.namespace, each.metadata.name)}"))
            folder = _folder_of(each, repositories)
            delivered += [folder] if folder is not None else []
            documents = documents_of([folder]) if folder is not None else ()
            scopes[k] = attrs.evolve(_scope_of(controller, each), documents=documents)
            for kind in controller.watches:
                watchers[kind] = (*watchers.get(kind, ()), k)
    if not scopes:
        kinds = ", ".join(controller.resource.kind for controller in controllers)
        raise SpecError(f"controller_system: the manifests hold no {kinds}.\n  write one, for its controller to act on")
    owners = {ControllerId(each.name) for each in controllers if "Pod" in each.owns}
    return CustomObjects(
        scopes=scopes,
        watchers=watchers,
        owners_that_watch=frozenset(k for k, custom in scopes.items() if custom.controller in owners),
        delivered=tuple(delivered),
        most_created=most_creates,
    )


def _scope_of(controller: CustomController, each: objects.CustomObject) -> CustomScope:
    name = qualified(each.metadata.namespace, each.metadata.name)
    template = controller.pod_template
    pods: ReplicaSetScope | None = None
    if template is not None:
        pods = ReplicaSetScope(
            deployment=None,
            template=attrs.evolve(template, spec=default_toleration_seconds(template.spec)),
            namespace=each.metadata.namespace,
            pods=pool_of(name, controller.replicas(each.spec)),
        )
    return CustomScope(
        kind=each.kind,
        controller=ControllerId(controller.name),
        versions=(each,),
        pods=pods,
        desired=controller.desired_function,
        summary=controller.summary_function,
        status=controller.resource.status_fields,
        memory=dict(controller.memory),
    )


def _folder_of(each: objects.CustomObject, repositories: Mapping[str, PathLike]) -> objects.Manifests | None:
    """The manifests that an object's source leads to: spec.source.repoURL and spec.source.path."""
    source = each.spec.get("source")
    if not isinstance(source, Mapping) or "repoURL" not in source:
        return None
    url = str(source["repoURL"])
    if url not in repositories:
        known = ", ".join(repositories) or "none"
        raise SpecError(
            f"{each.source}: there is no repository {url!r} (there are {known}).\n  write repositories={{...}}"
        )
    return load_manifests([Path(repositories[url]) / str(source.get("path", "."))])


# ---------------------------------------------------------------- what an undisturbed run ends in


def _with_undisturbed(system: System[Cluster], custom: CustomObjects) -> System[Cluster]:
    """The system, with the summaries of its deployed states in the scope; none where it starts from apply."""
    states = system.initial_states
    deployed = [c for c in states if all(c.custom[k].exists for k in custom.scopes)]
    ends = {k: frozenset(summary_of(c, k) for c in deployed) for k in custom.scopes}
    scopes = {k: attrs.evolve(each, undisturbed=ends[k]) for k, each in custom.scopes.items()}
    scope = attrs.evolve(states[0].scope, custom_objects=scopes)
    return attrs.evolve(system, initial=[evolve(c, scope=scope) for c in states])


def summary_of(c: Cluster, k: CustomId) -> object:
    """What users see of a custom object: what its author says, else its status and the number of its pods."""
    fixed = c.scope.custom_objects[k]
    r = Reconcile(c, k)
    if fixed.summary is not None:
        return fixed.summary(r)
    return len(r.active_pods()), tuple(r.status[name] for name in fixed.status)
