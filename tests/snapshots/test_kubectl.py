"""What kubectl shows of the built-in example, compared with golden files: deployed, and after a worker is lost."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import cache

import pytest
from instants import Run
from kubernetes_systems import changed

from clusterproof import Timer
from clusterproof.checker.cli.instants import instant_of_target
from clusterproof.checker.cli.request import Request
from clusterproof.models.kubernetes import faults, node_lifecycle, replicaset_controller, scheduler
from clusterproof.models.kubernetes import taint_eviction as eviction
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.kubectl_client.get import get
from clusterproof.models.kubernetes.kubectl_client.request import request
from clusterproof.models.kubernetes.names import NodeId, PodId, ReplicaSetId

WORKER, WORKER2 = NodeId("multinode-nodeport-worker"), NodeId("multinode-nodeport-worker2")
A, D, REPLICA_SET = PodId("hello-server-a"), PodId("hello-server-d"), ReplicaSetId("hello-server-1")
NAMES = '{range .items[*]}{.metadata.name}{"\\t"}{.spec.nodeName}{"\\n"}{end}'


@cache
def deployed() -> Instant:
    """Return the built-in example in its first deployed state."""
    instant: Instant = instant_of_target(Request(), "").instant
    return instant


@cache
def worker_lost() -> Instant:
    """Return the same 351 seconds after the first worker died: one of its pods is replaced, and being deleted."""
    run = Run(deployed().cluster).take(faults.crash_node, WORKER).wait(50)
    run.cluster = changed(run.cluster, "nodes", WORKER, grace=Timer(0))
    run.take(node_lifecycle.mark_unreachable, WORKER).take(node_lifecycle.mark_pod_not_ready, A)
    run.take(node_lifecycle.mirror_no_schedule, WORKER).take(node_lifecycle.taint_no_execute, WORKER)
    run.take(eviction.schedule, A).wait(300)
    run.cluster = changed(run.cluster, "pods", A, eviction=Timer(0))
    run.take(eviction.delete, A).take(replicaset_controller.create_pod, REPLICA_SET)
    run.become(changed(run.cluster, "pods", D, node=WORKER2), scheduler.bind, D).wait(1)
    return run.now


def answers(instant: Instant, commands: Sequence[str]) -> str:
    """Return what kubectl answers to several commands, errors below the output, as on a terminal."""
    lines = []
    for command in commands:
        words, options = _parsed(command)
        answer = get(instant, request(words, **options))  # type: ignore[arg-type]
        code = f"exit code {answer.code}\n" if answer.code else ""
        lines.append(f"$ kubectl get {command}\n{answer.out}{answer.err}{code}")
    return "\n".join(lines)


def _parsed(command: str) -> tuple[list[str], dict[str, object]]:
    """Return the words and options of a command."""
    words: list[str] = []
    options: dict[str, object] = {}
    typed = iter(shlex.split(command))
    for word in typed:
        if word == "-A":
            options["namespace"] = None
        elif word in ("-n", "-o", "-v"):
            value = next(typed)
            name = {"-n": "namespace", "-o": "output", "-v": "verbosity"}[word]
            options[name] = int(value) if word == "-v" else value
        else:
            words.append(word)
    return words, options


@pytest.mark.parametrize(
    ("name", "instant", "commands"),
    [
        (
            "kubectl-tables.txt",
            deployed,
            [
                *("pods", "nodes", "deploy", "rs", "svc", "pdb", "endpointslices"),
                *("sts", "ds", "jobs", "hpa", "events", "cm"),
                *("pods -n kube-system", "pods -A", "all", "pod hello-server-a nobody", "secrets", "tofu"),
            ],
        ),
        (
            "kubectl-wide.txt",
            deployed,
            [f"{kind} -o wide" for kind in ("pods", "nodes", "deploy", "rs", "svc", "pdb,endpointslices")],
        ),
        (
            "kubectl-objects.txt",
            deployed,
            [
                *("pod hello-server-a -o yaml", "deploy -o yaml", "svc,pdb,endpointslices -o json", "rs -o name"),
                *(f"pods -o 'jsonpath={NAMES}'", "nodes -o yaml"),
            ],
        ),
        ("kubectl-requests.txt", deployed, ["pods -v 6", "pods,deploy -n kube-system -v 7", "pod nobody -o yaml -v 7"]),
        ("kubectl-worker-lost.txt", worker_lost, ["pods -o wide", "nodes", "rs,deploy", "events", "events -o wide -A"]),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_kubectl_shows(
    name: str, instant: Callable[[], Instant], commands: list[str], snapshot: Callable[[str, str], None]
) -> None:
    """Tables, objects and requests look as kubectl shows them."""
    snapshot(name, answers(instant(), commands))


def test_what_kubectl_shows_without_control_plane(snapshot: Callable[[str, str], None]) -> None:
    """While the control plane is away every request is refused, with exit code 1."""
    away = Run(deployed().cluster).take(faults.stop_control_plane).now

    snapshot("kubectl-refused.txt", answers(away, ["pods", "nodes -v 7", "deploy -o yaml"]))


def test_stale_rules_are_not_kubectls_business() -> None:
    """What kube-proxy has programmed on a machine is no object: losing it changes nothing that kubectl shows."""
    run = Run(deployed().cluster)
    blind = changed(run.cluster, "machines", WORKER2, proxy=False)

    assert answers(Instant(cluster=blind, at_seconds=0), ["all -o wide"]) == answers(run.now, ["all -o wide"])
