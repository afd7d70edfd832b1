"""Which port a container listens on, and which one a probe asks.

Manifests do not say where a process listens. The convention here: a container with an environment variable PORT listens
on that port and no other; without one it listens wherever it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from clusterproof.models.kubernetes.objects import ConfigMap, Container, Probe

PORT_VARIABLE = "PORT"


def listening_port(container: Container, config_maps: Iterable[ConfigMap]) -> int | None:
    """The port that a container listens on when it starts now, or None: on all its ports.

    config_maps: those of the pod's namespace. A variable of `env` wins over
    `envFrom`, and of several `envFrom` the last does.
    Source: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), for the order
    """
    data = {config_map.metadata.name: config_map.data for config_map in config_maps}
    value = container.environment.get(PORT_VARIABLE)
    if value is None:
        references = [ref for ref in container.config_map_key_refs if ref.variable == PORT_VARIABLE]
        sources = [(ref.config_map, ref.key) for ref in references]
        if not sources:
            sources = [(name, PORT_VARIABLE) for name in container.config_map_env_from]
        values = [data[name][key] for name, key in sources if key in data.get(name, {})]
        value = values[-1] if values else None
    return _port_number(value)


def probe_port(container: Container, probe: Probe) -> int | None:
    """The number of the port that a probe asks; None for exec, and for a name that no port of the container has.

    Source: pkg/probe/util.go (ResolveContainerPort)
    """
    if isinstance(probe.port, int) or probe.port is None:
        return probe.port
    return next((port.container_port for port in container.ports if port.name == probe.port), None)


def _port_number(text: str | None) -> int | None:
    stripped = (text or "").strip()
    if not (stripped.isascii() and stripped.isdigit() and len(stripped) <= 5):
        return None
    number = int(stripped)
    return number if 1 <= number <= 65535 else None
