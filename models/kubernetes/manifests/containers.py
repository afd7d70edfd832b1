"""Containers: resources, ports and environment.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container and
pkg/apis/core/v1/defaults.go (SetDefaults_Pod), pkg/apis/core/validation/validation.go (validateContainers)
"""

from __future__ import annotations

from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.names import is_dns_label, is_port_name
from clusterproof.models.kubernetes.manifests.probes import read_pre_stop_sleep, read_probe
from clusterproof.models.kubernetes.manifests.quantity import resource_amount
from clusterproof.models.kubernetes.objects import ConfigMapKeyRef, Container, ContainerPort

PROTOCOLS = ("TCP", "UDP", "SCTP")
VALUE_SOURCES = ("configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef")
NOT_MODELLED = (
    "args",
    "command",
    "imagePullPolicy",
    "resizePolicy",
    "restartPolicyRules",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
)


def read_container(fields: Fields, *, init: bool = False) -> Container:
    """A container; an init container with restartPolicy Always is a sidecar."""
    name = fields.required_text("name", "write the container's name")
    if not is_dns_label(name):
        fields.fail("name", f"{quoted(name)} is not a valid name; write lower-case letters, digits and dashes")
    restart_policy = fields.choice("restartPolicy", ("Always", "OnFailure", "Never"), None)
    if restart_policy is not None and not init:
        fields.note("restartPolicy", "is not modelled, for the pod's policy counts")
        restart_policy = None
    if init and restart_policy != "Always":
        _refuse_in_init_container(fields)
    environment, config_map_key_refs = _read_environment(fields)
    requests, limits = _read_resources(fields)
    container = Container(
        name=name,
        image=fields.required_text("image", "write the image to run"),
        requests=requests,
        limits=limits,
        ports=_read_ports(fields),
        environment=environment,
        config_map_key_refs=config_map_key_refs,
        config_map_env_from=_read_env_from(fields),
        readiness_probe=read_probe(fields, "readinessProbe"),
        liveness_probe=read_probe(fields, "livenessProbe"),
        startup_probe=read_probe(fields, "startupProbe"),
        pre_stop_sleep_seconds=read_pre_stop_sleep(fields),
        restart_policy=restart_policy,
    )
    fields.close(NOT_MODELLED)
    return container


def _refuse_in_init_container(fields: Fields) -> None:
    for name in ("readinessProbe", "livenessProbe", "startupProbe", "lifecycle"):
        if fields.has(name):
            fields.fail(name, "an init container that is no sidecar has none; remove it or write restartPolicy: Always")


def _read_resources(container: Fields) -> tuple[dict[str, int], dict[str, int]]:
    """Requests and limits; a request that is not given is the limit (SetDefaults_Pod)."""
    resources = container.fields("resources")
    if resources is None:
        return {}, {}
    limits = read_resource_amounts(resources, "limits")
    given = read_resource_amounts(resources, "requests")
    for resource, amount in given.items():
        if amount > limits.get(resource, amount):
            resources.fail("requests", f"the {resource} request exceeds its limit; write at most the limit")
    resources.close(("claims",))
    return {**limits, **given}, limits


def read_resource_amounts(parent: Fields, name: str) -> dict[str, int]:
    """A mapping of resource names to quantities: cpu in millicores, memory in bytes, others as counted."""
    read = parent.scalar_texts(name)
    if read is None:
        return {}
    fields, texts = read
    amounts = {}
    for resource, text in texts.items():
        try:
            amounts[resource] = resource_amount(resource, text)
        except ValueError as error:
            fields.fail(resource, f"{quoted(text)} {error}")
    return amounts


def _read_ports(container: Fields) -> tuple[ContainerPort, ...]:
    ports = []
    names: set[str] = set()
    for fields in container.items("ports"):
        name = fields.text("name", "")
        if name and not is_port_name(name):
            fields.fail("name", f"{quoted(name)} is not a port name; write at most 15 lower-case letters and digits")
        if name and name in names:
            fields.fail("name", f"{quoted(name)} names two ports of this container; write different names")
        names.add(name)
        ports.append(
            ContainerPort(
                container_port=fields.required_integer("containerPort", minimum=1, maximum=65535),
                name=name,
                protocol=fields.choice("protocol", PROTOCOLS, "TCP"),
                host_port=fields.integer("hostPort", 0, minimum=0, maximum=65535),
                host_ip=fields.text("hostIP", ""),
            )
        )
        fields.close()
    return tuple(ports)


def _read_environment(container: Fields) -> tuple[dict[str, str], tuple[ConfigMapKeyRef, ...]]:
    """Plain variables and those from ConfigMaps; of two variables with one name the later wins."""
    plain: dict[str, str] = {}
    references: dict[str, ConfigMapKeyRef] = {}
    for fields in container.items("env"):
        name = fields.required_text("name", "write the variable's name")
        value = fields.text("value", None)
        reference = _read_value_from(fields, name)
        plain.pop(name, None)
        references.pop(name, None)
        if reference is not None:
            references[name] = reference
        elif not fields.has("valueFrom"):
            plain[name] = value or ""
        if value and fields.has("valueFrom"):
            fields.fail("valueFrom", "may not be given together with value; remove one")
        fields.close()
    return plain, tuple(references.values())


def _read_value_from(variable: Fields, name: str) -> ConfigMapKeyRef | None:
    value_from = variable.fields("valueFrom")
    if value_from is None:
        return None
    given = [source for source in VALUE_SOURCES if value_from.has(source)]
    if not given:
        value_from.close(VALUE_SOURCES)  # a misspelt source is the likelier mistake
        variable.fail("valueFrom", f"is empty; write one of {', '.join(VALUE_SOURCES)}")
    if len(given) > 1:
        value_from.fail(given[1], f"a variable has one source and {given[0]} is given too; remove one")
    reference = None
    fields = value_from.fields("configMapKeyRef")
    if fields is not None:
        reference = ConfigMapKeyRef(
            variable=name,
            config_map=fields.required_text("name", "write the ConfigMap's name"),
            key=fields.required_text("key", "write the key in the ConfigMap"),
            optional=fields.boolean("optional", default=False),
        )
        fields.close()
    value_from.close(VALUE_SOURCES)
    return reference


def _read_env_from(container: Fields) -> tuple[str, ...]:
    names = []
    for fields in container.items("envFrom"):
        config_map = fields.fields("configMapRef")
        if config_map is not None:
            names.append(config_map.required_text("name", "write the ConfigMap's name"))
            config_map.close(("optional",))
        fields.close(("prefix", "secretRef"))
    return tuple(names)
