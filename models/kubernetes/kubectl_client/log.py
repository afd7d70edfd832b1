"""The requests that `kubectl -v 6` and more show, without the time, process and line of code in front of them.

Requests take no time in the model. Source: staging/src/k8s.io/client-go/transport/round_trippers.go
"""

from __future__ import annotations

from collections.abc import Iterator

SHOWS_REQUESTS = 6
SHOWS_HEADERS = 7
AS_TABLE = ",".join(
    [*(f"application/json;as=Table;v={version};g=meta.k8s.io" for version in ("v1", "v1beta1")), "application/json"]
)
AS_OBJECTS = "application/json"


def log_lines(verbosity: int, url: str, status: str, *, as_table: bool, version: str) -> Iterator[str]:
    """One request and how it was answered; status is empty where nobody answered. version: kubectl's."""
    answered = f"{status} in 0 milliseconds"
    if verbosity < SHOWS_REQUESTS:
        return
    if verbosity < SHOWS_HEADERS:
        yield f"GET {url} {answered}"
        return
    yield f"GET {url}"
    yield "Request Headers:"
    yield f"    Accept: {AS_TABLE if as_table else AS_OBJECTS}"
    yield f"    User-Agent: kubectl/v{version}"
    yield f"Response Status: {answered}"
