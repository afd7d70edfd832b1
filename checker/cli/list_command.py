"""`clusterproof list`: models, properties, faults and actions, a line each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from clusterproof.checker.cli import builtins
from clusterproof.checker.cli.request import ACTIONS
from clusterproof.checker.cli.terminal import Terminal

EXAMPLES = {
    "apply": "{apply: second.yaml}",
    "cordon": "{cordon: NODE}",
    "delete": "{delete: deployment/NAME, cascade: orphan}, statefulset/NAME, daemonset/NAME, job/NAME or pod/NAME",
    "delete_namespace": "{delete_namespace: NAME}",
    "delete_node": "{delete_node: NODE}, and with only_if_down: true never while its machine is up",
    "demand": "{demand: deployment/NAME, cpu: [500m, 2]}, statefulset/NAME or replicaset/NAME, with an autoscaler",
    "drain": "{drain: NODE}",
    "replace_member": "{replace_member: NODE}, where the member has lost its disk",
    "rollout": "{rollout: deployment/NAME}, statefulset/NAME or daemonset/NAME",
    "rollout_undo": "{rollout_undo: deployment/NAME, to_revision: 1}, statefulset/NAME or daemonset/NAME",
    "scale": "{scale: deployment/NAME, replicas: 2..4} or statefulset/NAME",
    "taint_out_of_service": "{taint_out_of_service: NODE}, and with only_if_down: true never while its machine is up",
    "uncordon": "{uncordon: NODE}",
    "untaint_out_of_service": "{untaint_out_of_service: NODE}",
}


def run(options: argparse.Namespace) -> int:
    """Print the lists."""
    del options
    terminal = Terminal.of(sys.stdout)
    sections = (
        ("models: clusterproof check NAME", [(name, builtins.doc(name)) for name in builtins.names()]),
        ("properties of clusters: --property NAME", _properties()),
        ("faults of clusters: --fault NAME=N", _faults()),
        ("actions of the user, in a check file: actions: [...]", [(name, EXAMPLES[name]) for name in ACTIONS]),
    )
    lines: list[str] = []
    for heading, rows in sections:
        column = max(len(name) for name, _ in rows) + 4
        lines += [heading, *(line for name, doc in rows for line in terminal.row(name, doc, column, indent=2)), ""]
    print("\n".join(lines[:-1]))
    return 0


def _properties() -> list[tuple[str, str]]:
    from clusterproof.properties.catalogue import CATALOGUE, OPT_IN

    rows = []
    for name, parts in CATALOGUE.items():
        needs = _joined(need for part in parts for need in part.needs)
        notes = [f"needs {needs}"] if needs else []
        notes += ["only when asked for"] if name in OPT_IN else []
        notes += ["timed scopes only"] if any(part.timed_only for part in parts) else []
        rows.append((name, parts[0].doc + (f" ({'; '.join(notes)})" if notes else "")))
    return rows


def _joined(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _faults() -> list[tuple[str, str]]:
    from clusterproof.models.kubernetes.cluster import DEFAULT_FAULTS, FAULTS, HEALS

    rows = []
    for name, action in FAULTS.items():
        default = f" ({DEFAULT_FAULTS[name]} by default)" if name in DEFAULT_FAULTS else ""
        heals = f" Healed by {HEALS[name]}." if name in HEALS else ""
        rows.append((name, action.doc + heals + default))
    return rows
