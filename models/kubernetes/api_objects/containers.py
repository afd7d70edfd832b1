"""Containers of a pod specification."""

from __future__ import annotations

from typing import Any

from clusterproof.models.kubernetes.api_objects.fields import given
from clusterproof.models.kubernetes.api_objects.quantities import quantities
from clusterproof.models.kubernetes.objects import ConfigMapKeyRef, Container, ContainerPort, Probe


def container(each: Container) -> dict[str, Any]:
    """A container with its ports, environment, resources, probes and preStop hook."""
    sleep = each.pre_stop_sleep_seconds
    return given(
        name=each.name,
        image=each.image,
        restartPolicy=each.restart_policy,
        ports=[_port(port) for port in each.ports],
        env=[
            *({"name": name, "value": value} for name, value in each.environment.items()),
            *(_key_reference(reference) for reference in each.config_map_key_refs),
        ],
        envFrom=[{"configMapRef": {"name": name}} for name in each.config_map_env_from],
        resources=given(requests=quantities(each.requests), limits=quantities(each.limits)),
        readinessProbe=_probe(each.readiness_probe),
        livenessProbe=_probe(each.liveness_probe),
        startupProbe=_probe(each.startup_probe),
        lifecycle={"preStop": {"sleep": {"seconds": sleep}}} if sleep is not None else None,
    )


def _port(port: ContainerPort) -> dict[str, Any]:
    return given(
        name=port.name,
        containerPort=port.container_port,
        protocol=port.protocol,
        hostPort=port.host_port or None,
        hostIP=port.host_ip,
    )


def _key_reference(reference: ConfigMapKeyRef) -> dict[str, Any]:
    source = given(name=reference.config_map, key=reference.key, optional=reference.optional or None)
    return {"name": reference.variable, "valueFrom": {"configMapKeyRef": source}}


def _probe(probe: Probe | None) -> dict[str, Any] | None:
    if probe is None:
        return None
    return {
        probe.handler: given(path=probe.path, port=probe.port),
        **given(initialDelaySeconds=probe.initial_delay_seconds or None),
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "successThreshold": probe.success_threshold,
        "failureThreshold": probe.failure_threshold,
    }
