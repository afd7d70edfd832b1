"""Containers: resources, ports, environment, probes and hooks."""

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.objects import (
    ConfigMapKeyRef,
    ContainerPort,
    Probe,
)


@pytest.fixture
def container_of(load, deployment):
    """Load a Deployment with lines added to its container, and give the container."""
    return lambda lines: load(deployment(container=lines)).deployments[0].template.spec.containers[0]


def test_requests_default_to_limits(container_of):
    """A resource with a limit and without a request requests its limit.

    Source: pkg/apis/core/v1/defaults.go, SetDefaults_Pod
    """
    container = container_of("resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 0.25}}")

    assert container.limits == {"cpu": 1000, "memory": 2**30}
    assert container.requests == {"cpu": 250, "memory": 2**30}


def test_quantities_may_be_numbers(container_of):
    """Numbers without quotes are quantities too, taken as they were written."""
    assert container_of("resources: {requests: {cpu: 0.1, memory: 1e3}}").requests == {"cpu": 100, "memory": 1000}


def test_a_container_is_read(container_of):
    """Ports, environment and hooks of a container arrive, and of two variables with one name the later wins."""
    container = container_of(
        """
        ports:
        - {containerPort: 80, name: http}
        - {containerPort: 53, protocol: UDP, hostPort: 5353, hostIP: 127.0.0.1}
        env:
        - {name: A, value: "1"}
        - {name: A, value: "2"}
        - {name: B}
        - name: PORT
          valueFrom: {configMapKeyRef: {name: settings, key: port, optional: true}}
        - {name: C, value: x}
        - {name: C, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        envFrom:
        - configMapRef: {name: all}
        - secretRef: {name: secret}
        lifecycle: {preStop: {sleep: {seconds: 10}}}
        """
    )

    assert container.ports == (
        ContainerPort(container_port=80, name="http"),
        ContainerPort(container_port=53, protocol="UDP", host_port=5353, host_ip="127.0.0.1"),
    )
    assert container.environment == {"A": "2", "B": ""}
    assert container.config_map_key_refs == (
        ConfigMapKeyRef(variable="PORT", config_map="settings", key="port", optional=True),
    )
    assert container.config_map_env_from == ("all",)
    assert container.pre_stop_sleep_seconds == 10


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        ('["sleep", "15"]', 15),
        ('["/bin/sleep", "15"]', 15),
        ('["sh", "-c", "sleep 15"]', 15),
        ('["/bin/sh", "-c", " sleep 15s "]', 15),
        ('["sh", "-c", "nginx -s quit; sleep 15"]', None),
        ('["sleep", "infinity"]', None),
    ],
)
def test_hooks_that_sleep_are_recognised(load, deployment, command, seconds):
    """A preStop command that does nothing but sleep counts as sleep, any other is noted."""
    manifests = load(deployment(container=f"lifecycle: {{preStop: {{exec: {{command: {command}}}}}}}"))

    assert manifests.deployments[0].template.spec.containers[0].pre_stop_sleep_seconds == seconds
    assert len(manifests.not_modelled) == (0 if seconds else 1)


def test_probes_have_the_documented_defaults(container_of):
    """Period 10, timeout 1, success 1, failure 3, and zero counts as absent.

    Source: pkg/apis/core/v1/defaults.go, SetDefaults_Probe and SetDefaults_HTTPGetAction
    """
    container = container_of(
        """
        readinessProbe: {httpGet: {port: 80}, periodSeconds: 0}
        livenessProbe: {tcpSocket: {port: http}, failureThreshold: 7, initialDelaySeconds: 4}
        startupProbe: {exec: {command: [true]}}
        """.replace("true", "'true'")
    )

    assert container.readiness_probe == Probe(handler="httpGet", port=80, path="/", period_seconds=10)
    assert container.liveness_probe == Probe(
        handler="tcpSocket", port="http", failure_threshold=7, initial_delay_seconds=4
    )
    assert container.startup_probe == Probe(
        handler="exec", timeout_seconds=1, success_threshold=1, failure_threshold=3, period_seconds=10
    )


