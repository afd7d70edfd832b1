"""Disks of etcd that are lost: nothing that was acknowledged is, as long as enough members have theirs.

Source: https://etcd.io/docs/v3.6/op-guide/failures/, https://etcd.io/docs/v3.6/learning/api_guarantees/
"""

from __future__ import annotations

from clusterproof import Claims, StepInfo, claim, eventually_always, step
from clusterproof.models.kubernetes import etcd
from clusterproof.models.kubernetes.names import DeploymentId, MemberId, PodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState
from clusterproof.models.kubernetes.static_pods import ETCD, static_pod

OUTLIVES = "store-outlives-lost-disks"
NEEDED = ("lose_disk",)
_SAYS = "what the store has acknowledged is there until it is deleted"


@step(name=OUTLIVES, needs=NEEDED)
def stored_pods_are_kept(before: Cluster, after: Cluster, p: PodId) -> Claims:
    """A Pod that was stored goes only by a write, which gives the store its next revision."""
    if p in before.pods:
        yield claim(p in after.pods or before.etcd.revision < after.etcd.revision, _SAYS, p)


@step(name=OUTLIVES, needs=NEEDED)
def stored_deployments_are_kept(before: Cluster, after: Cluster, d: DeploymentId) -> Claims:
    """The same for Deployments."""
    if d in before.deployments:
        yield claim(d in after.deployments or before.etcd.revision < after.etcd.revision, _SAYS, d)


@step(name=OUTLIVES, needs=NEEDED)
def containers_outlive_lost_disks(before: Cluster, after: Cluster, by: StepInfo, p: PodId) -> Claims:
    """No kubelet stops a pod because the store has forgotten it.

    A kubelet takes a list without its pods for an order to stop them. Source: pkg/kubelet/config/config.go (SET)
    """
    container = before.containers.get(p)
    if by.component != "kubelet" or container is None or container.state is not ContainerState.RUNNING:
        return
    forgotten = p not in before.pods and etcd.has_begun_anew(before)
    yield claim(p in after.containers or not forgotten, "a pod that nobody has deleted runs on", p)


@eventually_always(name=OUTLIVES, needs=NEEDED)
def the_store_answers(c: Cluster, n: MemberId) -> Claims:
    """Once faults stop, more than half of the members of etcd run, whichever of them lost its disk."""
    stopped = [m for each in c.scope.control_planes if not c.static_pods[m := static_pod(ETCD, each)].running]
    yield claim(etcd.is_up(c), "more than half of the members of etcd run", n, *stopped)
