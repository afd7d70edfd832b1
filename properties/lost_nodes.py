"""Nodes that are lost: what their pods come to once the user has given the node up.

Source: https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown
"""

from __future__ import annotations

from clusterproof import Claims, Whenever, claim, eventually_always, leads_to
from clusterproof.models.kubernetes import node_objects, statefulset_controller
from clusterproof.models.kubernetes.names import NodeId, RemovableNodeId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.properties.workloads import really_ready

REPLACED = "lost-pods-are-replaced"
GIVING_UP = "delete_node or taint_out_of_service"


@leads_to(name=REPLACED, needs=(GIVING_UP,))
def lost_pods_are_removed(c: Cluster, n: RemovableNodeId) -> Whenever:
    """In the end no pod is bound to a Node that is gone, and none stays Terminating on one that is out of service."""
    gone = not node_objects.exists(c, n)
    given_up = gone or node_objects.is_out_of_service(c, n)
    staying = given_up and any(pod.node == n and (gone or pod.deleting) for pod in c.pods.values())
    return Whenever(given=staying, then=not staying)


@eventually_always(name=REPLACED, needs=(GIVING_UP,))
def stateful_sets_outlive_lost_nodes(c: Cluster, s: StatefulSetId) -> Claims:
    """Once the user has given up every worker that is lost, all wanted ordinals of a StatefulSet run and are ready.

    The user may take any time for it, or never do it: as long as a lost worker waits for that, nothing is claimed.
    """
    stateful_set = c.stateful_sets.get(s)
    if stateful_set is None or any(_waits_for_the_user(c, n) for n in c.scope.nodes):
        return
    start = statefulset_controller.manifest_of(c, s).start
    held = statefulset_controller.pods_of(c, s)
    ready = {ordinal for ordinal, p, pod in held if really_ready(c, p, pod)}
    wanted = range(start, start + stateful_set.replicas)
    blame = [p for ordinal, p, _ in held if ordinal not in ready]
    yield claim(ready.issuperset(wanted), "every wanted ordinal runs and is ready", s, *blame)


def _waits_for_the_user(c: Cluster, n: NodeId) -> bool:
    """Whether a worker is lost for good, and its Node stands as if it were not."""
    return c.machines[n].lost and not node_objects.is_given_up(c, n)
