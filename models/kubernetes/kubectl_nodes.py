"""What the user does about a machine that is lost: delete its Node, or take it out of service.

Both tell the cluster that nothing runs there any more. Nobody looks whether that is so, and a user who acts only once
the machine is down has to be told to.
Source: https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
"""

from __future__ import annotations

from clusterproof import require
from clusterproof.models.kubernetes import apiserver, node_objects
from clusterproof.models.kubernetes.kubectl_jobs import user as user  # noqa: PLC0414  (whose further actions these are)
from clusterproof.models.kubernetes.names import RemovableNodeId
from clusterproof.models.kubernetes.state import Cluster

TAINT_WRITES = ("removable_nodes.out_of_service", "nodes.resource_version", *apiserver.COMMIT)


def _require_allowed(c: Cluster, action: str, n: RemovableNodeId) -> None:
    """Not enabled for a node that the scope does not name, or while its machine is up and the user looks first."""
    require(n in c.scope.targets.get(action, ()) and node_objects.exists(c, n))
    require((action, n) not in c.scope.only_if_down or not c.machines[n].up)


@user.action(writes=("removable_nodes", "nodes", *apiserver.COMMIT))
def delete_node(c: Cluster, n: RemovableNodeId) -> None:
    """`kubectl delete node`: the object is gone at once; what runs on the machine runs on."""
    _require_allowed(c, "delete_node", n)
    node_objects.remove(c, n)
    apiserver.update(c, c.nodes[n])


@user.action(writes=TAINT_WRITES)
def taint_out_of_service(c: Cluster, n: RemovableNodeId) -> None:
    """`kubectl taint nodes NODE node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`."""
    _require_allowed(c, "taint_out_of_service", n)
    require(not node_objects.is_out_of_service(c, n))
    c.removable_nodes[n].out_of_service = True
    apiserver.update(c, c.nodes[n])


@user.action(writes=TAINT_WRITES)
def untaint_out_of_service(c: Cluster, n: RemovableNodeId) -> None:
    """`kubectl taint nodes NODE node.kubernetes.io/out-of-service-`: the node takes pods again."""
    _require_allowed(c, "untaint_out_of_service", n)
    require(node_objects.is_out_of_service(c, n))
    c.removable_nodes[n].out_of_service = False
    apiserver.update(c, c.nodes[n])
