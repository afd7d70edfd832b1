"""The models that ship with clusterproof, by the names users write."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from clusterproof.system import System

DEFAULT = "hello-server"

CLASSICS = {
    "two-phase-commit": "clusterproof.models.two_phase_commit",
    "philosophers": "clusterproof.models.philosophers",
    "mini-cluster": "clusterproof.models.mini_cluster",
    "otofu": "clusterproof.models.kubernetes.examples.otofu.otofu",
    "application": "clusterproof.models.kubernetes.examples.application.application",
}

MOST = 20
"""The largest number that a classic takes: it grows much faster than that."""

CLUSTERS = {
    "hello-server": "Three replicas behind a NodePort, on a kind cluster with two workers.",
    "config-map-trap": "A rollout with a new port in a ConfigMap, while probes and Service stay on the old one.",
    "anti-affinity": "Three replicas that refuse to share a node, on two workers.",
}


def names() -> tuple[str, ...]:
    """All of them."""
    return (*CLUSTERS, *CLASSICS)


def classic(name: str) -> System[Any] | Callable[..., System[Any]]:
    """A classic, or the function that builds it."""
    made: System[Any] | Callable[..., System[Any]] = importlib.import_module(CLASSICS[name]).system
    return made


def doc(name: str) -> str:
    """What a model is, in one line."""
    if name in CLUSTERS:
        return CLUSTERS[name]
    return (importlib.import_module(CLASSICS[name]).__doc__ or "").partition("\n")[0]
