"""Clusters: from manifests, a kind configuration and a scope to a system with the catalogue's properties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from clusterproof.checker.cli.errors import UsageError, dashed, unknown
from clusterproof.checker.cli.parameters import with_parameters, with_workers
from clusterproof.checker.cli.python_targets import checked_choice
from clusterproof.checker.cli.request import ActionChoice, Request, is_number
from clusterproof.checker.cli.subject import Preparation, Subject
from clusterproof.checker.cli.user_actions import KINDS, action_objects, user_actions
from clusterproof.components import unbounded

SETTINGS = ("timing", "start", "kubernetes_version", "workers", "ignore_daemonsets", "scheduler")
SCHEDULERS = ("any-feasible-node", "highest-score")
STARTS = ("deployed", "apply", "sampled")
MOST_NAMES = 6
COUNTED = ("Deployment", "ReplicaSet", "StatefulSet")
SCHEDULER_FACTS = {"highest-score": "highest-score: one of the nodes that score highest, any of several"}
TIMINGS = {"timed": "timed: a virtual clock", "untimed": "untimed: an armed timer fires whenever it likes"}


@frozen(kw_only=True)
class _Inputs:
    """What was read from files. schemas: what the manifests were compared with, None without the extra."""

    applied: tuple[Any, ...]
    topology: Any
    schemas: Any


def cluster_subject(title: str, request: Request, preparation: Preparation) -> Subject:
    """The system of a cluster. Raises UsageError for names it does not know, and ManifestError for bad files."""
    from clusterproof.models.kubernetes.groups import independent_groups
    from clusterproof.properties.catalogue import ABOUT_ALL

    for key in request.settings:
        if key not in SETTINGS and "/" not in key:
            raise unknown("setting", key, SETTINGS, request.place("scope", key))
    properties = chosen_properties(request)
    inputs = _read(request)
    scope = _scope(request, inputs)
    if request.group:
        return _subject(title, request, preparation, *_restricted(inputs, scope, request.group), properties)
    if preparation.apart and all(each.parameters and each.name not in ABOUT_ALL for each in properties):
        groups = independent_groups(inputs.applied, inputs.topology, scope.user_actions, scope.scheduler)
        if len(groups) > 1:
            return _apart(title, request, preparation, inputs, scope, properties, groups)
    return _subject(title, request, preparation, inputs, scope, properties)


def _subject(
    title: str, request: Request, preparation: Preparation, inputs: _Inputs, scope: Any, properties: Sequence[Any]
) -> Subject:
    from clusterproof.checker.memo import remember
    from clusterproof.models.kubernetes.cluster import cluster_system

    system, found = cluster_system(
        inputs.applied,
        inputs.topology,
        scope,
        properties=properties,
        first_only=preparation.first_only,
        keep_going=preparation.keep_going,
        remember=remember,
        name=title,
    )
    system = attrs.evolve(system, assumptions=(*system.assumptions, *_schema_assumptions(inputs)))
    incomplete = ""
    if found is not None and not found.complete:
        why = preparation.cut or f"{found.looked_at:,} states are too many"
        incomplete = f"{why}, reached while looking for the initial states"
    elif scope.start == "sampled":
        incomplete = f"start: sampled, {len(system.initial_states)} placements and not all of them"
    return Subject(
        title=title,
        request=request,
        system=system,
        facts=_facts(inputs, scope, system.initial_states, found),
        named=tuple(dict.fromkeys(map(dashed, request.properties))),
        is_cluster=True,
        incomplete=incomplete,
        warnings=tuple(_warnings(inputs)),
        looked_at=found.looked_at if found is not None else 0,
    )


def _apart(
    title: str,
    request: Request,
    preparation: Preparation,
    inputs: _Inputs,
    scope: Any,
    properties: Sequence[Any],
    groups: Sequence[Any],
) -> Subject:
    """The cluster with each group of its objects by itself; the whole is there only to be asked what is in it."""
    from clusterproof.models.kubernetes.cluster import cluster_system
    from clusterproof.properties.room import is_about_services, keeps_to_its_share

    apart: list[Subject] = []
    for group in groups:
        asked = attrs.evolve(request, group=tuple(sorted(group.objects)))
        own = _restricted(inputs, scope, group.objects)
        room = [keeps_to_its_share(group.shares)] if group.shares else []
        about = [each for each in properties if is_about_services(each)] if group.only_services else properties
        if not about:
            continue
        one = _subject(title, asked, preparation, *own, [*about, *room])
        apart.append(attrs.evolve(one, rooms=room[0].name if room else ""))
    system, _ = cluster_system(
        inputs.applied, inputs.topology, attrs.evolve(scope, start="apply"), properties=properties, name=title
    )
    return Subject(
        title=title,
        request=request,
        system=system,
        facts=_facts(inputs, scope, [start for one in apart for start in one.system.initial_states], None, len(apart)),
        named=tuple(dict.fromkeys(map(dashed, request.properties))),
        is_cluster=True,
        incomplete=next((one.incomplete for one in apart if one.incomplete), ""),
        warnings=tuple(_warnings(inputs)),
        looked_at=sum(one.looked_at for one in apart),
        apart=tuple(apart),
    )


def _restricted(inputs: _Inputs, scope: Any, group: Collection[str]) -> tuple[_Inputs, Any]:
    """The inputs and the scope as far as they are about some objects."""
    from clusterproof.models.kubernetes.groups import names_in, restricted, restricted_actions

    there = names_in(inputs.applied)
    for name in group:
        if name not in there:
            raise unknown("object", name, sorted(there))
    applied = tuple(restricted(manifests, group) for manifests in inputs.applied)
    actions = restricted_actions(scope.user_actions, applied)
    return attrs.evolve(inputs, applied=applied), attrs.evolve(scope, user_actions=actions)


def chosen_properties(request: Request) -> list[Any]:
    """The parts of the properties to check: those asked for by name, else all that need not be asked for."""
    from clusterproof.properties.catalogue import CATALOGUE, OPT_IN

    names = list(dict.fromkeys(map(dashed, request.properties)))
    for name in names:
        if name not in CATALOGUE:
            raise unknown("property", name, CATALOGUE, request.place("properties", name))
    wanted = names or [name for name in CATALOGUE if name not in OPT_IN]
    return [part for name in wanted for part in CATALOGUE[name]]


# ---------------------------------------------------------------- files


def _read(request: Request) -> _Inputs:
    from clusterproof.models.kubernetes.manifests.load import load_manifests
    from clusterproof.models.kubernetes.manifests.schemas import Schemas
    from clusterproof.models.kubernetes.topology import load_topology

    topology = with_workers(load_topology(request.cluster or None), request)
    version = request.settings.get("kubernetes_version")
    if version is not None:
        topology = attrs.evolve(topology, kubernetes_version=_version(request, version))
    schemas = Schemas.nearest(topology.kubernetes_version)
    later = [choice for choice in request.actions if choice.action == "apply"]
    if len(later) > 1:
        raise UsageError(f"{later[1].place}: one apply per check; put the manifests into one file or directory")
    applied = [load_manifests(paths, schemas) for paths in (request.manifests, *([c.object_name] for c in later))]
    applied = [with_parameters(manifests, request) for manifests in applied]
    if not any(_modelled(applied[0])):
        raise UsageError(f"{', '.join(request.manifests)}: nothing in there that can be checked, such as a Deployment")
    return _Inputs(applied=tuple(applied), topology=topology, schemas=schemas)


def _version(request: Request, text: str) -> str:
    parts = text.removeprefix("v").split(".")
    if len(parts) not in (2, 3) or not all(is_number(part) and len(part) <= 3 for part in parts) or parts[0] != "1":
        place = request.place("scope", "kubernetes_version") or f"--set kubernetes_version={text}"
        raise UsageError(f"{place}: {text!r} is not a version of Kubernetes; write for example 1.35")
    return ".".join(parts[:2])


def _schema_assumptions(inputs: _Inputs) -> list[str]:
    """Which schemas the manifests were compared with, where there are none of the cluster's own version."""
    schemas, version = inputs.schemas, inputs.topology.kubernetes_version
    if schemas is None or schemas.version == version:
        return []
    return [
        f"manifests are valid for Kubernetes {version} if they are for {schemas.version}, the nearest known schemas"
    ]


