"""Requests to the API server in one state, and what kubectl says about them on standard error."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field, frozen

from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.kubectl_client import messages
from clusterproof.models.kubernetes.kubectl_client.log import log_lines
from clusterproof.models.kubernetes.kubectl_client.resources import Resource
from clusterproof.models.kubernetes.printers.table import ApiObject
from clusterproof.models.kubernetes.static_pods import APISERVER, static_pod

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


@define(kw_only=True)
class Client:
    """kubectl at work in a state.

    namespace: None for all. as_table: whether the server is asked for tables. said: the lines on standard error so far.
    failed: whether anything was not found.
    """

    instant: Instant
    namespace: str | None
    verbosity: int = 0
    as_table: bool = False
    said: list[str] = field(init=False, factory=list)
    failed: bool = field(init=False, default=False)

    def refusal(self) -> str:
        """Why the first request is not answered; empty where it is."""
        c = self.instant.cluster
        if apiserver.is_serving(c):
            return ""
        self._log(f"/api?timeout={DISCOVERY_SECONDS}s", "")
        if c.scope.is_highly_available:
            return messages.connection_closed()
        if c.static_pods[static_pod(APISERVER, c.scope.control_planes[0])].running:
            return messages.store_unavailable(STORE)
        return messages.connection_refused(API_SERVER)

    def list_all(self, resource: Resource) -> Sequence[ApiObject]:
        """GET all objects of a kind, in the order of the store's keys."""
        self._log(f"{resource.path(self.namespace)}?limit={PAGE}", "200 OK")
        return self._objects(resource)

    def get(self, resource: Resource, name: str) -> ApiObject | None:
        """GET one object by its name; where it is not there, that is said."""
        found = next((one for one in self._objects(resource) if one["metadata"]["name"] == name), None)
        self._log(f"{resource.path(self.namespace)}/{name}", "404 Not Found" if found is None else "200 OK")
        if found is None:
            self.said.append(messages.not_found(resource.qualified_plural, name))
            self.failed = True
        return found

    def answer(self, out: str) -> Answer:
        """What was printed, with all that was said."""
        return Answer(out=out, err=self._err(), code=int(self.failed))

    def gives_up(self, line: str, code: int = 1) -> Answer:
        """The end, with an error."""
        self.said.append(line)
        return Answer(err=self._err(), code=code)

    def _err(self) -> str:
        return "".join(f"{line}\n" for line in self.said)

    def _objects(self, resource: Resource) -> Sequence[ApiObject]:
        everything = sorted(resource.objects(self.instant), key=_place)
        if not resource.namespaced or self.namespace is None:
            return everything
        return [one for one in everything if one["metadata"]["namespace"] == self.namespace]

    def _log(self, path: str, status: str) -> None:
        version = self.instant.cluster.scope.kubernetes_version
        url = f"https://{API_SERVER}{path}"
        self.said += log_lines(self.verbosity, url, status, as_table=self.as_table, version=version)


def _place(one: ApiObject) -> tuple[str, str]:
    """By namespace and name; events stay in the order of time."""
    metadata = one["metadata"]
    return metadata.get("namespace", ""), "" if one["kind"] == "Event" else metadata["name"]
