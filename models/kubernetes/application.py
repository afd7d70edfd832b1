"""The application in a container: what runs to completion ends by itself, some time.

How long it takes is not known: it may end at any instant, and does in the end. That it fails is a fault.
"""

from __future__ import annotations

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import container_runtime
from clusterproof.models.kubernetes.names import EndingPodId
from clusterproof.models.kubernetes.state import Cluster, ContainerState

application = Component("application", fair=weak, urgent=False)


@application.action(writes=container_runtime.ENDING)
def complete(c: Cluster, p: EndingPodId) -> None:
    """The containers of a pod that runs to completion have done their work: they exit with 0."""
    container = require(c.containers.get(p))
    require(container.state is ContainerState.RUNNING)
    container_runtime.complete(c, p)
