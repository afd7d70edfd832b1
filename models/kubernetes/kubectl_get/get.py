"""Answering a `kubectl get` in a state.

Source: staging/src/k8s.io/kubectl/pkg/cmd/get/get.go
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field, frozen

from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.jsonpath.evaluate import execute
from clusterproof.models.kubernetes.jsonpath.template import TemplateError
from clusterproof.models.kubernetes.kubectl_get import messages
from clusterproof.models.kubernetes.kubectl_get.log import log_lines
from clusterproof.models.kubernetes.kubectl_get.output import as_json, as_list, as_yaml, table
from clusterproof.models.kubernetes.kubectl_get.request import KubectlError, Request, Wanted, wanted
from clusterproof.models.kubernetes.kubectl_get.resources import Resource
from clusterproof.models.kubernetes.printers.table import ApiObject, Options

API_SERVER = "127.0.0.1:6443"
STORE = "127.0.0.1:2379"
PAGE = 500
"""How many objects kubectl asks for at a time."""
DISCOVERY_SECONDS = 32
"""How long kubectl waits to be told which kinds there are."""


@frozen(kw_only=True)
class Answer:
    """What kubectl writes to standard output and standard error, and its exit code."""

    out: str = ""
    err: str = ""
    code: int = 0


def get(instant: Instant, request: Request) -> Answer:
    """What kubectl answers in a state."""
    return _Getter(instant, request).answer()


@frozen(kw_only=True)
class _Found:
    """The objects of a kind that were found."""

    resource: Resource
    objects: tuple[ApiObject, ...]


@define
class _Getter:
    """One request under way. kinds: what is asked for. said: the lines on standard error so far."""

    instant: Instant
    request: Request
    kinds: list[Wanted] = field(init=False, factory=list)
    said: list[str] = field(init=False, factory=list)
    code: int = field(init=False, default=0)

    def answer(self) -> Answer:
        if refusal := self._refusal():  # first of all, for it is the server that knows the kinds
            return self._gives_up(refusal)
        try:
            self.kinds = wanted(self.request.words)
        except KubectlError as error:
            return self._gives_up(str(error))
        found = [self._find(each) for each in self.kinds]
        try:
            out = self._printed([each for each in found if each.objects])
        except TemplateError as error:
            why = f'error executing jsonpath "{self.request.template_text}": Error executing template: {error}.'
            return self._gives_up(f"error: {why}")
        return Answer(out=out, err=self._err(), code=self.code)

    def _gives_up(self, line: str) -> Answer:
        self.said.append(line)
        return Answer(err=self._err(), code=1)

    def _err(self) -> str:
        return "".join(f"{line}\n" for line in self.said)

    def _refusal(self) -> str:
        """Why no request is answered; empty where they are."""
        c = self.instant.cluster
        if apiserver.is_serving(c):
            return ""
        self._log(f"https://{API_SERVER}/api?timeout={DISCOVERY_SECONDS}s", "")
        if c.static_pods[c.scope.apiserver].running:
            return messages.store_unavailable(STORE)
        return messages.connection_refused(API_SERVER)

    # ---------------------------------------------------------------- requests
    def _find(self, each: Wanted) -> _Found:
        """GET each object by its name, else the list."""
        resource = each.resource
        listed = sorted(resource.objects(self.instant), key=_place)
        if resource.namespaced and self.request.namespace is not None:
            listed = [one for one in listed if one["metadata"]["namespace"] == self.request.namespace]
        if not each.names:
            self._log(self._url(resource, None), "200 OK")
            return _Found(resource=resource, objects=tuple(listed))
        found: list[ApiObject] = []
        for name in each.names:
            named = [one for one in listed if one["metadata"]["name"] == name]
            self._log(self._url(resource, name), "200 OK" if named else "404 Not Found")
            found += named
            if not named:
                self.said.append(messages.not_found(resource.qualified_plural, name))
                self.code = 1
        return _Found(resource=resource, objects=tuple(found))

    def _url(self, resource: Resource, name: str | None) -> str:
        path = resource.path(self.request.namespace)
        return f"https://{API_SERVER}{path}" + (f"?limit={PAGE}" if name is None else f"/{name}")

    def _log(self, url: str, status: str) -> None:
        as_table = self.request.output in ("", "wide")
        version = self.instant.cluster.scope.kubernetes_version
        self.said += log_lines(self.request.verbosity, url, status, as_table=as_table, version=version)

    # ---------------------------------------------------------------- output
    def _printed(self, found: Sequence[_Found]) -> str:
        objects = [one for each in found for one in each.objects]
        if self.request.output in ("json", "yaml", "jsonpath"):
            if self.request.is_by_name and not objects:
                return ""
            return self._written(objects[0] if self._is_single() else as_list(objects))
        if not objects:
            if not self.code:
                namespaced = any(each.resource.namespaced for each in self.kinds)
                self.said.append(messages.no_resources(self.request.namespace if namespaced else None))
            return ""
        if self.request.output == "name":
            return "".join(
                f"{e.resource.qualified_singular}/{o['metadata']['name']}\n" for e in found for o in e.objects
            )
        return "\n".join("".join(f"{line}\n" for line in lines) for lines in self._tables(found))

    def _is_single(self) -> bool:
        """Whether one object was asked for by its name, which is then printed without a List around it."""
        return len(self.kinds) == 1 and len(self.kinds[0].names) == 1

    def _written(self, value: Any) -> str:
        if self.request.output == "json":
            return as_json(value)
        return as_yaml(value) if self.request.output == "yaml" else execute(self.request.template, value)

    def _tables(self, found: Sequence[_Found]) -> Iterator[list[str]]:
        options = Options(
            now=self.instant.now,
            wide=self.request.output == "wide",
            minor=int(self.instant.cluster.scope.kubernetes_version.partition(".")[2]),
        )
        several = len(self.kinds) > 1
        for each in found:
            yield table(
                each.resource,
                each.objects,
                options,
                with_namespace=self.request.namespace is None and each.resource.namespaced,
                with_kind=several,
                headers=self.request.headers,
            )


def _place(one: ApiObject) -> tuple[str, str]:
    """Lists are in the order of namespaces and names; events in the order of time."""
    metadata = one["metadata"]
    return metadata.get("namespace", ""), "" if one["kind"] == "Event" else metadata["name"]
