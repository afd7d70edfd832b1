"""Pods and pod templates.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ and
pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec), pkg/apis/core/validation/validation.go (ValidatePodSpec)
"""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve

from clusterproof.models.kubernetes.manifests.containers import read_container, read_resource_amounts
from clusterproof.models.kubernetes.manifests.errors import quoted
from clusterproof.models.kubernetes.manifests.fields import Fields
from clusterproof.models.kubernetes.manifests.metadata import read_metadata, read_template_metadata
from clusterproof.models.kubernetes.manifests.names import check_labels
from clusterproof.models.kubernetes.manifests.priorities import POLICIES, SYSTEM_PRIORITIES
from clusterproof.models.kubernetes.manifests.scheduling import read_affinity, read_tolerations, read_topology_spread
from clusterproof.models.kubernetes.objects import Container, Pod, PodSpec, PodTemplate

NOT_MODELLED = (
    "activeDeadlineSeconds",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "ephemeralContainers",
    "hostAliases",
    "hostIPC",
    "hostPID",
    "hostUsers",
    "hostname",
    "hostnameOverride",
    "imagePullSecrets",
    "os",
    "readinessGates",
    "resourceClaims",
    "resources",
    "runtimeClassName",
    "schedulerName",
    "schedulingGates",
    "schedulingGroup",  # from 1.36, instead of workloadRef
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "subdomain",
    "workloadRef",
)
VOLUME_SOURCES = (
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
)


def read_pod(top: Fields) -> Pod:
    """A bare pod."""
    metadata = read_metadata(top)
    spec = top.required_fields("spec", "write the pod's spec with its containers")
    pod = Pod(metadata=metadata, spec=read_pod_spec(spec), source=top.source)
    top.close(("status",))
    return pod


def read_pod_template(workload: Fields, restart_policies: Collection[str] = ("Always",)) -> PodTemplate:
    """The template of a workload; restart_policies: those that its pods may have.

    A workload that replaces its pods wants Always, and one whose pods run to completion one of the others.
    """
    template = workload.required_fields("template", "write the pod template (render patches first)")
    labels, annotations = read_template_metadata(template)
    spec_fields = template.required_fields("spec", "write the template's spec with its containers")
    spec = read_pod_spec(spec_fields)
    if spec.restart_policy not in restart_policies:
        words = " or ".join(restart_policies)
        spec_fields.fail("restartPolicy", f"is {spec.restart_policy}; write {words}, no other is allowed here")
    template.close()
    return PodTemplate(labels=labels, annotations=annotations, spec=spec)


def read_pod_spec(spec: Fields) -> PodSpec:
    """The spec of a pod with its defaults, before admission."""
    affinity, class_name = read_affinity(spec), spec.text("priorityClassName", "")
    host_network = spec.boolean("hostNetwork", default=False)
    containers, init_containers = _read_containers(spec, host_network=host_network)
    node_selector = spec.text_map("nodeSelector")
    check_labels(spec, "nodeSelector", node_selector)
    read = PodSpec(
        containers=containers,
        init_containers=init_containers,
        restart_policy=spec.choice("restartPolicy", ("Always", "OnFailure", "Never"), "Always"),
        termination_grace_period_seconds=spec.integer("terminationGracePeriodSeconds", 30, minimum=0),
        node_name=spec.text("nodeName", "") or None,
        node_selector=node_selector,
        required_node_affinity=affinity.node,
        required_pod_affinity=affinity.pod,
        required_pod_anti_affinity=affinity.pod_anti,
        preferred_node_affinity=affinity.preferred_node,
        preferred_pod_affinity=affinity.preferred_pod,
        preferred_pod_anti_affinity=affinity.preferred_pod_anti,
        topology_spread_constraints=read_topology_spread(spec),
        tolerations=read_tolerations(spec),
        priority=SYSTEM_PRIORITIES.get(class_name, spec.integer("priority", 0)),
        priority_class_name=class_name,
        preemption_policy=spec.choice("preemptionPolicy", POLICIES, POLICIES[0]),
        host_network=host_network,
        config_map_volumes=_read_volumes(spec),
        overhead=read_resource_amounts(spec, "overhead"),
    )
    spec.close(NOT_MODELLED)
    return read


def _read_containers(spec: Fields, *, host_network: bool) -> tuple[tuple[Container, ...], tuple[Container, ...]]:
    all_fields = spec.items("containers")
    if not all_fields:
        spec.fail("containers", "is missing or empty; write at least one container")
    init_fields = spec.items("initContainers")
    containers = tuple(read_container(fields) for fields in all_fields)
    init_containers = tuple(read_container(fields, init=True) for fields in init_fields)
    if host_network:
        containers = tuple(map(_on_host_network, all_fields, containers))
        init_containers = tuple(map(_on_host_network, init_fields, init_containers))
    seen: set[str] = set()
    for fields, container in zip((*init_fields, *all_fields), (*init_containers, *containers), strict=True):
        if container.name in seen:
            fields.fail("name", f"{quoted(container.name)} names two containers of this pod; write different names")
        seen.add(container.name)
    return containers, init_containers


def _on_host_network(fields: Fields, container: Container) -> Container:
    """On the node's network every container port is a host port.

    Source: pkg/apis/core/v1/defaults.go (defaultHostNetworkPorts), validation.go (checkHostPortConflicts)
    """
    for port in container.ports:
        if port.host_port not in (0, port.container_port):
            fields.fail("ports", f"hostPort {port.host_port} must equal containerPort with hostNetwork; remove it")
    return evolve(container, ports=tuple(evolve(port, host_port=port.container_port) for port in container.ports))


def _read_volumes(spec: Fields) -> tuple[str, ...]:
    """The ConfigMaps that have to exist before the pod's containers start."""
    config_maps: list[str] = []
    for volume in spec.items("volumes"):
        volume.required_text("name", "write the volume's name")
        config_maps += _read_config_map_source(volume)
        projected = volume.fields("projected")
        if projected is not None:
            for source in projected.items("sources"):
                config_maps += _read_config_map_source(source)
                source.close(("clusterTrustBundle", "downwardAPI", "podCertificate", "secret", "serviceAccountToken"))
            projected.close(("defaultMode",))
        volume.close(VOLUME_SOURCES)
    return tuple(dict.fromkeys(config_maps))


def _read_config_map_source(volume: Fields) -> list[str]:
    fields = volume.fields("configMap")
    if fields is None:
        return []
    name = fields.required_text("name", "write the ConfigMap's name")
    optional = fields.boolean("optional", default=False)
    fields.close(("defaultMode", "items"))
    return [] if optional else [name]
