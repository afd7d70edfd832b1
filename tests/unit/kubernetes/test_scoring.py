"""The scheduler's steps where scores decide: which nodes it takes, and what it looks at for that.

Source: pkg/scheduler/schedule_one.go (schedulePod)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from kubernetes_systems import (
    CONTROL_PLANE,
    WORKER,
    WORKER2,
    autoscaler,
    changed,
    daemon_set,
    deployment,
    is_enabled,
    manifests,
    pod,
    replica_set,
    service,
    settled,
    small_system,
    stateful_set,
    topology,
)

from clusterproof import Table, evolve
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes import scheduler
from clusterproof.models.kubernetes.build import UserActions, build_scope
from clusterproof.models.kubernetes.cluster import Scope, cluster_system
from clusterproof.models.kubernetes.decisions.scoring import MOST_SCORED_NODES
from clusterproof.models.kubernetes.initial_placements import why_in_any_placement
from clusterproof.models.kubernetes.names import ControllerRevisionId, PodId, ReplicaSetId
from clusterproof.models.kubernetes.scope import ClusterScope
from clusterproof.models.kubernetes.state import Cluster, Pod, PodPhase, ReplicaSet, StatefulSet

WEB_A, WEB_B, WEB_C = PodId("web-a"), PodId("web-b"), PodId("web-c")
WEB_1, WEB_2 = ReplicaSetId("web-1"), ReplicaSetId("web-2")
ON_HOST = "{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}"


def preferring(kind: str, weight: int = 1) -> str:
    """Return a pod's preference for hosts with web pods (podAffinity), or for others (podAntiAffinity)."""
    term = f"{{weight: {weight}, podAffinityTerm: {ON_HOST}}}"
    return f"affinity: {{{kind}: {{preferredDuringSchedulingIgnoredDuringExecution: [{term}]}}}}"


def requesting(cpu: str, memory: str = "0") -> str:
    """Return the requests of a container."""
    return f"resources: {{requests: {{cpu: {cpu}, memory: {memory}}}}}"


def cluster(
    *documents: str, pods: Mapping[str, Pod], there: Mapping[str, Any] | None = None, **options: Any
) -> Cluster:
    """Return a cluster of two workers where scores decide, with nothing in it but these pods and further tables."""
    options = {"workers": 2, "start": "apply", "scheduler": "highest-score", "properties": (), **options}
    (start,) = small_system(*documents, **options).initial_states
    tables = {
        name: Table(getattr(start, name).ids, entries) for name, entries in {**(there or {}), "pods": pods}.items()
    }
    return evolve(start, **tables)


def nodes(c: Cluster, p: str = WEB_B) -> set[str]:
    """Return the nodes that a pod may be bound to."""
    return {label.removeprefix("node=") for label in scheduler.bind.outcomes(c, PodId(p))}


def test_nodes_that_are_alike_are_a_choice() -> None:
    """Ties are broken at random."""
    assert nodes(cluster(pod(), pods={"bare": Pod()}), "bare") == {WORKER, WORKER2}


def test_the_emptier_node_is_taken() -> None:
    """Two bare pods of which nothing is known share no node: the second one finds the other emptier."""
    two = pod(name="a"), pod(name="b")

    assert nodes(cluster(*two, pods={"a": Pod(node=WORKER), "b": Pod()}), "b") == {WORKER2}


def test_who_has_ended_takes_no_room() -> None:
    """A pod that is over is not looked at; one that is on its way out is."""
    two = pod("restartPolicy: Never", name="a"), pod(name="b")

    assert nodes(cluster(*two, pods={"a": Pod(node=WORKER, phase=PodPhase.SUCCEEDED), "b": Pod()}), "b") == {
        WORKER,
        WORKER2,
    }
    assert nodes(cluster(*two, pods={"a": Pod(node=WORKER, deleting=True), "b": Pod()}), "b") == {WORKER2}