def _modelled(manifests: Any) -> list[tuple[str, Any]]:
    kinds = (
        ("Deployment", manifests.deployments),
        ("ReplicaSet", manifests.replica_sets),
        ("StatefulSet", manifests.stateful_sets),
        ("DaemonSet", manifests.daemon_sets),
        ("Job", manifests.jobs),
        ("CronJob", manifests.cron_jobs),
        ("Pod", manifests.pods),
        ("PodDisruptionBudget", manifests.pod_disruption_budgets),
        ("HorizontalPodAutoscaler", manifests.autoscalers),
        ("ResourceQuota", manifests.resource_quotas),
        *((each.kind, (each,)) for each in manifests.webhook_configurations),
        ("Service", manifests.services),
        ("ConfigMap", manifests.config_maps),
    )
    return [(kind, each) for kind, objects in kinds for each in objects]


def _warnings(inputs: _Inputs) -> list[str]:
    lines = [f"{o.kind}/{o.metadata.name} is not modelled ({o.source})" for m in inputs.applied for o in m.others]
    return lines + [line for manifests in inputs.applied for line in manifests.not_modelled]


# ---------------------------------------------------------------- scope


def _scope(request: Request, inputs: _Inputs) -> Any:
    from clusterproof.models.kubernetes.cluster import FAULTS, HEALS, FaultBudget, Scope

    faults: dict[str, Any] = {}
    for name, choice in request.faults.items():
        if name not in FAULTS:
            raise unknown("fault", name, FAULTS, request.place("faults", name))
        if not choice.heals and name not in HEALS:
            raise UsageError(f"{request.place('faults', name)}: {name} has nothing that heals it; leave heals out")
        budget = unbounded if choice.budget == "unbounded" else choice.budget
        faults[name] = FaultBudget(budget=budget, heals=choice.heals)
    settings = request.settings
    known = {kind: _names(inputs, kind) for kind in KINDS}
    known["namespace"] = _namespaces(inputs)
    known["scaled"] = _scaled(inputs)
    known["node"] = [node.name for node in inputs.topology.nodes]
    known["control-plane node"] = [node.name for node in inputs.topology.nodes if node.role == "control-plane"]
    known["worker"] = [node.name for node in inputs.topology.nodes if node.role == "worker"]
    given = settings.get("ignore_daemonsets", "true")
    ignoring = checked_choice(request, "ignore_daemonsets", given, ("true", "false"))
    return Scope(
        faults=faults,
        timing=checked_choice(request, "timing", settings.get("timing", "timed"), ("timed", "untimed")),
        start=checked_choice(request, "start", settings.get("start", "deployed"), STARTS),
        scheduler=_scheduler(request, inputs.topology),
        **user_actions(request.actions, known, ignore_daemonsets=ignoring == "true"),
    )


