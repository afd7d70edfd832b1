"""`kubectl rollout undo --dry-run=server`: whether a Deployment could be rolled back in a state, and what is said.

Source: staging/src/k8s.io/kubectl/pkg/cmd/rollout/rollout_undo.go, pkg/polymorphichelpers/rollback.go
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.kubectl import rollback
from clusterproof.models.kubernetes.kubectl_client.client import Answer, Client
from clusterproof.models.kubernetes.kubectl_client.rollout import RolloutStatus, answer_for_each
from clusterproof.models.kubernetes.names import DeploymentId
from clusterproof.models.kubernetes.printers.table import ApiObject
from clusterproof.models.kubernetes.scope import qualified


def rollout_undo(
    instant: Instant, words: Sequence[str], *, namespace: str, to_revision: int = 0, verbosity: int = 0
) -> Answer:
    """What kubectl answers in a state. words: `deployment/web`; to_revision: 0 for the last revision but one.

    How a StatefulSet or a DaemonSet would be rolled back is not answered.
    """
    client = Client(instant=instant, namespace=namespace, verbosity=verbosity)

    def view(deployment: ApiObject) -> RolloutStatus:
        name = deployment["metadata"]["name"]
        d = DeploymentId(qualified(deployment["metadata"]["namespace"], name))
        found = rollback(instant.cluster, d, to_revision)
        if found.is_error:
            return RolloutStatus(error=found.says)
        return RolloutStatus(message=f"deployment.apps/{name} {found.says} (server dry run)\n", done=True)

    return answer_for_each(client, words, {"deployment": view}, "rollbacker")
