"""Members of etcd that lose their disks: the only one begins anew, one of several has to be replaced.

Source: https://etcd.io/docs/v3.6/op-guide/failures/, https://etcd.io/docs/v3.6/op-guide/runtime-configuration/
"""

from __future__ import annotations

from typing import Any

import pytest
from instants import Run
from kubernetes_systems import (
    CONTROL_PLANE,
    CONTROL_PLANE2,
    CPU,
    WEB,
    WORKER,
    after,
    autoscaler,
    changed,
    config_map,
    cron_job,
    daemon_set,
    deployment,
    disruption_budget,
    is_enabled,
    job,
    pod,
    quota,
    running_cluster,
    service,
    small_system,
    stateful_set,
    webhook,
)

from clusterproof.checker.check import check_system
from clusterproof.models.kubernetes import (
    apiserver,
    control_plane,
    etcd,
    faults,
    kubectl,
    kubelet,
    lost_disks,
    node_objects,
)
from clusterproof.models.kubernetes.api_objects.add_ons import add_on_pods
from clusterproof.models.kubernetes.api_objects.static_pods import static_pods
from clusterproof.models.kubernetes.build import empty_cluster
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.names import MemberId, NodeId, PodId
from clusterproof.models.kubernetes.narration import explain
from clusterproof.models.kubernetes.state import Cluster, Disk
from clusterproof.models.kubernetes.static_pods import APISERVER, ETCD, static_pod

BARE = PodId("bare")
MEMBER, MEMBER2 = MemberId(CONTROL_PLANE), MemberId(CONTROL_PLANE2)


def calm(*documents: str, **options: Any) -> Cluster:
    """Return a cluster whose members of etcd may lose their disks."""
    return running_cluster(*(documents or (pod(),)), faults={"lose-disk": 1}, **options)


def lost(c: Cluster, *members: NodeId) -> Cluster:
    """Return the cluster after these members have lost their disks."""
    for n in members:
        label = f"node={n}" if len(c.disks) > 1 else ""
        (c,) = (found for chosen, found in faults.lose_disk.outcomes(c).items() if chosen == label)
    return c


def begun_anew(*documents: str, **options: Any) -> Cluster:
    """Return the cluster after its only member has started on an empty disk."""
    return after(lost(calm(*documents, **options), CONTROL_PLANE), lost_disks.start_empty_store, MEMBER)


def test_a_cluster_that_loses_no_disk_knows_nothing_of_disks() -> None:
    """No slot is there for them, nor for Nodes that would go with the store."""
    c = running_cluster(pod())

    assert not c.disks
    assert not c.removable_nodes


# ---------------------------------------------------------------- one member


def test_a_member_that_loses_its_disk_stops() -> None:
    """Nothing answers, and its kubelet does not start it as if nothing were."""
    c = lost(calm(), CONTROL_PLANE)

    assert not apiserver.is_serving(c)
    assert not is_enabled(c, control_plane.start_static_pod, static_pod(ETCD, CONTROL_PLANE))
    assert not is_enabled(c, faults.lose_disk)


def test_a_member_that_is_down_may_lose_its_disk() -> None:
    """What is on a disk does not depend on who runs."""
    member = static_pod(ETCD, CONTROL_PLANE)
    c = lost(changed(calm(), "static_pods", member, running=False), CONTROL_PLANE)

    assert c.disks[CONTROL_PLANE] is Disk.EMPTY


def test_the_only_member_starts_an_empty_store() -> None:
    """The apiserver answers again, and knows of nothing; the disk may be lost once more."""
    c = begun_anew()

    assert apiserver.is_serving(c)
    assert c.disks[CONTROL_PLANE] is Disk.BEGUN_ANEW
    assert not c.pods
    assert node_objects.existing_nodes(c) == []
    assert is_enabled(c, faults.lose_disk)