def test_replicas_are_spread() -> None:
    """The pods of a ReplicaSet avoid each other's hosts by the cluster's constraints, be the other host the fuller.

    Of the one worker 95 and 95 are left, of the other 47 and 97, as the heavy pod takes half of its cores; balance has
    no say for a pod that requests nothing. Spreading gives 40 and 100, and counts twice: 175 and 272.
    """
    documents = deployment(2), pod(name="heavy").replace("image: web", "image: web, " + requesting("2"))
    heavy = {"heavy": Pod(node=WORKER2)}
    web = {WEB_A: Pod(owner=WEB_1, node=WORKER), WEB_B: Pod(owner=WEB_1)}
    owner = {"replica_sets": {WEB_1: ReplicaSet()}}

    assert nodes(cluster(*documents, pods={**heavy, **web}, there=owner)) == {WORKER2}
    assert nodes(cluster(*documents, pods={**heavy, **web})) == {WORKER}, "the ReplicaSet is gone, and nobody spreads"


def test_revisions_are_spread_by_themselves() -> None:
    """A ReplicaSet's selector has its hash: pods of another revision count for the room only."""
    web = {WEB_A: Pod(owner=WEB_1, node=WORKER), WEB_B: Pod(owner=WEB_2), WEB_C: Pod(owner=WEB_2, node=WORKER2)}
    both = {"replica_sets": {WEB_1: ReplicaSet(), WEB_2: ReplicaSet()}}

    assert nodes(cluster(deployment(3), pods=web, there=both, rollouts=1, actions={"rollout": 1})) == {WORKER}


def test_a_stateful_set_spreads_its_pods() -> None:
    """Its selector knows all of its pods, whatever their revision."""
    revision = ControllerRevisionId("StatefulSet/db@1")
    documents = stateful_set(2), pod(name="heavy").replace("image: web", "image: web, " + requesting("2"))
    db = {"db-0": Pod(owner=revision, node=WORKER), "db-1": Pod(owner=revision), "heavy": Pod(node=WORKER2)}

    assert nodes(
        cluster(*documents, pods=db, there={"stateful_sets": {"db": StatefulSet(template=revision)}}), "db-1"
    ) == {WORKER2}
    assert nodes(cluster(*documents, pods=db), "db-1") == {WORKER}


def test_services_spread_bare_pods() -> None:
    """Once the Service is there, the pods that it selects avoid each other; before, only room counts."""
    heavy = pod(name="heavy", app="other").replace("image: web", "image: web, " + requesting("2"))
    documents = pod(name="a"), pod(name="b"), heavy, service()
    pods = {"a": Pod(node=WORKER), "b": Pod(), "heavy": Pod(node=WORKER2)}
    before = cluster(*documents, pods=pods)
    web = evolve(before.services["web"], exists=True)

    assert nodes(before, "b") == {WORKER}
    assert nodes(evolve(before, services=type(before.services)({"web": web})), "b") == {WORKER2}


def test_preferences_outweigh_room() -> None:
    """Preferred affinity gathers what room alone would spread."""
    documents = pod(name="a"), pod(preferring("podAffinity"), name="b")

    assert nodes(cluster(*documents, pods={"a": Pod(node=WORKER), "b": Pod()}), "b") == {WORKER}


def test_a_preference_is_no_condition() -> None:
    """Where no other node is feasible, a pod goes where it would rather not."""
    documents = pod(name="a"), pod(preferring("podAntiAffinity", 100), name="b")
    c = cluster(*documents, pods={"a": Pod(node=WORKER), "b": Pod()})
    cordoned = {**c.nodes, WORKER2: evolve(c.nodes[WORKER2], unschedulable=True)}

    assert nodes(c, "b") == {WORKER2}
    assert nodes(evolve(c, nodes=type(c.nodes)(cordoned)), "b") == {WORKER}


def test_the_default_takes_any_feasible_node() -> None:
    """Without the knob preferences have no effect."""
    documents = pod(name="a"), pod(preferring("podAntiAffinity", 100), name="b")
    c = cluster(*documents, pods={"a": Pod(node=WORKER), "b": Pod()}, scheduler="any-feasible-node")

    assert nodes(c, "b") == {WORKER, WORKER2}


