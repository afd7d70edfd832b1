"""Rows of the API server's table printers, of durations, and of kubectl's errors.

Objects are written as Go has them; here they become what the API sends: names of Go constants become their values,
`lastTerminationState` is `lastState`, and containers made of nothing, which the tables write as an empty list, are one
for each status. Layouts are those of the release that the tables come from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from clusterproof.models.kubernetes.kubectl_client import messages
from clusterproof.models.kubernetes.printers.daemon_sets import DAEMON_SET
from clusterproof.models.kubernetes.printers.deployments import DEPLOYMENT
from clusterproof.models.kubernetes.printers.disruption_budgets import POD_DISRUPTION_BUDGET
from clusterproof.models.kubernetes.printers.durations import human_duration
from clusterproof.models.kubernetes.printers.endpoint_slices import ENDPOINT_SLICE
from clusterproof.models.kubernetes.printers.horizontal_pod_autoscalers import HORIZONTAL_POD_AUTOSCALER
from clusterproof.models.kubernetes.printers.jobs import JOB
from clusterproof.models.kubernetes.printers.nodes import NODE
from clusterproof.models.kubernetes.printers.pods import POD
from clusterproof.models.kubernetes.printers.replica_sets import REPLICA_SET
from clusterproof.models.kubernetes.printers.services import SERVICE
from clusterproof.models.kubernetes.printers.stateful_sets import STATEFUL_SET
from clusterproof.models.kubernetes.printers.table import Options, Printer

from .conversion import Adapter, Expect, Given, seconds

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MINOR = 28

NANOSECONDS_PER_SECOND = 1e9
"""What a creationTimestamp adds to the clock are nanoseconds, as Go has durations; the tables write s behind them."""

CREATED = "creationTimestamp"

RENAMED = {"lastTerminationState": "lastState"}
"""Go's name of a field -> its name in JSON, where it is another one."""

CONSTANTS = {
    "MetricSourceType": "Resource",
    "ContainerResourceMetricSourceType": "ContainerResource",
    "PodsMetricSourceType": "Pods",
    "ObjectMetricSourceType": "Object",
    "ExternalMetricSourceType": "External",
    "ContainerRestartPolicyAlways": "Always",
    **{f"ServiceType{name}": name for name in ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")},
    **{f"AddressType{name}": name for name in ("IPv4", "IPv6", "FQDN")},
}
"""Go's name of a constant -> its value in the API."""


def as_api(given: Any, field: str = "") -> Any:
    """The value as the API sends it; field: where it stands."""
    if isinstance(given, Mapping):
        return {RENAMED.get(key, key): as_api(value, key) for key, value in given.items()}
    if isinstance(given, list):
        return [as_api(item) for item in given]
    if isinstance(given, str) and re.fullmatch(r"now([+-]\d+s)?", given):
        offset = seconds(given) or 0
        return (NOW + timedelta(seconds=offset / (NANOSECONDS_PER_SECOND if field == CREATED else 1))).isoformat()
    return CONSTANTS.get(given, given) if isinstance(given, str) else given


def cells_of(printer: Printer, given: Any, expect: list[Any]) -> list[dict[str, Any]]:
    """The row that a printer makes, wide where the expected row has all columns."""
    wide = len(expect[0]["cells"]) == len(printer.columns(Options(minor=MINOR)))
    return [{"cells": printer.cells(as_api(given), Options(now=NOW, wide=wide, minor=MINOR))}]


def table(printer: Printer, key: str) -> Adapter:
    """The adapter of a printer, whose object stands under a key."""

    def adapter(given: Given, expect: Expect) -> object:
        return {"expected": cells_of(printer, given[key], expect["expected"])}

    return adapter


def pods(given: Given, expect: Expect) -> object:
    """A pod in API shape, with as many containers as it has statuses."""
    pod = given["pod"]
    spec, status = dict(pod["spec"]), pod["status"]
    for field, statuses in (("containers", "containerStatuses"), ("initContainers", "initContainerStatuses")):
        if field in spec and not spec[field]:
            spec[field] = [{} for _ in status.get(statuses, ())]
    return {"expect": cells_of(POD, {**pod, "spec": spec}, expect["expect"])}


def pod_summary(given: Given, _: Expect) -> object:
    """The three cells that are worked out, of a pod in short form."""
    spec = {key: [{}] * given.get(key, 0) for key in ("containers", "initContainers")}
    status = {
        "phase": given["phase"],
        "reason": given.get("reason"),
        "conditions": given.get("conditions"),
        "containerStatuses": [_status(each) for each in given.get("statuses", ())],
        "initContainerStatuses": [_status(each) for each in given.get("initStatuses", ())],
    }
    metadata = {"name": "x", **({"deletionTimestamp": "now"} if given.get("deleting") else {})}
    _, ready, reason, restarts, _ = POD.cells(
        as_api({"metadata": metadata, "spec": spec, "status": status}), Options(now=NOW)
    )
    return {"READY": ready, "STATUS": reason, "RESTARTS": restarts}


def _status(short: Mapping[str, Any]) -> dict[str, Any]:
    """A container's status whose state stands beside the other fields."""
    states = ("running", "waiting", "terminated")
    rest = {key: value for key, value in short.items() if key not in states}
    return {**rest, "state": {key: value for key, value in short.items() if key in states}}


def kubectl_errors(given: Given, _: Expect) -> object:
    """What kubectl says last, and its exit code; the names are those of the table's page."""
    address = str(given.get("server", "...")).removeprefix("https://")
    if "apiserver" in given:
        tell = messages.connection_refused if given["apiserver"] == "port closed" else messages.connection_timed_out
        line, code = tell(address), 1
    elif given.get("object") == "missing":
        line, code = messages.not_found("pods", "x"), 1
    else:
        line, code = messages.no_resources("default"), 0
    return {"stderrLast": line, "exitCode": code}


def age(given: Given, _: Expect) -> object:
    return {"text": human_duration(given["seconds"])}


ADAPTERS: dict[str, Adapter] = {
    "age formatting (HumanDuration)": age,
    "kubectl errors": kubectl_errors,
    "kubectl get deployments": table(DEPLOYMENT, "deployment"),
    "kubectl get ds": table(DAEMON_SET, "daemonSet"),
    "kubectl get endpointslices": table(ENDPOINT_SLICE, "endpointSlice"),
    "kubectl get hpa": table(HORIZONTAL_POD_AUTOSCALER, "hpa"),
    "kubectl get jobs": table(JOB, "job"),
    "kubectl get nodes": table(NODE, "node"),
    "kubectl get pdb": table(POD_DISRUPTION_BUDGET, "pdb"),
    "kubectl get pods": pods,
    "kubectl get pods (READY,STATUS,RESTARTS)": pod_summary,
    "kubectl get rs": table(REPLICA_SET, "replicaSet"),
    "kubectl get sts": table(STATEFUL_SET, "statefulSet"),
    "kubectl get svc": table(SERVICE, "service"),
}
