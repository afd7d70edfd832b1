"""The built-in examples as systems, for tests that check what they must show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from clusterproof import Property, System
from clusterproof.checker.check import check_system
from clusterproof.checker.memo import remember
from clusterproof.checker.result import CheckResult
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import builtin
from clusterproof.models.kubernetes.build import UserActions
from clusterproof.models.kubernetes.cluster import DEFAULT_FAULTS, FaultBudget, Scope, cluster_system
from clusterproof.models.kubernetes.manifests import load_manifests
from clusterproof.models.kubernetes.names import NodeId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.topology import load_topology
from clusterproof.properties.catalogue import CATALOGUE
from clusterproof.system import Bounds, Timing

WORKER = NodeId("multinode-nodeport-worker")
WORKER2 = NodeId("multinode-nodeport-worker2")
NO_FAULTS = dict.fromkeys(DEFAULT_FAULTS, 0)


def example(
    name: str,
    properties: Iterable[str | Property[Any]],
    *,
    faults: Mapping[str, int | FaultBudget] | None = None,
    actions: Mapping[str, int] | None = None,
    user_actions: UserActions | None = None,
    files: Iterable[str] = ("manifests.yaml",),
    timing: Timing = "timed",
    deployed: int = 1,
    services: bool = True,
) -> System[Cluster]:
    """Return the system of a built-in example, with or without its Services; faults as on the command line."""
    folder = builtin.path(name)
    parts = [part for p in properties for part in (CATALOGUE[p] if isinstance(p, str) else (p,))]
    budgets = {k: v if isinstance(v, FaultBudget) else FaultBudget(budget=v) for k, v in (faults or {}).items()}
    scope = Scope(
        faults=budgets,
        actions=actions or {},
        user_actions=user_actions or UserActions(),
        timing=timing,
        deployed=deployed,
    )
    applied = [load_manifests([folder / file]) for file in files]
    if not services:
        applied = [attrs.evolve(manifests, services=()) for manifests in applied]
    topology = load_topology(builtin.path("hello-server") / "cluster.yaml")
    return cluster_system(applied, topology, scope, properties=parts, name=name, remember=remember)[0]


def check(system: System[Cluster], seconds: float = 600) -> CheckResult:
    """Check all properties of a system."""
    return check_system(system, bounds=Bounds(seconds=seconds), more_seconds=5)


def verdicts(result: CheckResult) -> dict[str, set[Verdict]]:
    """Return the verdicts of each property, over its objects and parts; those not checked are left out."""
    found: dict[str, set[Verdict]] = {}
    for one in result.properties:
        if one.verdict is not None:
            found.setdefault(one.name, set()).add(one.verdict)
    return found