def test_who_was_put_together_stays_together() -> None:
    """A preference holds when a pod is placed: after a drain both replicas are on one worker, and stay there."""
    system = small_system(
        deployment(2, spec=preferring("podAntiAffinity", 100)),
        workers=2,
        drains=[WORKER],
        actions={"drain": 1},
        scheduler="highest-score",
        properties=(),
    )
    drained = settled(Compiled(system))
    uncordoned = changed(drained, "nodes", WORKER, unschedulable=False)

    assert {p.node for p in system.initial_states[0].pods.values()} == {WORKER, WORKER2}
    assert [(p.node, p.ready) for p in drained.pods.values()] == [(WORKER2, True)] * 2
    assert not any(is_enabled(uncordoned, scheduler.bind, p) for p in uncordoned.pods)


# ---------------------------------------------------------------- preemption


def preempting(*, nominated: str | None, b_node: str | None) -> Cluster:
    """Return a cluster in which a vital pod has a node nominated, and two others of which one waits."""
    documents = pod(name="a"), pod(name="b"), pod("priority: 10", name="vital")
    pods = {"a": Pod(node=WORKER), "b": Pod(node=b_node), "vital": Pod(nominated=nominated)}
    return cluster(*documents, pods=pods, targets={})


def test_the_freed_node_is_taken_unseen() -> None:
    """A pod whose nominated node is feasible goes there, be another one emptier."""
    assert nodes(preempting(nominated=WORKER, b_node=None), "vital") == {WORKER}
    assert nodes(preempting(nominated=None, b_node=None), "vital") == {WORKER2}


def test_scores_do_not_see_who_is_only_nominated() -> None:
    """A nominated pod keeps room from filters, and makes its node no fuller for scores."""
    assert nodes(preempting(nominated=WORKER2, b_node=None), "b") == {WORKER2}


# ---------------------------------------------------------------- what is looked at


def scope_of(*documents: str, workers: int = 2, **options: Any) -> ClusterScope:
    """Return the scope of a cluster where scores decide."""
    return build_scope([manifests(*documents)], topology(workers), UserActions(**options), scheduler="highest-score")


def test_everybody_with_a_choice_looks_at_all() -> None:
    """All pods count for the room; a pod with one node only looks at nobody, and the default at nobody at all."""
    pinned = pod("nodeSelector: {kubernetes.io/hostname: kind-worker}", name="pinned")
    scope = scope_of(pod(), pinned)

    assert set(scope.neighbours) == {"bare"}
    assert set(scope.neighbours[PodId("bare")]) == {"bare", "pinned"}
    assert build_scope([manifests(pod(), pinned)], topology(2), UserActions()).neighbours == {}


def test_scores_that_are_not_known() -> None:
    """Of more than a hundred nodes upstream scores a part, and from 1.36 on in another way: nothing is said then."""
    many = topology(1)
    workers = tuple(attrs.evolve(many.nodes[1], name=f"w{n}") for n in range(MOST_SCORED_NODES))
    many = attrs.evolve(many, nodes=(many.nodes[0], *workers))
    scope = Scope(start="apply", scheduler="highest-score")

    with pytest.raises(ValueError, match="of more than 100 nodes only a part is scored, and there are 101"):
        cluster_system([manifests(pod())], many, scope)
    with pytest.raises(ValueError, match=r"scores are known for Kubernetes 1\.29 to 1\.35, and this is 1\.36"):
        cluster_system([manifests(pod())], topology(1, version="1.36"), scope)
    cluster_system([manifests(pod())], many, Scope(start="apply"))
    cluster_system([manifests(pod())], topology(1, version="1.29"), scope)


# ---------------------------------------------------------------- where a check begins

SLOW_SET = stateful_set(2).replace(
    "image: 'db:1'", "image: 'db:1', readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 10}"
)
ORDERED = "pods of a StatefulSet come one after the other, before or after those of others"


