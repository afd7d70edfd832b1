"""Which workloads can feel each other, and so have to be checked together."""

from __future__ import annotations

import attrs
import pytest
from group_manifests import AWAY_FROM, autoscaler, budget, daemon_set, service, workload
from kubernetes_systems import limit_range, quota, webhook

from clusterproof.models.kubernetes import groups, objects
from clusterproof.models.kubernetes.build import UserActions
from clusterproof.models.kubernetes.groups import independent_groups, restricted, restricted_actions
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.names import DeploymentId, NodeId
from clusterproof.models.kubernetes.topology import default_topology

SPREAD = (
    "topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, "
    "labelSelector: {matchLabels: {tier: any}}}]"
)
CONFIGURED = "envFrom: [{configMapRef: {name: settings}}]"
SETTINGS = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: b}}"


def read(*documents: str) -> objects.Manifests:
    """Return manifests made of these documents."""
    return load_document_texts((f"{number}.yaml", text) for number, text in enumerate(documents))


def groups_of(*documents: str, actions: UserActions | None = None) -> list[str]:
    """Return the groups, each as the names of its objects."""
    found = independent_groups([read(*documents)], default_topology(), actions or UserActions())
    return [" ".join(sorted(group.objects)) for group in found]


def test_what_has_nothing_to_do_with_each_other():
    """Each workload is a group with what selects it; what selects nobody goes with the first."""
    assert groups_of(
        workload("web"),
        service("web"),
        budget("web"),
        workload("db"),
        service("db"),
        daemon_set("log"),
        service("nobody"),
    ) == [
        "Deployment/web PodDisruptionBudget/web Service/nobody Service/web",
        "Deployment/db Service/db",
        "DaemonSet/log",
    ]


def test_a_budget_over_several():
    """A budget over the pods of several workloads keeps these together."""
    assert len(groups_of(workload("web"), workload("db"))) == 2
    assert len(groups_of(workload("web"), workload("db"), budget("both", "{tier: any}"))) == 1


def test_a_service_over_several():
    """Nobody feels a Service: one over several workloads has one more group, which is asked about Services only."""
    documents = workload("web"), service("web"), workload("db"), service("both", "{tier: any}"), budget("db")
    found = independent_groups([read(*documents)], default_topology(), UserActions())

    assert [(" ".join(sorted(group.objects)), group.only_services) for group in found] == [
        ("Deployment/web Service/web", False),
        ("Deployment/db PodDisruptionBudget/db", False),
        ("Deployment/db Deployment/web PodDisruptionBudget/db Service/both", True),
    ]


@pytest.mark.parametrize(
    ("web", "db"),
    [
        ({"spec": AWAY_FROM.format("db")}, {}),
        ({}, {"spec": AWAY_FROM.format("web")}),
        ({"spec": AWAY_FROM.format("db").replace("podAntiAffinity", "podAffinity")}, {}),
        ({"spec": SPREAD}, {}),
        ({"container": "ports: [{containerPort: 80, hostPort: 80}]"},) * 2,
    ],
    ids=["anti-affinity", "anti-affinity of the other", "affinity", "spreading", "a port of the host"],
)
def test_whom_the_scheduler_looks_at(web, db):
    """Workloads whose pods keep each other off a node, or draw each other there, stay together."""
    assert len(groups_of(workload("web", **web), workload("db", **db))) == 1


def test_what_the_scheduler_looks_at_in_ones_own_pods():
    """Anti-affinity against one's own pods concerns nobody else."""
    assert len(groups_of(workload("web", spec=AWAY_FROM.format("web")), workload("db"))) == 2


def test_config_maps_belong_to_all_who_read_them():
    """A ConfigMap that two workloads read does not keep them together: each group has it."""
    assert groups_of(workload("web", container=CONFIGURED), workload("db", container=CONFIGURED), SETTINGS) == [
        "ConfigMap/settings Deployment/web",
        "ConfigMap/settings Deployment/db",
    ]


@pytest.mark.parametrize(("cpu", "most"), [("600m", None), ("800m", 2), ("1000m", 2), ("1100m", 0)])
def test_room(cpu, most):
    """Where the pods of all pools do not fit on a node, each workload gets a share; where none fits they stay together.

    A node has 4 cores, and a Deployment with one replica up to three pods.
    """
    manifests = read(workload("web", cpu=cpu), workload("db", cpu=cpu))
    found = independent_groups([manifests], default_topology(), UserActions())
    shares = {name: share.most for group in found for name, share in group.shares.items()}

    assert len(found) == (1 if most == 0 else 2)
    assert shares == ({"Deployment/web": most, "Deployment/db": most} if most else {})


