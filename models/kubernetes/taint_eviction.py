"""The taint eviction controller: pods leave nodes with NoExecute taints, after the time they tolerate.

Its timers are in memory: a restart starts them anew. Budgets are not asked.
Source: pkg/controller/tainteviction/taint_eviction.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver, node_heartbeat, node_objects
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.decisions import taint_eviction as decisions
from clusterproof.models.kubernetes.decisions.node_lifecycle import UNREACHABLE_TAINT
from clusterproof.models.kubernetes.decisions.taint_eviction import Action, Decision
from clusterproof.models.kubernetes.names import PodId
from clusterproof.models.kubernetes.state import Cluster, Pod

controller = Component("taint-eviction", runs_when=controllers_run, fair=weak)


def _decision(c: Cluster, p: PodId, pod: Pod) -> Decision:
    node = require(pod.node)
    lasting = decisions.get_no_execute_taints(c.scope.nodes[node].taints)
    taints = (*lasting, UNREACHABLE_TAINT) if c.nodes[node].unreachable_no_execute else lasting
    if node_objects.is_out_of_service(c, node):
        taints = (*taints, node_objects.OUT_OF_SERVICE_TAINT)
    return decisions.process_pod_on_node(
        c.scope.template(p, pod.owner).spec.tolerations, taints, scheduled=pod.eviction.armed
    )


@controller.action(writes=("pods.eviction",))
def schedule(c: Cluster, p: PodId) -> None:
    """The pod's node has a NoExecute taint that it tolerates for a time: the wait begins."""
    pod = require(c.pods.get(p))
    require(pod.node is not None and not pod.deleting and not pod.eviction.armed)
    decision = _decision(c, p, pod)
    require(decision.action is Action.SCHEDULE)
    pod.eviction = Timer(decision.seconds)


@controller.action(writes=("pods.eviction",))
def cancel(c: Cluster, p: PodId) -> None:
    """The taint is gone: so is the wait, unless the whole Node is. Source: handleNodeUpdate"""
    pod = require(c.pods.get(p))
    require(pod.eviction.armed and node_objects.exists(c, require(pod.node)))
    require(_decision(c, p, pod).action is Action.CANCEL)
    pod.eviction = Timer()


@controller.action(writes=("pods", *apiserver.COMMIT))
def delete(c: Cluster, p: PodId) -> None:
    """The pod does not tolerate the taint, or no longer: it is deleted with its own grace period."""
    pod = require(c.pods.get(p))
    node = require(pod.node)
    require(not pod.deleting)
    cause = not node_heartbeat.is_beating(c, node)
    require(_decision(c, p, pod).action is Action.DELETE or pod.eviction.due(cause=cause))
    pod.eviction = Timer()
    apiserver.delete_pod(c, p)