def test_it_takes_a_kubelet_to_start_it() -> None:
    """A machine that is down starts nothing."""
    c = changed(lost(calm(), CONTROL_PLANE), "machines", CONTROL_PLANE, up=False)

    assert not is_enabled(c, lost_disks.start_empty_store, MEMBER)
    assert explain(c, "") == []


def test_objects_of_every_kind_are_lost() -> None:
    """Of each collection that is stored nothing is left, as before anything was applied."""
    documents = (
        deployment(container=CPU, more="progressDeadlineSeconds: 60"),
        stateful_set(1),
        daemon_set(),
        cron_job(),
        job(),
        service(),
        disruption_budget(),
        autoscaler(),
        config_map(a="1"),
        quota("pods: 20"),
        webhook(),
    )
    everything = {"cascades": (PropagationPolicy.ORPHAN, PropagationPolicy.FOREGROUND)}
    c = calm(*documents, **everything)
    full = begun_anew(*documents, **everything)
    empty = empty_cluster(c.scope)
    without_history = changed(full, "services", WEB, has_been_reachable=False)

    for name in (*lost_disks.STORED_IN_TABLES, *lost_disks.STORED_IN_MAPS):
        assert getattr(without_history, name) == getattr(empty, name), name
    assert c.pods.keys() == c.containers.keys() == full.containers.keys() != set()


def test_every_part_of_the_state_is_stored_or_is_not() -> None:
    """What is new in the state is either lost with the store, or named here."""
    nodes = {"nodes", "removable_nodes"}
    machines = {"machines", "static_pods", "disks", "containers", "proxies", "cpu_demands"}
    processes = {"zones", "leases", "drains", "kubectl", "controller_processes", "work_items", "creates"}
    rest = {"scope", "etcd", "autoscaler_memories"} | nodes | machines | processes
    stored = {*lost_disks.STORED_IN_TABLES, *lost_disks.STORED_IN_MAPS}

    assert stored | rest == set(Cluster.__annotations__)
    assert stored.isdisjoint(rest)


def test_a_namespace_that_somebody_made_is_lost() -> None:
    """Nothing is created in it any more."""
    in_shop = deployment().replace("metadata: {name: web}", "metadata: {name: web, namespace: shop}", 1)
    c = begun_anew(in_shop, targets={"delete_namespace": ("shop",)}, actions={"delete-namespace": 1})

    assert not next(iter(c.namespaces.values())).exists


def test_machines_run_on_and_kubelets_stop_what_nobody_knows() -> None:
    """A list without its pods is an order to stop them."""
    c = begun_anew()
    assert BARE in c.containers

    c = after(c, kubelet.hear_deletion, WORKER, BARE)
    assert BARE not in after(c, kubelet.stop_container, WORKER, BARE).containers


def test_a_kubelet_registers_its_node_when_it_is_restarted() -> None:
    """Of any node, that of the control plane, too; *why* says so."""
    c = begun_anew()
    assert not is_enabled(c, kubelet.register_node, WORKER)
    assert explain(c, "") == [
        "etcd has begun anew on an empty disk; a kubelet creates its Node again only when it is restarted"
    ]

    for n in (WORKER, CONTROL_PLANE):
        c = after(changed(c, "machines", n, synced=False), kubelet.register_node, n)
    assert node_objects.existing_nodes(c) == [CONTROL_PLANE, WORKER]


def test_manifests_may_be_applied_to_the_new_store() -> None:
    """What is created is new, though it has an old name."""
    c = begun_anew(deployment(), second=(deployment(),), actions={"apply": 1})
    c = after(after(c, kubectl.apply), kubectl.apply_document)

    assert c.deployments[WEB].uid > 0


def test_a_scale_under_way_fails() -> None:
    """What it has read is gone."""
    scaling: dict[str, Any] = {"scales": (2,), "actions": {"scale": 1}}
    c = after(calm(deployment(), **scaling), kubectl.scale, WEB, kubectl.Replicas(2))
    c = after(lost(c, CONTROL_PLANE), lost_disks.start_empty_store, MEMBER)

    assert c.kubectl.scaling is None


