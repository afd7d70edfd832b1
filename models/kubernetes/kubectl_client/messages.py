"""What kubectl says when it has no objects to show.

Source: staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go (StandardErrorMessage), pkg/cmd/get/get.go,
staging/src/k8s.io/apimachinery/pkg/api/errors (NewNotFound)
"""

from __future__ import annotations


def connection_refused(address: str) -> str:
    """Nothing listens where the API server should. address: `host:port`."""
    return f"The connection to the server {address} was refused - did you specify the right host or port?"


def connection_timed_out(address: str) -> str:
    """Nobody answers at all. address: `host:port`."""
    return f"Unable to connect to the server: dial tcp {address}: i/o timeout"


def connection_closed() -> str:
    """A load balancer that knows no healthy API server takes the connection and closes it.

    Source: sigs.k8s.io/kind/pkg/cluster/internal/loadbalancer/config.go
    """
    return "Unable to connect to the server: EOF"


def store_unavailable(address: str) -> str:
    """The API server runs, and cannot reach etcd. address: etcd's, `host:port`."""
    dialled = f"transport: Error while dialing: dial tcp {address}: connect: connection refused"
    return f'Error from server: rpc error: code = Unavailable desc = connection error: desc = "{dialled}"'


def not_found(resource: str, name: str) -> str:
    """No object of that name. resource: the plural with its group, such as `deployments.apps`."""
    return f'Error from server (NotFound): {resource} "{name}" not found'


def no_resources(namespace: str | None) -> str:
    """A list without objects, of a namespace; None for all of them, and for kinds that have none."""
    return "No resources found" + (f" in {namespace} namespace." if namespace is not None else "")


def unknown_resource(word: str) -> str:
    """A kind that the API server does not serve."""
    return f'error: the server doesn\'t have a resource type "{word}"'
