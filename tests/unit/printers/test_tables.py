"""Rows of the other kinds, and how rows become a table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterproof.models.kubernetes.kubectl_client.resources import RESOURCES
from clusterproof.models.kubernetes.printers.config_maps import CONFIG_MAP
from clusterproof.models.kubernetes.printers.daemon_sets import DAEMON_SET
from clusterproof.models.kubernetes.printers.deployments import DEPLOYMENT
from clusterproof.models.kubernetes.printers.disruption_budgets import POD_DISRUPTION_BUDGET
from clusterproof.models.kubernetes.printers.endpoint_slices import ENDPOINT_SLICE
from clusterproof.models.kubernetes.printers.events import EVENT
from clusterproof.models.kubernetes.printers.horizontal_pod_autoscalers import HORIZONTAL_POD_AUTOSCALER
from clusterproof.models.kubernetes.printers.jobs import JOB
from clusterproof.models.kubernetes.printers.labels import format_label_selector
from clusterproof.models.kubernetes.printers.nodes import NODE
from clusterproof.models.kubernetes.printers.replica_sets import REPLICA_SET
from clusterproof.models.kubernetes.printers.services import SERVICE
from clusterproof.models.kubernetes.printers.stateful_sets import STATEFUL_SET
from clusterproof.models.kubernetes.printers.table import Options, Printer, lay_out

CREATED = {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"}
TEMPLATE = {"spec": {"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:2"}]}}
SELECTOR = {"matchLabels": {"app": "web"}}
WIDE = Options(wide=True)


def row(printer: Printer, options: Options = WIDE, **fields: Any) -> list[str | int]:
    """Return the cells of an object behind its name, without those of CONTAINERS and IMAGES."""
    cells = printer.cells({"metadata": CREATED, **fields}, options)
    assert len(cells) == len(printer.headings(options))
    assert cells[0] == "web"
    return [cell for cell in cells[1:] if cell not in ("a,b", "a:1,b:2")]


def test_workloads() -> None:
    """Workloads show what is ready of what is wanted, and wide their containers and selector."""
    spec = {"replicas": 3, "template": TEMPLATE, "selector": SELECTOR}

    assert row(DEPLOYMENT, spec=spec, status={"readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 1}) == [
        *("2/3", 1, 1, "0s"),
        "app=web",
    ]
    assert row(REPLICA_SET, spec=spec, status={"replicas": 3, "readyReplicas": 2}) == [3, 3, 2, "0s", "app=web"]
    assert row(STATEFUL_SET, spec=spec, status={}) == ["0/3", "0s"]


def test_daemon_sets() -> None:
    """DaemonSets count nodes, and show which nodes they want."""
    template = {"spec": {**TEMPLATE["spec"], "nodeSelector": {"disk": "ssd"}}}
    status = {"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1}
    shown = row(DAEMON_SET, spec={"template": template, "selector": SELECTOR}, status=status)

    assert shown == [3, 2, 1, 0, 0, "disk=ssd", "0s", "app=web"]


@pytest.mark.parametrize(
    ("spec", "status", "completions"),
    [
        ({"completions": 3}, {"succeeded": 1}, "1/3"),
        ({"parallelism": 4}, {}, "0/1 of 4"),
        ({"parallelism": 1}, {"succeeded": 1}, "1/1"),
    ],
)
def test_completions_of_jobs(spec: dict[str, Any], status: dict[str, Any], completions: str) -> None:
    """A job shows how many have succeeded of those it needs; a work queue needs one."""
    assert row(JOB, Options(minor=30), spec={**spec, "template": TEMPLATE}, status=status)[0] == completions


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ([], "Running"),
        (["Suspended"], "Suspended"),
        (["FailureTarget"], "FailureTarget"),
        (["SuccessCriteriaMet", "Complete"], "Complete"),
        (["FailureTarget", "Failed"], "Failed"),
    ],
)
def test_status_of_jobs(conditions: list[str], status: str) -> None:
    """From 1.31 a job shows its status, by the conditions that are true; before, there is no such column."""
    true = [{"type": name, "status": "True"} for name in conditions]
    job = {"spec": {"completions": 1, "template": TEMPLATE}, "status": {"conditions": true}}

    assert row(JOB, Options(minor=31), **job)[:2] == [status, "0/1"]
    assert row(JOB, Options(minor=30), **job)[0] == "0/1"
    assert JOB.headings(Options(minor=31))[1] == "STATUS"


def test_duration_of_jobs() -> None:
    """A job shows how long it took, or has taken so far, or nothing before it starts."""
    spec = {"completions": 1, "template": TEMPLATE}
    started = {"startTime": "2026-01-01T00:00:00Z"}

    assert row(JOB, Options(minor=30), spec=spec, status={})[1] == ""
    assert row(JOB, Options(minor=30), spec=spec, status=started)[1] == "0s"
    assert (
        row(JOB, Options(minor=30), spec=spec, status={**started, "completionTime": "2026-01-01T00:01:30Z"})[1] == "90s"
    )


def metric(kind: str, source: str, target: dict[str, Any]) -> dict[str, Any]:
    """Return a metric of an autoscaler."""
    return {"type": kind, source: {"name": "cpu", "target": target}}


@pytest.mark.parametrize(
    ("wanted", "seen", "text"),
    [
        (metric("Resource", "resource", {"averageUtilization": 80}), {}, "cpu: <unknown>/80%"),
        (
            metric("Resource", "resource", {"averageUtilization": 80}),
            {"resource": {"current": {"averageUtilization": 50}}},
            "cpu: 50%/80%",
        ),
        (metric("Resource", "resource", {}), {}, "cpu: <unknown>/<auto>"),
        (metric("ContainerResource", "containerResource", {"averageValue": "1"}), {}, "cpu: <unknown>/1"),
        (
            metric("Object", "object", {"averageValue": "2"}),
            {"object": {"current": {"averageValue": "1"}}},
            "1/2 (avg)",
        ),
        (metric("External", "external", {"value": "2"}), {"external": {"current": {"value": "3"}}}, "3/2"),
        (metric("Pods", "pods", {"averageValue": "9"}), {}, "<unknown>/9"),
        ({"type": "New"}, {}, "<unknown type>"),
    ],
)
def test_targets_of_autoscalers(wanted: dict[str, Any], seen: dict[str, Any], text: str) -> None:
    """A target is what is seen, a slash, and what is wanted; a resource is named from 1.30 on."""
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 9, "metrics": [wanted]}
    status = {"currentReplicas": 4, "currentMetrics": [seen] if seen else []}

    assert row(HORIZONTAL_POD_AUTOSCALER, spec=spec, status=status) == ["Deployment/web", text, "<unset>", 9, 4, "0s"]
    assert row(HORIZONTAL_POD_AUTOSCALER, Options(minor=29), spec=spec, status=status)[1] == text.removeprefix("cpu: ")


@pytest.mark.parametrize(
    ("spec", "status", "external", "ports"),
    [
        ({"type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP"}]}, {}, "<none>", "80/TCP"),
        (
            {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]},
            {},
            "<none>",
            "80:30080/TCP",
        ),
        ({"type": "LoadBalancer"}, {}, "<pending>", "<none>"),
        ({"type": "LoadBalancer"}, {"loadBalancer": {"ingress": [{"hostname": "a.example"}]}}, "a.example", "<none>"),
        ({"type": "LoadBalancer", "externalIPs": ["1.2.3.4"]}, {}, "1.2.3.4", "<none>"),
        ({"type": "ExternalName", "externalName": "db.example"}, {}, "db.example", "<none>"),
        ({"type": "Other"}, {}, "<unknown>", "<none>"),
    ],
)
def test_services(spec: dict[str, Any], status: dict[str, Any], external: str, ports: str) -> None:
    """A Service shows where it is reached from outside, by its type, and its ports."""
    shown = row(SERVICE, spec={**spec, "clusterIPs": ["10.0.0.1"]}, status=status)

    assert shown == [spec["type"], "10.0.0.1", external, ports, "0s", "<none>"]


def test_a_long_list_of_addresses_is_cut_short() -> None:
    """Several addresses of a load balancer are cut to 16 characters, unless wide."""
    ingress = [{"ip": f"10.0.0.{n}"} for n in (3, 1, 2)]
    service = {"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {"ingress": ingress}}}

    assert row(SERVICE, **service)[2] == "10.0.0.1,10.0.0.2,10.0.0.3"
    assert row(SERVICE, Options(), **service)[2] == "10.0.0.1,10.0..."


def test_endpoint_slices() -> None:
    """A slice shows three addresses and how many more there are, ready or not; an empty one has nothing set."""
    endpoints = [{"addresses": [f"10.0.0.{n}"], "conditions": {"ready": False}} for n in range(5)]
    full = {"addressType": "IPv4", "ports": [{"port": 80}, {"name": "x"}, {}], "endpoints": endpoints}

    assert row(ENDPOINT_SLICE, **full) == ["IPv4", "80,x,*", "10.0.0.0,10.0.0.1,10.0.0.2 + 2 more...", "0s"]
    assert row(ENDPOINT_SLICE, addressType="IPv4") == ["IPv4", "<unset>", "<unset>", "0s"]


def test_nodes() -> None:
    """A node shows its Ready condition, which is NotReady when Unknown, whether it is cordoned, and its roles."""
    labels = {
        "node-role.kubernetes.io/control-plane": "",
        "kubernetes.io/role": "infra",
        "node-role.kubernetes.io/": "",
    }
    node = {"metadata": {**CREATED, "labels": labels}, "spec": {"unschedulable": True}}
    status = {"conditions": [{"type": "Ready", "status": "Unknown"}], "nodeInfo": {"kubeletVersion": "v1.35"}}

    assert NODE.cells({**node, "status": status}, Options()) == [
        *("web", "NotReady,SchedulingDisabled", "control-plane,infra", "0s", "v1.35")
    ]


def test_disruption_budgets_and_config_maps() -> None:
    """A budget shows the limit that it has, and N/A for the other; a ConfigMap how many entries it has."""
    assert row(POD_DISRUPTION_BUDGET, spec={"minAvailable": 0}, status={"disruptionsAllowed": 2}) == [
        "0",
        "N/A",
        2,
        "0s",
    ]
    assert row(CONFIG_MAP, data={"a": "1", "b": "2"}) == [2, "0s"]


def test_events() -> None:
    """An event shows when it was last seen, and of what it tells."""
    event = {
        "metadata": {"name": "web.1"},
        "involvedObject": {"kind": "Pod", "name": "web-a"},
        "type": "Normal",
        "reason": "Started",
        "message": "Started container web \n",
        "source": {"component": "kubelet", "host": "n1"},
        "firstTimestamp": "2025-12-31T23:59:50Z",
        "lastTimestamp": "2026-01-01T00:00:00Z",
        "count": 2,
    }

    assert EVENT.cells(event, Options()) == ["0s", "Normal", "Started", "pod/web-a", "Started container web"]
    assert EVENT.cells(event, WIDE)[4:] == ["", "kubelet, n1", "Started container web", "10s", 2, "web.1"]
    assert EVENT.cells({**event, "involvedObject": {"kind": "Node"}}, Options())[3] == "node"


def test_selectors_in_one_line() -> None:
    """A selector is written in the order of its keys, with the operators' signs."""
    expressions = [
        {"key": "b", "operator": "In", "values": ["y", "x"]},
        {"key": "c", "operator": "NotIn", "values": ["z"]},
        {"key": "d", "operator": "Exists"},
        {"key": "a", "operator": "DoesNotExist"},
    ]

    assert format_label_selector({"matchLabels": {"e": "1"}, "matchExpressions": expressions}) == (
        "!a,b in (x,y),c notin (z),d,e=1"
    )
    assert format_label_selector({}) == format_label_selector(None) == "<none>"


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.plural)
@pytest.mark.parametrize("minor", [29, 35])
def test_headings_are_kubectls(resource: Any, minor: int) -> None:
    """Headings are in capitals, wide ones only when asked for, and every kind has an age or a time."""
    narrow, wide = (resource.printer.headings(Options(minor=minor, wide=each)) for each in (False, True))

    assert [heading for heading in wide if heading in narrow] == narrow
    assert all(heading == heading.upper() for heading in wide)
    assert {"AGE", "LAST SEEN"} & set(narrow)


@given(st.lists(st.lists(st.text("abc<>/", max_size=9), min_size=3, max_size=3), min_size=1, max_size=5))
def test_columns_stand_under_each_other(rows: list[list[str]]) -> None:
    """Every cell begins where its column does, three blanks or more behind the one before, and lines do not trail."""
    lines = lay_out(rows)
    widths = [max(6, 3 + max(len(row[column]) for row in rows)) for column in range(2)]
    starts = [0, widths[0], sum(widths)]

    for line, row in zip(lines, rows, strict=True):
        assert [line[start : start + len(cell)] for start, cell in zip(starts, row, strict=True)] == row
        assert len(line) == starts[2] + len(row[2])