def test_drains_that_concern_everybody():
    """A drain that kubectl refuses, or that cannot empty a node, is felt by all workloads."""
    drained = UserActions(drains=(NodeId("kind-worker"),))
    refusing = attrs.evolve(drained, ignore_daemonsets=False)
    stays = "tolerations: [{operator: Exists}]"

    assert len(groups_of(workload("web"), daemon_set("log"), actions=drained)) == 2
    assert len(groups_of(workload("web"), daemon_set("log"), actions=refusing)) == 1
    assert len(groups_of(workload("web"), workload("db", spec=stays))) == 2
    assert len(groups_of(workload("web"), workload("db", spec=stays), actions=drained)) == 1


def test_scores_are_felt_by_everybody():
    """Where scores decide, each pod makes its node less empty for all others, so that nothing is checked apart."""
    documents = read(workload("web"), workload("db"))

    assert len(independent_groups([documents], default_topology(), UserActions())) == 2
    (together,) = independent_groups([documents], default_topology(), UserActions(), "highest-score")
    assert sorted(together.objects) == ["Deployment/db", "Deployment/web"]


def test_what_an_autoscaler_scales():
    """An autoscaler goes with its workload, and so do the levels that the demand for it may have."""
    manifests = read(workload("web"), autoscaler("db"), workload("db"))
    found = independent_groups([manifests], default_topology(), UserActions())
    levels = {("Deployment", "web"): (100,), ("Deployment", "db"): (200,)}
    left = restricted_actions(UserActions(demands=levels), [restricted(manifests, found[1].objects)])

    assert [sorted(group.objects) for group in found] == [
        ["Deployment/web"],
        ["Deployment/db", "HorizontalPodAutoscaler/db"],
    ]
    assert left.demands == {("Deployment", "db"): (200,)}


def test_what_admission_looks_at():
    """A quota and a webhook are felt by everybody, unless they can refuse nothing."""
    documents = workload("web"), service("web"), workload("db")
    asks_about_pods, ignored = webhook(), webhook("failurePolicy: Ignore")
    scoped = quota("pods: 9", "scopes: [BestEffort]")

    assert [len(groups_of(*documents, each)) for each in (asks_about_pods, quota("pods: 9"))] == [1, 1]
    assert [len(groups_of(*documents, each)) for each in (ignored, scoped)] == [2, 2]
    assert len(groups_of(*documents, limit_range("type: Container, defaultRequest: {cpu: 5}"))) == 1
    assert len(groups_of(*documents, limit_range("type: Container, defaultRequest: {cpu: 50m}"))) == 2


def test_a_namespace_that_may_be_deleted():
    """What is in it goes together."""
    actions = UserActions(targets={"delete_namespace": ("default",)})

    assert len(groups_of(workload("web"), workload("db"), actions=actions)) == 1


def test_a_job_is_a_workload():
    """The pods of a Job take room like those of others, and so belong to a group of their own."""
    job = workload("mail").replace("apps/v1", "batch/v1").replace("kind: Deployment", "kind: Job")
    job = job.replace("  replicas: 1\n", "").replace("  selector: {matchLabels: {app: mail}}\n", "")
    job = job.replace("spec: {containers", "spec: {restartPolicy: Never, containers")

    assert groups_of(workload("web"), job) == ["Deployment/web", "Job/mail"]


def test_objects_that_nobody_has_thought_of(monkeypatch):
    """Objects of a kind whose influence is not known keep everything together."""
    documents = workload("web"), workload("db"), service("db")
    known = {field: kind for field, kind in groups.KINDS.items() if kind != "Service"}

    assert len(groups_of(*documents)) == 2
    monkeypatch.setattr(groups, "KINDS", known)
    assert len(groups_of(*documents)) == 1


def test_what_is_left_of_manifests_and_actions():
    """A group keeps its own objects, and what the user may do with them."""
    manifests = read(workload("web"), service("web"), workload("db"), service("db"))
    left = restricted(manifests, {"Deployment/web", "Service/web"})
    actions = UserActions(scales={DeploymentId("web"): (2,), DeploymentId("db"): (3,)})

    assert left == attrs.evolve(manifests, deployments=manifests.deployments[:1], services=manifests.services[:1])
    assert restricted_actions(actions, [left]) == UserActions(scales={DeploymentId("web"): (2,)})