def _scheduler(request: Request, topology: Any) -> Any:
    """Which of the feasible nodes the scheduler takes."""
    from clusterproof.models.kubernetes.decisions.scoring import why_not_scored

    given = checked_choice(request, "scheduler", request.settings.get("scheduler", SCHEDULERS[0]), SCHEDULERS)
    why = why_not_scored(len(topology.nodes), int(topology.kubernetes_version.split(".")[1]))
    if given == "highest-score" and why:
        place = request.place("scope", "scheduler") or f"--set scheduler={given}"
        raise UsageError(f"{place}: {why}; write any-feasible-node")
    return given


def _namespaces(inputs: _Inputs) -> list[str]:
    """The namespaces that something is in and that may be deleted."""
    from clusterproof.checker.cli.user_actions import IMMORTAL_NAMESPACES

    found = (each.metadata.namespace for manifests in inputs.applied for _, each in _modelled(manifests))
    return [name for name in dict.fromkeys(found) if name and name not in IMMORTAL_NAMESPACES]


def _scaled(inputs: _Inputs) -> list[str]:
    """The workloads that a HorizontalPodAutoscaler scales, such as deployment/web."""
    from clusterproof.models.kubernetes.build_autoscalers import build_autoscalers

    targets = (each.target for each in build_autoscalers(inputs.applied).values())
    return list(dict.fromkeys(f"{kind.lower()}/{name}" for kind, name in targets))


def _names(inputs: _Inputs, kind: str) -> list[str]:
    from clusterproof.models.kubernetes.scope import qualified

    found = [
        qualified(each.metadata.namespace, each.metadata.name)
        for manifests in inputs.applied
        for of, each in _modelled(manifests)
        if of == kind
    ]
    return list(dict.fromkeys(found))


# ---------------------------------------------------------------- what the report says of it