def test_kubectl_shows_neither_mirror_pods_nor_add_ons() -> None:
    """The processes run, and have no objects; once its Node is there the kubelet makes mirror pods again."""
    run = Run(begun_anew())
    assert [*static_pods(run.now), *add_on_pods(run.now)] == []

    run = Run(changed(run.cluster, "removable_nodes", CONTROL_PLANE, exists=True))
    assert len(list(static_pods(run.now))) == 4
    assert list(add_on_pods(run.now)) == []


# ---------------------------------------------------------------- several members


def test_one_of_three_fails_until_it_is_replaced() -> None:
    """The others go on, and keep what was stored; the new member is brought up to date by them."""
    c = lost(calm(control_planes=3), CONTROL_PLANE)
    member = static_pod(ETCD, CONTROL_PLANE)
    assert apiserver.is_serving(c)
    assert not etcd.answers_on(c, CONTROL_PLANE)
    assert not any(
        is_enabled(c, action, argument)
        for action, argument in ((control_plane.start_static_pod, member), (lost_disks.start_empty_store, MEMBER))
    )
    assert explain(c, "") == ["the etcd member on kind-control-plane lost the disk, and waits until it is replaced"]

    c = after(c, lost_disks.replace_member, MEMBER)
    assert BARE in after(c, control_plane.start_static_pod, member).pods
    assert not is_enabled(c, lost_disks.replace_member, MEMBER)


def test_only_members_that_are_named_are_replaced() -> None:
    """The scope says which, if it names any."""
    c = lost(calm(control_planes=5, targets={"replace_member": (CONTROL_PLANE2,)}), CONTROL_PLANE, CONTROL_PLANE2)

    assert is_enabled(c, lost_disks.replace_member, MEMBER2)
    assert not is_enabled(c, lost_disks.replace_member, MEMBER)


def test_nobody_replaces_a_member_without_a_quorum() -> None:
    """A change of the membership takes more than half of the members; the one that is left serves nobody."""
    c = lost(calm(control_planes=3), CONTROL_PLANE, CONTROL_PLANE2)

    assert not apiserver.is_serving(c)
    assert not is_enabled(c, lost_disks.replace_member, MEMBER)
    (line,) = explain(c, "")
    assert line.startswith("the etcd members on kind-control-plane, kind-control-plane2 lost the disk, and wait until")
    assert line.endswith(" they are replaced, which takes more than half of all members")


def test_an_apiserver_without_its_member_is_not_started() -> None:
    """It talks to the member of its own node."""
    c = lost(calm(control_planes=3), CONTROL_PLANE)
    here = static_pod(APISERVER, CONTROL_PLANE)
    c = changed(c, "static_pods", here, running=False)

    assert not is_enabled(c, control_plane.start_static_pod, here)


# ---------------------------------------------------------------- whole stories


@pytest.mark.parametrize(
    ("control_planes", "disks", "verdicts"),
    [
        (1, 1, {"kept": "REFUTED", "outlived": "REFUTED", "answers": "PROVED"}),
        (3, 1, {"kept": "PROVED", "outlived": "PROVED", "answers": "PROVED"}),
        (3, 2, {"kept": "PROVED", "outlived": "PROVED", "answers": "REFUTED"}),
    ],
)
def test_what_a_lost_disk_costs(control_planes: int, disks: int, verdicts: dict[str, str]) -> None:
    """One member: everything, with the workloads; three: nothing, or with two disks all service, but no data."""
    system = small_system(
        deployment(),
        control_planes=control_planes,
        faults={"lose-disk": disks},
        actions={"delete-pod": 1, "replace-member": 1},
        properties=["store-outlives-lost-disks"],
    )
    names = {"kept": "A Pod that was stored", "outlived": "No kubelet stops", "answers": "Once faults stop"}
    found = check_system(system).properties

    assert {
        short: next(one.verdict.name for one in found if one.doc.startswith(begins) and one.verdict is not None)
        for short, begins in names.items()
    } == verdicts
