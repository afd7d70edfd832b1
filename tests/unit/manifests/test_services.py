"""Services, disruption budgets and ConfigMaps: defaults, and what is refused."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.objects import LabelSelector, Service, ServicePort


def service(spec: str) -> str:
    """The text of a Service with this spec in flow style."""
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {spec}\n"


def budget(spec: str) -> str:
    """The text of a PodDisruptionBudget with this spec in flow style."""
    return f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec: {spec}\n"


def test_a_service_has_the_documented_defaults(load):
    """Type, protocol, target port and traffic policies of a Service that gives none.

    Source: pkg/apis/core/v1/defaults.go, SetDefaults_Service; TestSetDefaultServiceInternalTrafficPolicy
    """
    (read,) = load(service("{selector: {app: web}, ports: [{port: 80}]}")).services

    assert read == Service(
        metadata=read.metadata,
        type="ClusterIP",
        selector={"app": "web"},
        ports=(ServicePort(port=80, protocol="TCP", target_port=80),),
        external_traffic_policy="Cluster",
        internal_traffic_policy="Cluster",
        source=read.source,
    )


def test_what_a_service_says_is_read(load):
    """Every modelled field of a Service arrives."""
    (read,) = load(
        service(
            "{type: NodePort, selector: {}, publishNotReadyAddresses: true, externalTrafficPolicy: Local, "
            "internalTrafficPolicy: Local, ports: [{name: a, port: 80, targetPort: http, nodePort: 30599}, "
            "{name: b, port: 53, protocol: UDP, targetPort: 0, nodePort: 0}]}"
        )
    ).services

    assert (read.type, read.selector, read.publish_not_ready_addresses) == ("NodePort", None, True)
    assert (read.external_traffic_policy, read.internal_traffic_policy) == ("Local", "Local")
    assert read.ports == (
        ServicePort(name="a", port=80, target_port="http", node_port=30599),
        ServicePort(name="b", port=53, protocol="UDP", target_port=53, node_port=None),
    )


def test_what_a_service_is_asked_about_is_still_noted(load):
    """External addresses allow a traffic policy and are noted all the same."""
    manifests = load(service("{ports: [{port: 80}], externalTrafficPolicy: Local, externalIPs: [192.0.2.1]}"))

    assert "Service/web spec.externalIPs is not modelled" in manifests.not_modelled[0]


def test_headless_and_external_services_need_no_ports(load):
    """A headless Service and one of type ExternalName may have no ports."""
    assert load(service("{clusterIP: None, selector: {a: b}}")).services[0].cluster_ip == "None"
    external = load(service("{type: ExternalName, externalName: example.org.}")).services[0]
    assert (external.type, external.external_name) == ("ExternalName", "example.org.")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{}", "spec.ports: is missing or empty"),
        ("{ports: [{targetPort: 80}]}", "ports[0].port: is missing"),
        ("{ports: [{port: 0}]}", "ports[0].port: is 0; write a number between 1 and 65535"),
        ("{ports: [{port: http}]}", "port: must be a whole number"),
        ("{ports: [{port: 80, targetPort: 70000}]}", "targetPort: is 70000; write a port between 1 and 65535"),
        ("{ports: [{port: 80, targetPort: '8080'}]}", '"8080" is not a port; write the number without quotes'),
        ("{ports: [{port: 80, nodePort: 30000}]}", "nodePort: may not be given with type: ClusterIP"),
        ("{type: NodePort, ports: [{port: 80, nodePort: 8080}]}", "is 8080; write a port between 30000 and 32767"),
        ("{type: NodePort, ports: [{port: 80, nodePort: 32768}]}", "is 32768; write a port between 30000 and 32767"),
        ("{ports: [{port: 80}, {port: 81}]}", "ports[0].name: is missing; write a name for every port"),
        ("{ports: [{port: 80, name: a}, {port: 81, name: a}]}", 'ports[1].name: "a" names two ports'),
        ("{ports: [{port: 80, name: a}, {port: 80, name: b}]}", "ports[1].port: 80/TCP is given twice"),
        (
            "{type: NodePort, ports: [{port: 80, name: a, nodePort: 30000}, {port: 81, name: b, nodePort: 30000}]}",
            "ports[1].nodePort: 30000/TCP is given twice",
        ),
        ("{ports: [{port: 80, name: A}]}", '"A" is not a port name'),
        ("{ports: [{port: 80, target_port: 80}]}", "did you mean targetPort?"),
        ("{type: Nodeport, ports: [{port: 80}]}", "did you mean NodePort?"),
        (
            "{selector: {matchLabels: {a: b}}, ports: [{port: 80}]}",
            "selector.matchLabels: a Service's selector is plain",
        ),
        ("{type: NodePort, clusterIP: None, ports: [{port: 80}]}", "a headless Service cannot be a NodePort"),
        ("{externalTrafficPolicy: Local, ports: [{port: 80}]}", "means nothing for a ClusterIP Service"),
        ("{type: ExternalName}", "externalName: is missing; write the DNS name"),
        ("{type: ExternalName, externalName: a_b}", 'externalName: "a_b" is not a DNS name'),
        ("{type: ExternalName, externalName: a.b, clusterIP: None}", "an ExternalName Service has no address"),
        ("{sessionAfinity: None, ports: [{port: 80}]}", "did you mean sessionAffinity?"),
    ],
)
def test_mistakes_in_a_service_are_refused(refusal, spec, message):
    """A Service that the API server would refuse is refused, with what to write instead."""
    assert message in refusal(service(spec))


def test_a_service_name_starts_with_a_letter(refusal):
    """Services have stricter names than other objects."""
    assert '"1web" is not a valid name' in refusal(service("{ports: [{port: 80}]}").replace("web", "1web"))


def test_a_node_port_belongs_to_one_service(load, refusal):
    """Two Services with one node port are refused, unless the protocols differ."""
    text = service("{type: NodePort, ports: [{port: 80, nodePort: 30001}]}")
    other = text.replace("web", "web2")

    assert "nodePort: 30001 belongs to Service/web (" in refusal(f"{text}---\n{other}")
    assert len(load(f"{text}---\n{other.replace('port: 80', 'port: 80, protocol: UDP', 1)}").services) == 2


def test_budgets_are_read_as_written(load):
    """Numbers stay numbers, percentages stay percentages, and the policy has its default."""
    (at_most,) = load(budget("{maxUnavailable: 10%, selector: {matchLabels: {app: web}}}")).pod_disruption_budgets
    (at_least,) = load(
        budget("{minAvailable: 2, selector: {}, unhealthyPodEvictionPolicy: AlwaysAllow}")
    ).pod_disruption_budgets

    assert (at_most.min_available, at_most.max_unavailable) == (None, "10%")
    assert at_most.unhealthy_pod_eviction_policy == "IfHealthyBudget"
    assert (at_least.min_available, at_least.max_unavailable) == (2, None)
    assert at_least.selector == LabelSelector()
    assert at_least.unhealthy_pod_eviction_policy == "AlwaysAllow"


@pytest.mark.parametrize("text", [budget("{}"), budget(""), budget("{selector: null}")])
def test_a_budget_without_a_selector_selects_nothing(load, text):
    """An absent selector is told from an empty one, which selects everything."""
    (read,) = load(text).pod_disruption_budgets

    assert read.selector is None
    assert read.min_available is None
    assert read.max_unavailable is None


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{minAvailable: 1, maxUnavailable: 1}", "maxUnavailable: may not be given together with minAvailable"),
        ("{minAvailable: 120%}", 'minAvailable: is "120%"; write at most 100%'),
        ("{minAvailable: -1}", "minAvailable: is -1; write a number of at least 0"),
        ("{minAvailable: 1.5}", "minAvailable: must be a number or a percentage"),
        ("{minAvailable: half}", 'is "half"; write a number such as 1 or a percentage such as "25%"'),
        ("{minAvailable: '%'}", 'is "%"; write a number'),
        ("{minAvailable: true}", "must be a number or a percentage"),
        ("{unhealthyPodEvictionPolicy: Always}", "did you mean AlwaysAllow?"),
        ("{unhealthyPodEvictionPolicy: ''}", "is empty; write IfHealthyBudget or AlwaysAllow, or leave it out"),
        ("{minavailable: 1}", "did you mean minAvailable?"),
    ],
)
def test_mistakes_in_a_budget_are_refused(refusal, spec, message):
    """A PodDisruptionBudget that the API server would refuse is refused, with what to write instead."""
    assert message in refusal(budget(spec))


def test_a_removed_version_is_refused(refusal):
    """A version that no supported Kubernetes serves is refused with the one to write."""
    message = refusal(budget("{}").replace("policy/v1", "policy/v1beta1"))

    assert message.endswith("was removed in Kubernetes 1.25; write apiVersion: policy/v1")


def test_config_maps_are_read(load):
    """Plain data arrives as strings, and a null value is the empty string; binary data is noted."""
    manifests = load(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {A: '1', 5: x, B: }\nimmutable: true\n"
    )

    assert manifests.config_maps[0].data == {"A": "1", "5": "x", "B": ""}
    assert "ConfigMap/c immutable is not modelled" in manifests.not_modelled[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{PORT: 8081}", 'data.PORT: must be a string, not the number 8081; write "8081" with quotes'),
        ("{a: {b: c}}", "data.a: must be a string, not a mapping"),
        ("{a/b: c}", 'data: "a/b" is not a key'),
        ("{..: c}", 'data: ".." is not a key'),
        ("[a]", "data: must be a mapping, not a list"),
    ],
)
def test_mistakes_in_a_config_map_are_refused(refusal, data, message):
    """A ConfigMap that the API server would refuse is refused, with what to write instead."""
    assert message in refusal(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {data}\n")
