"""Objects of all kinds: what they say, that they are objects of the API, and that what is printed can be read again."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import attrs
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from instants import Run
from kubernetes_systems import (
    AGENT,
    CONTROL_PLANE,
    DB,
    SURGE,
    WEB,
    WORKER,
    autoscaler,
    changed,
    config_map,
    daemon_set,
    deployment,
    disruption_budget,
    manifests,
    pod,
    replica_set,
    running_cluster,
    service,
    small_system,
    stateful_set,
    without,
)

from clusterproof import Table, Timer, evolve
from clusterproof.checker.memo import Memo
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes import (
    control_plane,
    daemonset_controller,
    deployment_controller,
    deployment_status_controller,
    faults,
    kubectl,
    kubectl_sets,
    kubelet,
    node_lifecycle,
    replicaset_controller,
    scheduler,
    statefulset_controller,
)
from clusterproof.models.kubernetes.api_objects.daemon_sets import daemon_sets
from clusterproof.models.kubernetes.api_objects.deployments import deployments
from clusterproof.models.kubernetes.api_objects.disruption_budgets import disruption_budgets
from clusterproof.models.kubernetes.api_objects.endpoint_slices import endpoint_slices
from clusterproof.models.kubernetes.api_objects.events import events
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.nodes import nodes
from clusterproof.models.kubernetes.api_objects.pods import pods
from clusterproof.models.kubernetes.api_objects.quantities import quantity
from clusterproof.models.kubernetes.api_objects.replica_sets import replica_sets
from clusterproof.models.kubernetes.api_objects.services import services
from clusterproof.models.kubernetes.api_objects.stateful_sets import stateful_sets
from clusterproof.models.kubernetes.kubectl_client.get import get
from clusterproof.models.kubernetes.kubectl_client.output import as_json, as_yaml
from clusterproof.models.kubernetes.kubectl_client.request import request
from clusterproof.models.kubernetes.kubectl_client.resources import RESOURCES
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.manifests.quantity import resource_amount
from clusterproof.models.kubernetes.manifests.schemas import Schemas
from clusterproof.models.kubernetes.names import BudgetId, NodeId, Ordinal, PodId, ReplicaSetId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.static_pods import SCHEDULER, static_pod

WEB_A, WEB_1 = PodId("web-a"), ReplicaSetId("web-1")
PROBES = "readinessProbe: {httpGet: {path: /ok, port: http}, initialDelaySeconds: 5}, startupProbe: {grpc: {port: 9}}"
RICH = f"""{PROBES}, ports: [{{containerPort: 8080, name: http, hostPort: 80}}],
  resources: {{limits: {{cpu: 1500m, memory: 1Gi, example.com/gpu: 2}}, requests: {{cpu: 1}}}},
  env: [{{name: A, value: '1'}}, {{name: B, valueFrom: {{configMapKeyRef: {{name: settings, key: b}}}}}}],
  envFrom: [{{configMapRef: {{name: settings}}}}], lifecycle: {{preStop: {{sleep: {{seconds: 3}}}}}}"""
TERM = "{topologyKey: zone, labelSelector: {matchExpressions: [{key: a, operator: Exists}]}, namespaceSelector: {}}"
SPREAD = "{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {a: b}}}"
NODES = "{nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: NotIn, values: [slow]}]}]}"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
FAST = "{weight: 7, preference: {matchExpressions: [{key: disk, operator: Exists}]}}"
SPEC = f"""nodeSelector: {{kubernetes.io/os: linux}}, priority: 7, terminationGracePeriodSeconds: 5,
  affinity: {{nodeAffinity: {{{REQUIRED}: {NODES}, {PREFERRED}: [{FAST}]}}, podAntiAffinity: {{{REQUIRED}: [{TERM}]}},
    podAffinity: {{{PREFERRED}: [{{weight: 100, podAffinityTerm: {TERM}}}]}}}},
  topologySpreadConstraints: [{SPREAD}],
  tolerations: [{{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 9}}],
  volumes: [{{name: settings, configMap: {{name: settings}}}}],
  initContainers: [{{name: init, image: init}}, {{name: side, image: side, restartPolicy: Always}}]"""
EVERYTHING = (
    deployment(2, container=RICH, spec=SPEC, min_ready_seconds=1, image="web:2"),
    service("publishNotReadyAddresses: true, externalTrafficPolicy: Local"),
    disruption_budget("minAvailable: 50%, unhealthyPodEvictionPolicy: AlwaysAllow"),
    config_map(a="1", b="yes", c="3\n4"),
    replica_set(),
    stateful_set(2, spec="updateStrategy: {rollingUpdate: {partition: 1}}\nordinals: {start: 3}\nminReadySeconds: 2"),
    daemon_set(spec=f"{SURGE}\nrevisionHistoryLimit: 3"),
    pod(name="bare"),
    autoscaler(2, 4, "behavior: {scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}"),
)


@cache
def calm() -> Cluster:
    """Return a small Deployment with Service and budget that runs."""
    return running_cluster(deployment(2), service(), disruption_budget())


def node_lost() -> Run:
    """Return a run in which the worker has lost its power, and has been silent for the whole grace period."""
    run = Run(calm()).take(faults.crash_node, WORKER)
    run.cluster = changed(run.cluster, "nodes", WORKER, grace=Timer(0))
    return run


def only(found: Any) -> Any:
    """Return the one object of a kind."""
    (one,) = found
    return one


# ---------------------------------------------------------------- reading it back


def test_what_is_printed_can_be_applied_again() -> None:
    """`get -o yaml` of every kind the model reads gives manifests that say what the first ones said."""
    start = small_system(*EVERYTHING, start="apply").initial_states[0]
    while start.kubectl.applied < start.kubectl.to_apply:
        start = Run(start).take(kubectl.apply_document).cluster
    words = ("deployments,replicasets,statefulsets,daemonsets,services,poddisruptionbudgets,configmaps,pods,hpa",)
    printed = get(Instant(cluster=start), request(words, output="yaml")).out

    again = load_document_texts([("again.yaml", printed)], Schemas.nearest("1.35"))
    first = manifests(*EVERYTHING)

    for kind in (
        "deployments",
        "stateful_sets",
        "daemon_sets",
        "services",
        "pod_disruption_budgets",
        "config_maps",
        "autoscalers",
    ):
        assert [_plain(each) for each in getattr(again, kind)] == [_plain(each) for each in getattr(first, kind)]
    assert {each.metadata.name for each in again.pods} == {"bare"}
    assert [each.template for each in again.replica_sets] == [each.template for each in first.replica_sets]


def _plain(read: Any) -> Any:
    """What was read, without where it stood, its address, defaults that are written out, and what controllers wrote."""
    made_up = ("source", "cluster_ip", "progress_deadline_given")
    fields = attrs.asdict(read, filter=lambda field, _: field.name not in made_up)
    fields["metadata"] = {name: fields["metadata"][name] for name in ("name", "namespace", "labels")}
    return fields


@given(st.integers(0, 2**50), st.sampled_from(["cpu", "memory", "pods", "hugepages-2Mi"]))
def test_quantities_are_exact(amount: int, resource: str) -> None:
    """A quantity that is printed means the amount it was printed for."""
    assert resource_amount(resource, quantity(resource, amount)) == amount


# ---------------------------------------------------------------- any state


@cache
def busy() -> Compiled:
    """Return a system in which much may go wrong."""
    system = small_system(
        *EVERYTHING[:4],
        *EVERYTHING[5:7],
        start="apply",
        workers=2,
        faults={"crash-container": 1, "reboot-node": 1, "kill-process": 1, "partition-node": 1},
        actions={"rollout": 1, "rollout-stateful-set": 1, "rollout-daemon-set": 1, "drain": 1, "delete-pod": 1},
        rollouts=1,
        drains=[WORKER],
        properties=(),
    )
    compiled = Compiled(system)
    compiled.evaluate_with = Memo(compiled).evaluate
    return compiled


@settings(max_examples=10, deadline=None)
@given(st.data(), st.integers(0, 80))
def test_every_state_can_be_shown(data: st.DataObject, steps: int) -> None:
    """In whatever state, objects of all kinds are valid for the API, and JSON, YAML and tables show all of them."""
    schemas = Schemas.nearest("1.35")
    assert schemas is not None
    chance = data.draw(st.randoms(use_true_random=False))
    row = busy().initial_rows()[0]
    for _ in range(steps):
        possible = busy().steps(row).steps
        if not possible:
            break
        row = chance.choice(possible).row
    instant = Instant(cluster=busy().schema.state(row), at_seconds=0)

    for resource in RESOURCES:
        for one in resource.objects(instant):
            written = as_yaml(one)
            assert json.loads(as_json(one)) == yaml.safe_load(written) == one
            validator = schemas._validator(one["apiVersion"], one["kind"])
            assert [error.message for error in validator.iter_errors(one)] == []
    for form in ("", "wide", "name"):
        answer = get(instant, request(["all,nodes,cm,pdb,endpointslices,events"], namespace=None, output=form))
        assert answer.code == (0 if answer.out else 1)


# ---------------------------------------------------------------- kind by kind


def test_deployments_say_how_far_they_are() -> None:
    """A change of the template is observed later; the counters, and what follows from them, are the controller's."""
    run = Run(running_cluster(deployment(2), rollouts=1)).take(kubectl.rollout, WEB)
    found = only(deployments(run.now))

    assert "observedGeneration" not in found["status"]
    assert found["spec"]["template"]["metadata"]["annotations"] == {"kubectl.kubernetes.io/restartedAt": "1"}
    run.take(deployment_controller.create_new_replica_set, WEB).take(deployment_status_controller.update_status, WEB)
    found = only(deployments(run.now))
    assert found["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "2"}
    assert found["status"] == {
        "observedGeneration": 1,
        "replicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "conditions": [
            {
                "type": "Available",
                "status": "True",
                "reason": "MinimumReplicasAvailable",
                "message": "Deployment has minimum availability.",
            }
        ],
    }


