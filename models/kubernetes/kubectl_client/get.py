"""Answering a `kubectl get` in a state.

Source: staging/src/k8s.io/kubectl/pkg/cmd/get/get.go
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.jsonpath.evaluate import execute
from clusterproof.models.kubernetes.jsonpath.template import TemplateError
from clusterproof.models.kubernetes.kubectl_client import messages
from clusterproof.models.kubernetes.kubectl_client.client import Answer, Client
from clusterproof.models.kubernetes.kubectl_client.output import as_json, as_list, as_yaml, table
from clusterproof.models.kubernetes.kubectl_client.request import KubectlError, Request, Wanted, wanted
from clusterproof.models.kubernetes.kubectl_client.resources import Resource, served_by
from clusterproof.models.kubernetes.printers.table import ApiObject, Options


@frozen(kw_only=True)
class _Found:
    """The objects of a kind that were found."""

    resource: Resource
    objects: Sequence[ApiObject]


def get(instant: Instant, request: Request) -> Answer:
    """What kubectl answers in a state."""
    client = Client(
        instant=instant,
        namespace=request.namespace,
        verbosity=request.verbosity,
        as_table=request.output in ("", "wide"),
    )
    if refusal := client.refusal():  # first of all, for it is the server that knows the kinds
        return client.gives_up(refusal)
    try:
        kinds = wanted(request.words, served_by(instant.cluster))
    except KubectlError as error:
        return client.gives_up(str(error), error.code)
    found = [each for each in (_find(client, kind) for kind in kinds) if each.objects]
    if not found and not client.failed and request.output in ("", "wide", "name"):
        namespaced = any(kind.resource.namespaced for kind in kinds)
        client.said.append(messages.no_resources(request.namespace if namespaced else None))
    try:
        return client.answer(_printed(instant, request, kinds, found))
    except TemplateError as error:
        why = f'error executing jsonpath "{request.template_text}": Error executing template: {error}.'
        return client.gives_up(f"error: {why}")


def _find(client: Client, kind: Wanted) -> _Found:
    """GET each object by its name, else the list."""
    if not kind.names:
        return _Found(resource=kind.resource, objects=client.list_all(kind.resource))
    named = [client.get(kind.resource, name) for name in kind.names]
    return _Found(resource=kind.resource, objects=[one for one in named if one is not None])


def _printed(instant: Instant, request: Request, kinds: Sequence[Wanted], found: Sequence[_Found]) -> str:
    objects = [one for each in found for one in each.objects]
    if request.output in ("json", "yaml", "jsonpath"):
        by_name = sum(len(kind.names) for kind in kinds)
        if by_name and not objects:
            return ""
        return _written(request, objects[0] if by_name == 1 else as_list(objects))
    if request.output == "name":
        names = [
            f"{each.resource.qualified_singular}/{one['metadata']['name']}" for each in found for one in each.objects
        ]
        return "".join(f"{name}\n" for name in names)
    tables = [_table(instant, request, each, several=len(kinds) > 1) for each in found]
    return "\n".join("".join(f"{line}\n" for line in lines) for lines in tables)


def _written(request: Request, value: Any) -> str:
    if request.output == "json":
        return as_json(value)
    return as_yaml(value) if request.output == "yaml" else execute(request.template, value)


def _table(instant: Instant, request: Request, each: _Found, *, several: bool) -> list[str]:
    options = Options(now=instant.now, wide=request.output == "wide", minor=minor_version(instant))
    return table(
        each.resource,
        each.objects,
        options,
        with_namespace=request.namespace is None and each.resource.namespaced,
        with_kind=several,
        headers=request.headers,
    )


def minor_version(instant: Instant) -> int:
    """35 of Kubernetes 1.35."""
    return int(instant.cluster.scope.kubernetes_version.partition(".")[2])
