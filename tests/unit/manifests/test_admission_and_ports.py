"""What admission adds to a pod, and where its containers listen."""

from __future__ import annotations

import pytest
from attrs import evolve

from clusterproof.models.kubernetes.manifests import default_toleration_seconds, listening_port, probe_port
from clusterproof.models.kubernetes.objects import (
    ConfigMap,
    ConfigMapKeyRef,
    Container,
    ContainerPort,
    ObjectMeta,
    PodSpec,
    Probe,
    Source,
    Toleration,
)

NOT_READY = Toleration(
    key="node.kubernetes.io/not-ready", operator="Exists", effect="NoExecute", toleration_seconds=300
)
UNREACHABLE = evolve(NOT_READY, key="node.kubernetes.io/unreachable")
GPU = Toleration(key="gpu", operator="Exists", effect="NoExecute")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), (NOT_READY, UNREACHABLE)),
        ((GPU,), (GPU, NOT_READY, UNREACHABLE)),
        ((evolve(NOT_READY, toleration_seconds=5),), (evolve(NOT_READY, toleration_seconds=5), UNREACHABLE)),
        ((evolve(UNREACHABLE, effect=""),), (evolve(UNREACHABLE, effect=""), NOT_READY)),
        ((evolve(NOT_READY, effect="NoSchedule", toleration_seconds=None),), None),
        ((Toleration(operator="Exists"),), (Toleration(operator="Exists"),)),
        ((Toleration(operator="Exists", effect="NoExecute"),), (Toleration(operator="Exists", effect="NoExecute"),)),
    ],
)
def test_missing_tolerations_are_added(given, expected):
    """Every pod tolerates lost nodes for 300 s, unless it says something about that taint itself.

    Source: plugin/pkg/admission/defaulttolerationseconds/admission_test.go
    """
    admitted = default_toleration_seconds(PodSpec(tolerations=given))

    assert admitted.tolerations == (expected if expected is not None else (*given, NOT_READY, UNREACHABLE))


def test_admission_is_idempotent():
    """A pod that was admitted once is not changed again."""
    once = default_toleration_seconds(PodSpec())

    assert default_toleration_seconds(once) is once


def config_map(name: str, **data: str) -> ConfigMap:
    """A ConfigMap with this data."""
    return ConfigMap(metadata=ObjectMeta(name=name), data=data, source=Source("f.yaml", 1))


def reference(config_map: str, key: str = "PORT", variable: str = "PORT") -> ConfigMapKeyRef:
    """A variable that is read from a ConfigMap."""
    return ConfigMapKeyRef(variable=variable, config_map=config_map, key=key)


MAPS = (config_map("a", PORT="8081", other="9"), config_map("b", PORT="8082"))


@pytest.mark.parametrize(
    ("container", "port"),
    [
        (Container(name="c"), None),
        (Container(name="c", ports=(ContainerPort(container_port=80),)), None),
        (Container(name="c", environment={"PORT": "8080"}), 8080),
        (Container(name="c", environment={"PORT": " 8080\n"}), 8080),
        (Container(name="c", environment={"PORT": "tcp://1"}), None),
        (Container(name="c", environment={"PORT": "0"}), None),
        (Container(name="c", environment={"PORT": "65536"}), None),
        (Container(name="c", environment={"HTTP_PORT": "1"}), None),
        (Container(name="c", config_map_key_refs=(reference("a"),)), 8081),
        (Container(name="c", config_map_key_refs=(reference("a", key="other"),)), 9),
        (Container(name="c", config_map_key_refs=(reference("a", variable="X"),)), None),
        (Container(name="c", config_map_key_refs=(reference("a", key="none"),)), None),
        (Container(name="c", config_map_key_refs=(reference("none"),)), None),
        (Container(name="c", config_map_env_from=("a", "b")), 8082),
        (Container(name="c", config_map_env_from=("b", "none")), 8082),
        (Container(name="c", config_map_env_from=("b",), config_map_key_refs=(reference("a"),)), 8081),
        (Container(name="c", environment={"PORT": "1"}, config_map_env_from=("b",)), 1),
    ],
)
def test_a_container_listens_where_its_variable_says(container, port):
    """PORT from env, else from a ConfigMap, else no statement."""
    assert listening_port(container, MAPS) == port


@pytest.mark.parametrize(
    ("probe", "port"),
    [
        (Probe(port=8080), 8080),
        (Probe(port="http"), 80),
        (Probe(port="https"), None),
        (Probe(handler="exec"), None),
    ],
)
def test_probes_ask_numbers_or_named_ports(probe, port):
    """A name is looked up among the container's ports."""
    container = Container(name="c", ports=(ContainerPort(container_port=80, name="http"),))

    assert probe_port(container, probe) == port