def test_grpc_probes_are_read(container_of):
    """A grpc probe asks a numbered port."""
    assert container_of("readinessProbe: {grpc: {port: 50051}}").readiness_probe == Probe(handler="grpc", port=50051)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("ports: [{containerPort: 65536}]", "ports[0].containerPort: is 65536; write a number between 1 and 65535"),
        ("ports: [{containerPort: '80'}]", "write 80 without quotes"),
        ("ports: [{name: http}]", "ports[0].containerPort: is missing"),
        ("ports: [{containerPort: 80, name: HTTP}]", '"HTTP" is not a port name'),
        ("ports: [{containerPort: 80, name: a}, {containerPort: 81, name: a}]", '"a" names two ports'),
        ("ports: [{containerPort: 80, protocol: tcp}]", "did you mean TCP?"),
        ("ports: {containerPort: 80}", "ports: must be a list (lines starting with -), not a mapping"),
        ("ports: [80]", "ports[0]: must be a mapping, not the number 80"),
        ("resources: {requests: {cpu: 1x}}", 'requests.cpu: "1x" has the unknown suffix x; write one of'),
        ("resources: {requests: {cpu: lots}}", 'requests.cpu: "lots" is not a quantity; write for example 500m'),
        ("resources: {requests: {memory: -1}}", '"-1" is negative; write 0 or more'),
        ("resources: {requests: {cpu: 2}, limits: {cpu: 1}}", "the cpu request exceeds its limit"),
        ("resources: {limit: {cpu: 1}}", "did you mean limits?"),
        ("resources: {requests: {cpu: [1]}}", "must be a quantity, not a list"),
        ("env: [{name: PORT, value: 8080}]", 'value: must be a string, not the number 8080; write "8080" with quotes'),
        ("env: [{name: A, value: b, valueFrom: {fieldRef: {}}}]", "valueFrom: may not be given together with value"),
        ("env: [{name: A, valueFrom: {}}]", "valueFrom: is empty; write one of configMapKeyRef"),
        ("env: [{name: A, valueFrom: {secretKeyref: {}}}]", "did you mean secretKeyRef?"),
        ("env: [{name: A, valueFrom: {fieldRef: {a: b}, secretKeyRef: {}}}]", "a variable has one source"),
        ("env: [{value: b}]", "env[0].name: is missing"),
        ("env: [{name: A, valueFrom: {configMapKeyRef: {name: b}}}]", "configMapKeyRef.key: is missing"),
        ("envFrom: [{configMapRef: {}}]", "configMapRef.name: is missing"),
        ("readinessProbe: {}", "web.yaml:17: spec.template.spec.containers[0].readinessProbe: a probe needs a handler"),
        ("readinessProbe: {httpGet: {port: 80}, exec: {}}", "a probe has one handler and exec is given too"),
        ("readinessProbe: {httpget: {port: 80}}", "did you mean httpGet?"),
        ("readinessProbe: {httpGet: {path: /}}", "httpGet.port: is missing"),
        ("readinessProbe: {httpGet: {port: 0}}", "httpGet.port: is 0; write a port between 1 and 65535"),
        ("readinessProbe: {httpGet: {port: '80'}}", '"80" is not a port; write the number without quotes'),
        ("readinessProbe: {httpGet: {port: A_B}}", '"A_B" is not a port; write a number or a name'),
        ("readinessProbe: {grpc: {}}", "grpc.port: is missing"),
        ("readinessProbe: {httpGet: {port: 80}, periodSeconds: -1}", "periodSeconds: is -1"),
        ("livenessProbe: {httpGet: {port: 80}, successThreshold: 2}", "successThreshold: must be 1 in a livenessProbe"),
        ("readinessProbe: {httpGet: {port: 80}, terminationGracePeriodSeconds: 2}", "a readinessProbe never kills"),
        ("lifecycle: {preStop: {sleep: {}}}", "sleep.seconds: is missing"),
        ("lifecycle: {prestop: {}}", "did you mean preStop?"),
        ("restartPolicy: Sometimes", 'restartPolicy: "Sometimes" is unknown'),
        ("imagePullPolcy: Always", "did you mean imagePullPolicy?"),
    ],
)
def test_mistakes_in_a_container_are_refused(refusal, deployment, lines, message):
    """A container that the API server would refuse is refused, with what to write instead."""
    assert message in refusal(deployment(container=lines))
