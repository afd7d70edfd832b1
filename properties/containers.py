"""What the kubelet promises about the containers of one pod.

Source: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/,
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from clusterproof import Claims, Whenever, always, claim, leads_to
from clusterproof.models.kubernetes import initialization
from clusterproof.models.kubernetes.names import InitPodId, ProbedPodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState


@always
def init_containers_run_first(c: Cluster, p: InitPodId) -> Claims:
    """The containers of a pod run only once all of its init containers have succeeded, and its sidecars started."""
    pod, container = c.pods.get(p), c.containers.get(p)
    if pod is not None and container is not None and container.state is ContainerState.RUNNING:
        done = initialization.is_over(container, c.scope.template(p, pod.owner).spec)
        yield claim(done, "a container runs after all init containers", p)


@leads_to
def failed_probes_restart(c: Cluster, p: ProbedPodId) -> Whenever:
    """A container that leaves its liveness or startup probe unanswered answers again or is killed, to be restarted.

    Not so where its pod is to go, or its node or kubelet is lost.
    """
    pod, container = c.pods.get(p), c.containers.get(p)
    if pod is None or container is None or container.node is None:
        return Whenever(given=False, then=True)
    silent = "liveness" in container.silent or "startup" in container.silent
    machine = c.machines[container.node]
    lost = not machine.up or not machine.kubelet or not machine.synced
    return Whenever(given=silent and not pod.deleting, then=not silent or pod.deleting or lost)
