"""The resources that the API server serves here: their names, where they lie, how they are listed and printed.

Source: https://kubernetes.io/docs/reference/kubectl/#resource-types
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from attrs import frozen

from clusterproof.models.kubernetes.api_objects.add_ons import add_on_pods
from clusterproof.models.kubernetes.api_objects.config_maps import config_maps
from clusterproof.models.kubernetes.api_objects.cron_jobs import cron_jobs
from clusterproof.models.kubernetes.api_objects.custom_objects import custom_objects
from clusterproof.models.kubernetes.api_objects.daemon_sets import daemon_sets
from clusterproof.models.kubernetes.api_objects.deployments import deployments
from clusterproof.models.kubernetes.api_objects.disruption_budgets import disruption_budgets
from clusterproof.models.kubernetes.api_objects.endpoint_slices import endpoint_slices
from clusterproof.models.kubernetes.api_objects.events import events
from clusterproof.models.kubernetes.api_objects.horizontal_pod_autoscalers import horizontal_pod_autoscalers
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.api_objects.jobs import jobs
from clusterproof.models.kubernetes.api_objects.nodes import nodes
from clusterproof.models.kubernetes.api_objects.pods import pods
from clusterproof.models.kubernetes.api_objects.replica_sets import replica_sets
from clusterproof.models.kubernetes.api_objects.services import services
from clusterproof.models.kubernetes.api_objects.stateful_sets import stateful_sets
from clusterproof.models.kubernetes.api_objects.static_pods import static_pods
from clusterproof.models.kubernetes.printers.config_maps import CONFIG_MAP
from clusterproof.models.kubernetes.printers.cron_jobs import CRON_JOB
from clusterproof.models.kubernetes.printers.custom_objects import CUSTOM_OBJECT
from clusterproof.models.kubernetes.printers.daemon_sets import DAEMON_SET
from clusterproof.models.kubernetes.printers.deployments import DEPLOYMENT
from clusterproof.models.kubernetes.printers.disruption_budgets import POD_DISRUPTION_BUDGET
from clusterproof.models.kubernetes.printers.endpoint_slices import ENDPOINT_SLICE
from clusterproof.models.kubernetes.printers.events import EVENT
from clusterproof.models.kubernetes.printers.horizontal_pod_autoscalers import HORIZONTAL_POD_AUTOSCALER
from clusterproof.models.kubernetes.printers.jobs import JOB
from clusterproof.models.kubernetes.printers.nodes import NODE
from clusterproof.models.kubernetes.printers.pods import POD
from clusterproof.models.kubernetes.printers.replica_sets import REPLICA_SET
from clusterproof.models.kubernetes.printers.services import SERVICE
from clusterproof.models.kubernetes.printers.stateful_sets import STATEFUL_SET
from clusterproof.models.kubernetes.printers.table import Printer
from clusterproof.models.kubernetes.scope import CustomObjectScope
from clusterproof.models.kubernetes.state import Cluster


@frozen(kw_only=True)
class Resource:
    """A kind of objects. objects: those of an instant. in_all: whether `kubectl get all` shows it."""

    singular: str
    plural: str
    short_names: tuple[str, ...] = ()
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    in_all: bool = False
    printer: Printer
    objects: Callable[[Instant], Iterator[dict[str, Any]]]

    @property
    def qualified_plural(self) -> str:
        """The plural with the group: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_singular(self) -> str:
        """The singular with the group: `deployment.apps`."""
        return f"{self.singular}.{self.group}" if self.group else self.singular

    def path(self, namespace: str | None) -> str:
        """Where the objects are listed; namespace: of one only."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inside = f"/namespaces/{namespace}" if self.namespaced and namespace is not None else ""
        return f"{root}{inside}/{self.plural}"

    def names(self) -> Iterator[str]:
        """Every word that means this resource, in small letters."""
        yield from (self.plural, self.singular, *self.short_names)
        if self.group:
            for name in (self.plural, self.singular):
                yield from (f"{name}.{self.group}", f"{name}.{self.version}.{self.group}")


def _all_pods(instant: Instant) -> Iterator[dict[str, Any]]:
    return chain(pods(instant), static_pods(instant), add_on_pods(instant))


RESOURCES = (
    Resource(singular="pod", plural="pods", short_names=("po",), in_all=True, printer=POD, objects=_all_pods),
    Resource(
        singular="service", plural="services", short_names=("svc",), in_all=True, printer=SERVICE, objects=services
    ),
    Resource(
        singular="daemonset",
        plural="daemonsets",
        short_names=("ds",),
        group="apps",
        in_all=True,
        printer=DAEMON_SET,
        objects=daemon_sets,
    ),
    Resource(
        singular="deployment",
        plural="deployments",
        short_names=("deploy",),
        group="apps",
        in_all=True,
        printer=DEPLOYMENT,
        objects=deployments,
    ),
    Resource(
        singular="replicaset",
        plural="replicasets",
        short_names=("rs",),
        group="apps",
        in_all=True,
        printer=REPLICA_SET,
        objects=replica_sets,
    ),
    Resource(
        singular="statefulset",
        plural="statefulsets",
        short_names=("sts",),
        group="apps",
        in_all=True,
        printer=STATEFUL_SET,
        objects=stateful_sets,
    ),
    Resource(
        singular="horizontalpodautoscaler",
        plural="horizontalpodautoscalers",
        short_names=("hpa",),
        group="autoscaling",
        version="v2",
        in_all=True,
        printer=HORIZONTAL_POD_AUTOSCALER,
        objects=horizontal_pod_autoscalers,
    ),
    Resource(
        singular="cronjob",
        plural="cronjobs",
        short_names=("cj",),
        group="batch",
        in_all=True,
        printer=CRON_JOB,
        objects=cron_jobs,
    ),
    Resource(singular="job", plural="jobs", group="batch", in_all=True, printer=JOB, objects=jobs),
    Resource(singular="configmap", plural="configmaps", short_names=("cm",), printer=CONFIG_MAP, objects=config_maps),
    Resource(
        singular="endpointslice",
        plural="endpointslices",
        group="discovery.k8s.io",
        printer=ENDPOINT_SLICE,
        objects=endpoint_slices,
    ),
    Resource(singular="event", plural="events", short_names=("ev",), printer=EVENT, objects=events),
    Resource(singular="node", plural="nodes", short_names=("no",), namespaced=False, printer=NODE, objects=nodes),
    Resource(
        singular="poddisruptionbudget",
        plural="poddisruptionbudgets",
        short_names=("pdb",),
        group="policy",
        printer=POD_DISRUPTION_BUDGET,
        objects=disruption_budgets,
    ),
)
"""In the order in which `kubectl get all` shows them."""

BY_NAME = {name: resource for resource in RESOURCES for name in resource.names()}
ALL = tuple(resource for resource in RESOURCES if resource.in_all)


def served_by(c: Cluster) -> dict[str, Resource]:
    """Every resource of a cluster by each of its names: those of Kubernetes, and those of custom kinds."""
    kinds = {(each.api_version, each.kind): each for each in c.scope.custom_objects.values()}
    custom = [_custom_resource(each) for each in kinds.values()]
    return {**{name: resource for resource in custom for name in resource.names()}, **BY_NAME}


def _custom_resource(fixed: CustomObjectScope) -> Resource:
    """What a CustomResourceDefinition adds. Source: staging/src/k8s.io/apiextensions-apiserver/pkg/registry"""
    group, _, version = fixed.api_version.rpartition("/")
    return Resource(
        singular=fixed.kind.lower(),
        plural=fixed.plural,
        group=group,
        version=version,
        namespaced=fixed.namespaced,
        printer=CUSTOM_OBJECT,
        objects=lambda instant: custom_objects(instant, fixed.kind),
    )
