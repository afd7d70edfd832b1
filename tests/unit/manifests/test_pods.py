"""Pod specs: what the scheduler and the kubelet read of them."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.objects import (
    LabelSelector,
    NodeSelectorTerm,
    PodAffinityTerm,
    PodSpec,
    PreferredSchedulingTerm,
    Requirement,
    Toleration,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)


@pytest.fixture
def pod_of(load, deployment):
    """Load a Deployment with lines added to its pod spec, and give the pod spec."""
    return lambda lines: load(deployment(pod=lines)).deployments[0].template.spec


def test_a_pod_has_the_documented_defaults(pod_of):
    """Restart policy and grace period are those of SetDefaults_PodSpec, and everything else is empty."""
    spec = pod_of("")

    assert spec == PodSpec(containers=spec.containers, restart_policy="Always", termination_grace_period_seconds=30)


def test_scheduling_constraints_are_read(pod_of):
    """Affinity, tolerations, spread and the rest that the scheduler filters by arrive."""
    spec = pod_of(
        """
        nodeSelector: {disk: ssd}
        nodeName: n1
        hostNetwork: true
        priorityClassName: system-node-critical
        overhead: {cpu: 10m}
        terminationGracePeriodSeconds: 0
        affinity:
          nodeAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
              nodeSelectorTerms:
              - matchExpressions: [{key: cores, operator: Gt, values: ["3"]}]
                matchFields: [{key: metadata.name, operator: In, values: [n1]}]
          podAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
            - {topologyKey: zone, namespaceSelector: {}, matchLabelKeys: [pod-template-hash]}
          podAntiAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: kubernetes.io/hostname
              labelSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}
              namespaces: [a]
        tolerations:
        - {key: a, value: b, effect: NoSchedule}
        - {operator: Exists, effect: NoExecute, tolerationSeconds: -1}
        topologySpreadConstraints:
        - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 2, nodeTaintsPolicy: Honor}
        """
    )

    assert (spec.node_selector, spec.node_name, spec.host_network) == ({"disk": "ssd"}, "n1", True)
    assert (spec.priority, spec.overhead, spec.termination_grace_period_seconds) == (2000001000, {"cpu": 10}, 0)
    assert spec.required_node_affinity == (
        NodeSelectorTerm(
            match_expressions=(Requirement(key="cores", operator="Gt", values=("3",)),),
            match_fields=(Requirement(key="metadata.name", operator="In", values=("n1",)),),
        ),
    )
    assert spec.required_pod_affinity == (
        PodAffinityTerm(
            topology_key="zone", namespace_selector=LabelSelector(), match_label_keys=("pod-template-hash",)
        ),
    )
    assert spec.required_pod_anti_affinity == (
        PodAffinityTerm(
            topology_key="kubernetes.io/hostname",
            label_selector=LabelSelector(match_expressions=(Requirement(key="app", operator="In", values=("web",)),)),
            namespaces=("a",),
        ),
    )
    assert spec.tolerations == (
        Toleration(key="a", value="b", effect="NoSchedule"),
        Toleration(operator="Exists", effect="NoExecute", toleration_seconds=-1),
    )
    assert spec.topology_spread_constraints == (
        TopologySpreadConstraint(max_skew=1, topology_key="zone", min_domains=2, node_taints_policy="Honor"),
    )


def test_config_maps_of_volumes_are_read(pod_of):
    """Volumes name the ConfigMaps that must exist, plain and projected, each once, without the optional ones."""
    spec = pod_of(
        """
        volumes:
        - {name: a, configMap: {name: one}}
        - {name: b, projected: {sources: [{configMap: {name: two}}, {configMap: {name: one}}, {secret: {name: s}}]}}
        - {name: c, configMap: {name: three, optional: true}}
        - {name: d, emptyDir: {}}
        """
    )

    assert spec.config_map_volumes == ("one", "two")


def test_sidecars_and_init_containers_are_read(pod_of):
    """An init container with restartPolicy Always is a sidecar and may have probes."""
    spec = pod_of(
        """
        initContainers:
        - {name: migrate, image: m}
        - {name: proxy, image: p, restartPolicy: Always, readinessProbe: {tcpSocket: {port: 1}}}
        """
    )

    assert [(each.name, each.restart_policy) for each in spec.init_containers] == [
        ("migrate", None),
        ("proxy", "Always"),
    ]


TERMS = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
FIELD = "{nodeSelectorTerms: [{matchFields: [{key: name, operator: In, values: [a]}]}]}"
ANYWAY = "{maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, topologyKey: a, minDomains: 1}"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("restartPolicy: Never", "restartPolicy: is Never; write Always"),
        ("hostNetwork: yes please", "hostNetwork: must be true or false"),
        (
            "hostNetwork: true\ninitContainers: [{name: i, image: i, ports: [{containerPort: 1, hostPort: 2}]}]",
            "initContainers[0].ports: hostPort 2 must equal containerPort with hostNetwork",
        ),
        ("terminationGracePeriodSeconds: -1", "terminationGracePeriodSeconds: is -1"),
        ("nodeSelector: {a: true}", 'must be a string, not the boolean true; write "true" with quotes'),
        ("initContainers: [{name: i, image: i, livenessProbe: {exec: {}}}]", "an init container that is no sidecar"),
        ("initContainers: [{name: web, image: i}]", '"web" names two containers'),
        ("volumes: [{configMap: {name: a}}]", "volumes[0].name: is missing"),
        ("volumes: [{name: a, configmap: {name: a}}]", "did you mean configMap?"),
        ("tolerations: [{value: x}]", "an empty key tolerates every taint only with operator Exists"),
        ("tolerations: [{key: a, operator: Exists, value: x}]", "operator Exists takes no value"),
        (
            "tolerations: [{key: a, operator: Exists, tolerationSeconds: 3}]",
            "tolerationSeconds needs effect: NoExecute",
        ),
        ("tolerations: [{key: a, effect: NoExec}]", "did you mean NoExecute?"),
        ("topologySpreadConstraints: [{topologyKey: a, maxSkew: 1}]", "whenUnsatisfiable: is missing"),
        ("topologySpreadConstraints: [{whenUnsatisfiable: ScheduleAnyway, topologyKey: a}]", "maxSkew: is missing"),
        (f"topologySpreadConstraints: [{ANYWAY}]", "minDomains: needs whenUnsatisfiable: DoNotSchedule"),
        (f"affinity: {{podAntiAffinity: {{{TERMS}: [{{}}]}}}}", "topologyKey: is missing"),
        (f"affinity: {{nodeAffinity: {{{TERMS}: {{}}}}}}", "nodeSelectorTerms: needs at least one term"),
        (f"affinity: {{podAntiAfinity: {{{TERMS}: {{}}}}}}", "did you mean podAntiAffinity?"),
        (
            f"affinity: {{nodeAffinity: {{{TERMS}: {{nodeSelectorTerms: [{{matchExpressions: [{{key: a}}]}}]}}}}}}",
            "operator: is missing; write one of In, NotIn, Exists, DoesNotExist, Gt, Lt",
        ),
        (f"affinity: {{nodeAffinity: {{{TERMS}: {FIELD}}}}}", "only metadata.name with one value is supported"),
        (f"affinity: {{podAntiAffinity: {{{PREFERRED}: [{{weight: 1}}]}}}}", "podAffinityTerm: is missing; write the"),
        (f"affinity: {{podAffinity: {{{PREFERRED}: [{{topologyKey: a}}]}}}}", "weight: is missing; write a number"),
        (
            f"affinity: {{nodeAffinity: {{{PREFERRED}: [{{weight: 101}}]}}}}",
            "weight: is 101; write a number between 1 and 100",
        ),
        (
            f"affinity: {{nodeAffinity: {{{PREFERRED}: [{{weight: 0}}]}}}}",
            "weight: is 0; write a number between 1 and 100",
        ),
        (f"affinity: {{nodeAffinity: {{{PREFERRED}: [{{weight: 1}}]}}}}", "preference: is missing; write the"),
        (
            f"affinity: {{nodeAffinity: {{{PREFERRED}: [{{weight: 1, preference: {{match: 1}}}}]}}}}",
            "no such field here",
        ),
    ],
)
def test_mistakes_in_a_pod_are_refused(refusal, deployment, lines, message):
    """A pod template that the API server would refuse is refused, with what to write instead."""
    assert message in refusal(deployment(pod=lines))


@pytest.mark.parametrize("value", ["x", "2.5", "", "--1"])
def test_gt_takes_one_integer(refusal, deployment, value):
    """A node expression with Gt needs an integer."""
    expression = f"{{key: a, operator: Gt, values: ['{value}']}}"
    lines = f"affinity: {{nodeAffinity: {{{TERMS}: {{nodeSelectorTerms: [{{matchExpressions: [{expression}]}}]}}}}}}"

    assert "Gt takes one integer" in refusal(deployment(pod=lines))


def test_unknown_priority_classes_are_noted(load, deployment):
    """A priority class that is not built in counts as its priority field, or zero, and is noted."""
    manifests = load(deployment(pod="priorityClassName: high\npriority: 7"))

    assert manifests.deployments[0].template.spec.priority == 7
    assert "PriorityClass/high is not in the manifests" in manifests.not_modelled[0]


def test_preferences_are_read(pod_of):
    """Preferred terms of all three affinities arrive with their weights, beside the required ones."""
    spec = pod_of(
        """
        affinity:
          nodeAffinity:
            preferredDuringSchedulingIgnoredDuringExecution:
            - {weight: 1, preference: {matchExpressions: [{key: disk, operator: In, values: [ssd]}]}}
            - {weight: 100, preference: {matchFields: [{key: metadata.name, operator: NotIn, values: [n1]}]}}
          podAffinity:
            requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]
            preferredDuringSchedulingIgnoredDuringExecution: [{weight: 2, podAffinityTerm: {topologyKey: zone}}]
          podAntiAffinity:
            preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 3
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector: {matchLabels: {app: web}}
                mismatchLabelKeys: [pod-template-hash]
        """
    )

    ssd = Requirement(key="disk", operator="In", values=("ssd",))
    not_n1 = Requirement(key="metadata.name", operator="NotIn", values=("n1",))
    assert spec.required_node_affinity is None
    assert spec.preferred_node_affinity == (
        PreferredSchedulingTerm(weight=1, preference=NodeSelectorTerm(match_expressions=(ssd,))),
        PreferredSchedulingTerm(weight=100, preference=NodeSelectorTerm(match_fields=(not_n1,))),
    )
    assert spec.required_pod_affinity == (PodAffinityTerm(topology_key="zone"),)
    assert spec.preferred_pod_affinity == (
        WeightedPodAffinityTerm(weight=2, pod_affinity_term=PodAffinityTerm(topology_key="zone")),
    )
    web = PodAffinityTerm(
        topology_key="kubernetes.io/hostname",
        label_selector=LabelSelector(match_labels={"app": "web"}),
        mismatch_label_keys=("pod-template-hash",),
    )
    assert spec.preferred_pod_anti_affinity == (WeightedPodAffinityTerm(weight=3, pod_affinity_term=web),)


def test_a_bare_pod_may_choose_its_restart_policy(load):
    """A bare pod may have restartPolicy Never."""
    (pod,) = load(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: once, namespace: jobs}
        spec: {restartPolicy: Never, containers: [{name: a, image: b}]}
        """
    ).pods

    assert (pod.metadata.namespace, pod.spec.restart_policy) == ("jobs", "Never")


def test_ports_on_the_host_network_are_host_ports(load, deployment):
    """A port of a pod on the node's network takes that port of the node, a port of another pod does not.

    Source: pkg/apis/core/v1/defaults.go, defaultHostNetworkPorts
    """
    ports = "ports: [{containerPort: 80}]"
    taken = [
        load(deployment(pod=f"hostNetwork: {word}", container=ports)).deployments[0].template.spec.containers[0].ports
        for word in ("true", "false")
    ]

    assert [[port.host_port for port in each] for each in taken] == [[80], [0]]


def test_restart_policies_of_single_containers_are_noted(load, deployment):
    """Only the pod's own restart policy is modelled."""
    manifests = load(deployment(container="restartPolicy: Never"))

    assert manifests.deployments[0].template.spec.containers[0].restart_policy is None
    assert "containers[0].restartPolicy is not modelled" in manifests.not_modelled[0]