@pytest.mark.parametrize(
    ("documents", "why"),
    [
        ((deployment(2), service(), daemon_set()), ""),
        ((deployment(2), stateful_set(1), pod(name="alone", app="other"), service()), ""),
        ((stateful_set(2), service()), ""),
        ((stateful_set(2), pod(name="alone", app="other")), ""),
        ((SLOW_SET, pod(name="alone", app="other")), ORDERED),
        ((stateful_set(2, spec="minReadySeconds: 5"), pod(name="alone", app="other")), ORDERED),
        ((SLOW_SET,), ""),
        ((SLOW_SET, pod("nodeSelector: {kubernetes.io/hostname: kind-worker}", name="alone", app="other")), ""),
        (
            (
                SLOW_SET.replace("  replicas", "  podManagementPolicy: Parallel\n  replicas"),
                pod(name="alone", app="other"),
            ),
            "",
        ),
        ((pod("priority: 10"), pod(name="other")), "pods may be preempted before the check begins"),
        (
            (deployment(3, container=requesting("200m")), autoscaler(1, 2)),
            "a controller may delete pods before the check begins",
        ),
        ((pod(), service()), "some pods are spread by a Service that may come later than they do"),
        ((pod("nodeSelector: {kubernetes.io/hostname: kind-worker}"), service()), ""),
        (
            (
                pod(f"topologySpreadConstraints: [{{maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, {ON_HOST[1:-1]}}}]"),
                service(),
            ),
            "",
        ),
        ((replica_set(2), service().replace("app: web", "app: solo")), ""),
        (
            (
                replica_set(2),
                pod("restartPolicy: Always", app="solo, tier: back"),
                service().replace("app: web", "tier: back"),
            ),
            "some pods are spread by a Service that may come later than they do",
        ),
    ],
    ids=[
        "a Deployment",
        "several workloads",
        "an ordered StatefulSet",
        "one beside other pods",
        "one that waits for probes",
        "one that waits until pods are available",
        "one that waits alone",
        "one beside a pod that is pinned",
        "a StatefulSet whose pods come at once",
        "preemption",
        "an autoscaler",
        "a bare pod with a Service",
        "one that is pinned",
        "one with constraints of its own",
        "a ReplicaSet and its Service",
        "a pod that looks like those of a ReplicaSet",
    ],
)
def test_when_a_check_begins_in_any_placement(documents: tuple[str, ...], why: str) -> None:
    """The fault-free run has every order of scores only where pods just come, and Services make no difference."""
    assert why_in_any_placement(scope_of(*documents), 1) == why


def test_later_manifests_replace_pods() -> None:
    """What is applied one after the other before the check begins may have found pods on their way out."""
    assert why_in_any_placement(scope_of(deployment(2)), 2) == "pods are replaced before the check begins"


def test_a_check_begins_where_scores_lead() -> None:
    """Two replicas are apart, and with the default anywhere."""

    def placements(**options: Any) -> set[tuple[str | None, ...]]:
        system = small_system(deployment(2), workers=2, properties=(), **options)
        return {tuple(p.node for p in c.pods.values()) for c in system.initial_states}

    assert placements(scheduler="highest-score") == {(WORKER, WORKER2), (WORKER2, WORKER)}
    assert len(placements()) == 4


def test_a_check_that_begins_anywhere_goes_on_by_scores() -> None:
    """Bare pods of a Service begin in every placement, and the states know that scores decide from then on."""
    system = small_system(pod(name="a"), pod(name="b"), service(), workers=2, properties=(), scheduler="highest-score")

    assert len({tuple(p.node for p in c.pods.values()) for c in system.initial_states}) == 4
    assert {c.scope.scheduler for c in system.initial_states} == {"highest-score"}
    assert (
        "initial states: also placements that no score leads to, for some pods are spread by a Service that may come "
        "later than they do"
    ) in system.assumptions


def test_the_control_plane_is_scored_where_it_is_feasible() -> None:
    """A pod that tolerates its taint finds three nodes alike."""
    spec = "tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]"

    assert nodes(cluster(pod(spec), pods={"bare": Pod()}), "bare") == {CONTROL_PLANE, WORKER, WORKER2}
