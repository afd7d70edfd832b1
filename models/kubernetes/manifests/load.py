"""From paths to `Manifests`: reads the files, flattens Lists, refuses duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

from attrs import Factory, define, evolve

from clusterproof.models.kubernetes.admission_objects import (
    LimitRange,
    Namespace,
    PriorityClass,
    ResourceQuota,
    WebhookConfiguration,
)
from clusterproof.models.kubernetes.autoscaling_objects import HorizontalPodAutoscaler
from clusterproof.models.kubernetes.job_objects import CronJob, Job
from clusterproof.models.kubernetes.manifests.allowance import Allowance
from clusterproof.models.kubernetes.manifests.errors import ManifestError, one_line
from clusterproof.models.kubernetes.manifests.fields import Document, Fields
from clusterproof.models.kubernetes.manifests.files import find_files, read_text
from clusterproof.models.kubernetes.manifests.kinds import ModelledObject, Readers, read_object
from clusterproof.models.kubernetes.manifests.priorities import with_priorities
from clusterproof.models.kubernetes.manifests.schemas import Schemas
from clusterproof.models.kubernetes.manifests.yaml_tree import (
    Entry,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    parse_documents,
)
from clusterproof.models.kubernetes.objects import (
    ConfigMap,
    CustomResource,
    DaemonSet,
    Deployment,
    Manifests,
    OtherObject,
    Pod,
    PodDisruptionBudget,
    ReplicaSet,
    Service,
    Source,
    StatefulSet,
)

KIND_CONFIG_GROUP = "kind.x-k8s.io"


def load_manifests(
    paths: Sequence[str | Path], schemas: Schemas | None = None, custom: Readers = MappingProxyType({})
) -> Manifests:
    """Everything that is in the files and directories, in order, with the API server's defaults.

    schemas: to compare every object with, once it is read. custom: the readers of the kinds that
    CustomResourceDefinitions add. A kind cluster configuration among them is no manifest and only noted;
    `load_topology` reads it. Raises ManifestError for the first thing that the API server would refuse, or that cannot
    be understood or checked.
    """
    return load_document_texts(((str(path), read_text(path)) for path in find_files(paths)), schemas, custom)


def load_document_texts(
    texts: Iterable[tuple[str, str]], schemas: Schemas | None = None, custom: Readers = MappingProxyType({})
) -> Manifests:
    """Everything that is in the texts, each given with the name of its file."""
    loader, allowance = _Loader(schemas, custom), Allowance()
    for file, text in texts:
        for document in parse_documents(text, file, allowance):
            for node in _flatten(document, file):
                loader.add(node, file)
    return loader.manifests()


def _flatten(node: Node, file: str) -> Iterator[Node]:
    """The objects of a document: the items of a List, recursively, or the object itself.

    Items of a typed list such as DeploymentList may leave out their kind.
    """
    kind = _text(node, "kind")
    items = node.entries.get("items") if isinstance(node, MapNode) else None
    if kind is None or not kind.endswith("List") or (items is None and kind != "List"):
        yield node
        return
    if items is None or (isinstance(items.node, ScalarNode) and items.node.value is None):
        return
    if not isinstance(items.node, ListNode):
        raise ManifestError(file, items.line, "items", "must be a list of objects; write lines starting with -")
    for index, item in enumerate(items.node.items):
        if not isinstance(item, MapNode):
            raise ManifestError(file, item.line, f"items[{index}]", "must be an object; write a mapping")
        yield from _flatten(_with_list_kind(item, node, kind), file)


def _with_list_kind(item: MapNode, parent: Node, kind: str) -> MapNode:
    if kind == "List" or "kind" in item.entries or not isinstance(parent, MapNode):
        return item
    inherited = {"kind": Entry(item.line, ScalarNode(kind.removesuffix("List"), kind.removesuffix("List"), item.line))}
    if "apiVersion" in parent.entries:
        inherited["apiVersion"] = parent.entries["apiVersion"]
    return evolve(item, entries={**inherited, **item.entries})


def _text(node: Node, *path: str) -> str | None:
    """The string at a path, or None where there is none."""
    for name in path:
        entry = node.entries.get(name) if isinstance(node, MapNode) else None
        if entry is None:
            return None
        node = entry.node
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None


@define
class _Loader:
    schemas: Schemas | None
    custom: Readers
    objects: list[ModelledObject | OtherObject] = Factory(list)
    notes: list[str] = Factory(list)
    sources: dict[tuple[str, str, str, str], Source] = Factory(dict)
    node_ports: dict[tuple[int, str], Service] = Factory(dict)

    def add(self, node: Node, file: str) -> None:
        api_version, kind, name = _text(node, "apiVersion"), _text(node, "kind"), _text(node, "metadata", "name")
        if kind == "Cluster" and (api_version or "").startswith(f"{KIND_CONFIG_GROUP}/"):
            self.notes.append(one_line(f"{file}:{node.line}: the kind cluster configuration is not a manifest."))
            return
        document = Document(file, f"{kind}/{name}")
        top = Fields.of(node, "", document)
        read = read_object(top, self.custom)
        if self.schemas is not None:
            self.schemas.check(top.node, file, api_version or "", kind or "")
        self._refuse_duplicate(top, read, kind or "", (api_version or "").rpartition("/")[0])
        if isinstance(read, Service):
            self._refuse_taken_node_port(top, read)
        self.objects.append(read)
        self.notes.extend(document.notes())

    def _refuse_duplicate(self, top: Fields, read: ModelledObject | OtherObject, kind: str, group: str) -> None:
        key = (group, kind, read.metadata.namespace, read.metadata.name)
        first = self.sources.setdefault(key, read.source)
        if first is not read.source:
            metadata = top.required_fields("metadata", "")
            where = f" in namespace {read.metadata.namespace}" if read.metadata.namespace else ""
            metadata.fail("name", f"{kind}/{read.metadata.name}{where} is given twice, first at {first}; remove one")

    def _refuse_taken_node_port(self, top: Fields, service: Service) -> None:
        """Source: pkg/registry/core/service/portallocator: a node port belongs to one Service."""
        fields = top.required_fields("spec", "").items("ports")
        for port_fields, port in zip(fields, service.ports, strict=True):
            if port.node_port is None:
                continue
            owner = self.node_ports.setdefault((port.node_port, port.protocol), service)
            if owner is not service:
                port_fields.fail(
                    "nodePort",
                    f"{port.node_port} belongs to Service/{owner.metadata.name} ({owner.source}); write another port",
                )

    def manifests(self) -> Manifests:
        read = Manifests(
            deployments=tuple(each for each in self.objects if isinstance(each, Deployment)),
            replica_sets=tuple(each for each in self.objects if isinstance(each, ReplicaSet)),
            stateful_sets=tuple(each for each in self.objects if isinstance(each, StatefulSet)),
            daemon_sets=tuple(each for each in self.objects if isinstance(each, DaemonSet)),
            jobs=tuple(each for each in self.objects if isinstance(each, Job)),
            cron_jobs=tuple(each for each in self.objects if isinstance(each, CronJob)),
            pods=tuple(each for each in self.objects if isinstance(each, Pod)),
            pod_disruption_budgets=tuple(each for each in self.objects if isinstance(each, PodDisruptionBudget)),
            autoscalers=tuple(each for each in self.objects if isinstance(each, HorizontalPodAutoscaler)),
            resource_quotas=tuple(each for each in self.objects if isinstance(each, ResourceQuota)),
            limit_ranges=tuple(each for each in self.objects if isinstance(each, LimitRange)),
            webhook_configurations=tuple(each for each in self.objects if isinstance(each, WebhookConfiguration)),
            namespaces=tuple(each for each in self.objects if isinstance(each, Namespace)),
            priority_classes=tuple(each for each in self.objects if isinstance(each, PriorityClass)),
            services=tuple(each for each in self.objects if isinstance(each, Service)),
            config_maps=tuple(each for each in self.objects if isinstance(each, ConfigMap)),
            custom_resources=tuple(each for each in self.objects if isinstance(each, CustomResource)),
            others=tuple(each for each in self.objects if isinstance(each, OtherObject)),
            not_modelled=tuple(self.notes),
        )
        return with_priorities(read)