def test_replica_sets_belong_to_their_deployment() -> None:
    """A ReplicaSet is owned, selects its own hash, and its template has no toleration that only pods get."""
    found = only(replica_sets(Instant(cluster=calm())))

    assert found["metadata"]["ownerReferences"][0]["name"] == "web"
    assert found["spec"]["selector"] == {"matchLabels": {"app": "web", "pod-template-hash": "1"}}
    assert "tolerations" not in found["spec"]["template"]["spec"]
    assert found["status"] == {
        "replicas": 2,
        "fullyLabeledReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "observedGeneration": 1,
    }


def test_stateful_sets_say_how_far_they_are() -> None:
    """The update revision is that of the template once it is observed, and the pods are labelled with theirs."""
    run = Run(running_cluster(stateful_set(), rollouts=1)).take(kubectl_sets.rollout_stateful_set, DB)
    assert only(stateful_sets(run.now))["status"]["updateRevision"] == "db-1"

    run.take(statefulset_controller.create_revision, DB).take(statefulset_controller.update_status, DB)
    assert only(stateful_sets(run.now))["status"] == {
        "observedGeneration": 1,
        "currentRevision": "db-1",
        "updateRevision": "db-2",
        "replicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "currentReplicas": 2,
    }
    first = next(pods(run.now))
    assert first["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet"
    assert first["metadata"]["labels"] == {
        "app": "db",
        "statefulset.kubernetes.io/pod-name": "db-0",
        "apps.kubernetes.io/pod-index": "0",
        "controller-revision-hash": "db-1",
    }


def test_a_second_pod_of_a_name_is_shown_by_its_name() -> None:
    """How the model tells two pods of one name apart is nobody's business."""
    c = running_cluster(stateful_set(1))
    renamed = Table(c.pods.ids, {PodId("db-0#2"): c.pods[PodId("db-0")]})

    assert only(pods(Instant(cluster=evolve(c, pods=renamed))))["metadata"]["name"] == "db-0"


def test_daemon_sets_say_how_far_they_are() -> None:
    """Their template has no toleration that only pods get; their pods are owned and labelled."""
    run = Run(running_cluster(daemon_set(), workers=2))
    found = only(daemon_sets(run.now))

    assert "tolerations" not in found["spec"]["template"]["spec"]
    assert found["status"] == {
        "observedGeneration": 1,
        "desiredNumberScheduled": 2,
        "currentNumberScheduled": 2,
        "numberMisscheduled": 0,
        "numberReady": 2,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
    }
    first = next(pods(run.now))
    assert first["metadata"]["ownerReferences"][0]["name"] == "agent"
    assert first["metadata"]["labels"] == {"app": "agent", "controller-revision-hash": "1"}


def test_nodes_lose_their_condition() -> None:
    """A node that is marked shows why and since when, and its taints."""
    run = node_lost().wait(50).take(node_lifecycle.mark_unreachable, WORKER)
    run.wait(5).take(node_lifecycle.mirror_no_schedule, WORKER)
    found = next(each for each in nodes(run.now) if each["metadata"]["name"] == WORKER)

    assert found["status"]["conditions"] == [
        {
            "type": "Ready",
            "status": "Unknown",
            "lastTransitionTime": "2026-01-01T00:00:50Z",
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
        }
    ]
    assert found["spec"]["taints"] == [{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}]


def test_services_and_their_slices() -> None:
    """A Service has a virtual address, and its slice the address and conditions of every endpoint."""
    instant = Instant(cluster=calm())
    found, endpoint_slice = only(services(instant)), only(endpoint_slices(instant))

    assert found["spec"]["clusterIPs"] == ["10.96.0.10"]
    assert endpoint_slice["ports"] == [{"port": 80, "protocol": "TCP"}]
    assert [each["addresses"] for each in endpoint_slice["endpoints"]] == [["10.244.0.2"], ["10.244.0.3"]]
    assert endpoint_slice["endpoints"][0]["conditions"] == {"ready": True, "serving": True, "terminating": False}
    assert endpoint_slice["endpoints"][0]["nodeName"] == WORKER


@pytest.mark.parametrize(
    ("further", "addresses"), [("clusterIP: 10.96.1.1", ["10.96.1.1"]), ("type: ClusterIP, clusterIP: None", ["None"])]
)
def test_addresses_that_are_asked_for(further: str, addresses: list[str]) -> None:
    """A Service that asks for an address, or for none, gets what it asks for."""
    written = service(further)
    if "None" in further:
        written = written.replace("type: NodePort, ", "").replace(", nodePort: 30000", "")

    assert (
        only(services(Instant(cluster=running_cluster(written, pod(), mapped=False))))["spec"]["clusterIPs"]
        == addresses
    )


def test_a_named_port_is_looked_up() -> None:
    """The port of a slice is the number that its pods give the name."""
    named = service().replace("port: 80,", "port: 80, targetPort: http,")
    c = running_cluster(deployment(container="ports: [{containerPort: 8080, name: http}]"), named)

    assert only(endpoint_slices(Instant(cluster=c)))["ports"][0]["port"] == 8080


def test_budgets_remember_whom_they_let_go() -> None:
    """A pod whose eviction was granted is listed with the time of the grant."""
    run = Run(running_cluster(deployment(2), disruption_budget(), drains=[WORKER], actions={"drain": 1}))
    run.wait(4).take(kubectl.drain, WORKER).take(kubectl.evict, WORKER, WEB_A)
    status = only(disruption_budgets(run.now))["status"]

    assert status["disruptedPods"] == {"web-a": "2026-01-01T00:00:04Z"}
    assert (status["disruptionsAllowed"], status["desiredHealthy"], status["expectedPods"]) == (0, 1, 2)


# ---------------------------------------------------------------- events


def told(run: Run) -> list[tuple[str, str, str]]:
    """Return reason, object and message of each event."""
    return [(e["reason"], e["involvedObject"]["name"], e["message"]) for e in events(run.now)]


def test_a_new_pod_is_told_step_by_step() -> None:
    """The controllers, the scheduler and the kubelet report what they do, in its order."""
    run = Run(calm()).take(kubectl.delete_pod, WEB_A).take(replicaset_controller.create_pod, WEB_1)
    c = PodId("web-c")
    run.become(changed(run.cluster, "pods", c, node=WORKER), scheduler.bind, c).wait(2)
    run.take(kubelet.start_container, WORKER, c).take(kubelet.hear_deletion, WORKER, WEB_A)

    assert told(run) == [
        ("SuccessfulCreate", "web-1", "Created pod: web-c"),
        ("Scheduled", "web-c", "Successfully assigned default/web-c to kind-worker"),
        ("Started", "web-c", "Started container web"),
        ("Killing", "web-a", "Stopping container web"),
    ]
    last = list(events(run.now))[-1]
    assert (last["lastTimestamp"], last["source"]) == ("2026-01-01T00:00:02Z", {"component": "kubelet", "host": WORKER})


def test_pods_of_sets_are_told() -> None:
    """A StatefulSet's controller has words of its own."""
    run = Run(changed(running_cluster(stateful_set()), "stateful_sets", DB, replicas=1))
    run.take(statefulset_controller.delete_pod, DB, Ordinal(1))
    assert told(run) == [("SuccessfulDelete", "db", "delete Pod db-1 in StatefulSet db successful")]

    c = without(running_cluster(daemon_set()), "pods", PodId("agent-kind-worker-a"))
    run = Run(without(c, "containers", PodId("agent-kind-worker-a")))
    run.take(daemonset_controller.create_pod, AGENT, WORKER)
    assert told(run) == [("SuccessfulCreate", "agent", "Created pod: agent-kind-worker-a")]


def test_a_pod_that_fits_nowhere_is_told() -> None:
    """The scheduler counts the nodes by the filter that refuses them."""
    start = small_system(pod(), start="apply", mapped=False, pods=0).initial_states[0]
    run = Run(start).take(kubectl.apply_document).take(scheduler.report_unschedulable, PodId("bare"))
    (event,) = events(run.now)

    assert event["type"] == "Warning"
    assert event["message"] == (
        "0/2 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint "
        "{node-role.kubernetes.io/control-plane: }."
    )


def test_scaling_is_told() -> None:
    """The Deployment controller reports each size it gives a ReplicaSet."""
    c = running_cluster(deployment(2), scales=(1,), actions={"scale": 1})
    run = Run(changed(c, "deployments", WEB, replicas=1)).take(deployment_controller.scale_replica_set, WEB)

    assert told(run) == [("ScalingReplicaSet", "web", "Scaled down replica set web-1 from 2 to 1")]


def test_alike_events_are_counted() -> None:
    """What is reported twice is one event, with when it was first and last."""
    run = Run(calm())
    for _ in range(2):
        run.wait(1).take(faults.crash_container, WEB_A).take(kubelet.restart_container, WORKER, WEB_A)
        run.become(calm(), faults.restart_process, WORKER)
    (event,) = events(run.now)

    assert (event["count"], event["firstTimestamp"], event["lastTimestamp"]) == (
        *(2, "2026-01-01T00:00:01Z"),
        "2026-01-01T00:00:02Z",
    )


def test_reports_without_apiserver_are_lost() -> None:
    """A container that is restarted while the control plane is away leaves no event."""
    run = Run(calm()).take(faults.crash_container, WEB_A).take(faults.stop_control_plane)

    assert told(run.take(kubelet.restart_container, WORKER, WEB_A)) == []


def test_nodes_and_evictions_are_told() -> None:
    """A node that is lost, and the pods that have to leave it, are told."""
    run = node_lost().take(node_lifecycle.mark_unreachable, WORKER)

    assert told(run) == [("NodeNotReady", "kind-worker", "Node kind-worker status is now: NodeNotReady")]


def test_ids_of_the_model_are_told_apart() -> None:
    """Objects outside of the namespace default have their own namespace, and no slash in their names."""
    c = running_cluster(disruption_budget().replace("name: web", "name: web, namespace: shop"), pod())
    found = only(disruption_budgets(Instant(cluster=c)))

    assert BudgetId("shop/web") in c.budgets
    assert (found["metadata"]["name"], found["metadata"]["namespace"]) == ("web", "shop")


def test_the_restarted_scheduler_is_seen_in_its_restarts() -> None:
    """A static pod that was started again counts one restart, and says when it ended."""
    c = running_cluster(pod())
    run = Run(c).take(faults.kill_process, next(p for p in c.scope.processes if p == "kube-scheduler")).wait(3)
    restarted = static_pod(SCHEDULER, CONTROL_PLANE)
    run.take(control_plane.start_static_pod, restarted)
    answer = get(run.now, request(["pods", restarted], namespace="kube-system"))

    assert "1 (3s ago)" in answer.out


def test_nodes_keep_their_names() -> None:
    """Nodes are listed by name, and have no namespace."""
    found = [each["metadata"] for each in nodes(Instant(cluster=calm()))]

    assert [NodeId(each["name"]) for each in found] == ["kind-control-plane", "kind-worker"]
    assert all("namespace" not in each for each in found)