def _facts(
    inputs: _Inputs, scope: Any, initial_states: Sequence[Any], found: Any, groups: int = 1
) -> tuple[tuple[str, str], ...]:
    """groups: how many groups of objects are checked by themselves."""
    budgets: Mapping[str, Any] = scope.fault_budgets()
    struck = [_fault_text(name, fault) for name, fault in budgets.items() if fault.budget != 0]
    others = [name for name, fault in budgets.items() if fault.budget == 0]
    if scope.start == "apply":
        start = "apply: an empty cluster, just before kubectl apply"
    elif scope.start == "sampled":
        start = f"sampled: {len(initial_states)} of the placements that apply can end in, drawn at random"
    else:
        count = len(initial_states)
        start = f"deployed: {count} initial state{'s' if count != 1 else ''}, every placement that apply can end in"
        start += "" if found is None or found.complete else " that was found in time"
    actions = [_action_text(name, budget, scope.user_actions) for name, budget in scope.actions.items() if budget]
    facts = [
        ("cluster", _cluster_text(inputs.topology)),
        ("workloads", _workloads_text(inputs)),
        ("", f"{groups} groups that cannot feel each other, checked one by one" if groups > 1 else ""),
        ("faults", ", ".join(struck) or "none"),
        ("", f"not in scope: {', '.join(others)}" if others else ""),
        ("actions", ", ".join(actions) or "the user does nothing"),
        ("scheduler", SCHEDULER_FACTS.get(scope.scheduler, "")),
        ("start", start),
        ("timing", TIMINGS[scope.timing]),
    ]
    return tuple((heading, text) for heading, text in facts if text)


def _action_text(name: str, budget: int, user_actions: Any) -> str:
    return f"{name} {_times(budget)} ({action_objects(name, user_actions)})"


def _times(budget: Any) -> str:
    if budget is unbounded:
        return "any number of times"
    return "once" if budget == 1 else f"{budget} times"


def _fault_text(name: str, fault: Any) -> str:
    from clusterproof.models.kubernetes.cluster import HEALS

    heals = f" ({'heals' if fault.heals else 'never heals'})" if name in HEALS else ""
    return f"{name} {_times(fault.budget)}{heals}"


def _cluster_text(topology: Any) -> str:
    workers = [node.name for node in topology.nodes if node.role != "control-plane"]
    control = len(topology.nodes) - len(workers)
    text = (
        f"{topology.name}, Kubernetes {topology.kubernetes_version}: {control} control-plane node{'s' * (control != 1)}"
    )
    text += f" and {len(workers)} worker{'s' * (len(workers) != 1)}"
    mapped = [f"{m.listen_address}:{m.host_port} -> {m.node}:{m.container_port}" for m in topology.port_mappings]
    return ", ".join([text, *mapped])


def _workloads_text(inputs: _Inputs) -> str:
    found = _modelled(inputs.applied[0])
    if len(found) > MOST_NAMES:
        counts: dict[str, int] = {}
        for kind, _ in found:
            counts[kind] = counts.get(kind, 0) + 1
        return ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in counts.items())
    return ", ".join(_object_text(kind, each) for kind, each in found)


def _object_text(kind: str, each: Any) -> str:
    replicas = f" ({each.replicas} replica{'s' * (each.replicas != 1)})" if kind in COUNTED else ""
    return f"{kind}/{each.metadata.name}{replicas}"


def built_in_request(name: str, request: Request) -> Request:
    """A request about a built-in cluster, with its files."""
    from clusterproof.models.kubernetes import builtin

    directory = builtin.path(name)
    if request.manifests:
        raise UsageError(f"give {name} or manifests, not both: clusterproof check -f {request.manifests[0]}")
    second: tuple[ActionChoice, ...] = ()
    if (directory / "second.yaml").is_file() and not any(each.action == "apply" for each in request.actions):
        second = (ActionChoice(action="apply", object_name=str(directory / "second.yaml")),)
    cluster = directory / "cluster.yaml"
    return attrs.evolve(
        request,
        manifests=(str(directory / "manifests.yaml"),),
        cluster=request.cluster or (str(cluster) if cluster.is_file() else ""),
        actions=(*second, *request.actions),
    )


def manifests_title(paths: Sequence[str]) -> str:
    """What a check of manifests is called."""
    return ", ".join(Path(path).name or path for path in paths)
