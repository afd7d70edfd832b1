"""`kubectl rollout status --watch=false`: how far a rollout has come.

Source: staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go, pkg/cmd/rollout/rollout_status.go
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from clusterproof.models.kubernetes.api_objects.instant import Instant
from clusterproof.models.kubernetes.kubectl_client.client import Answer, Client
from clusterproof.models.kubernetes.kubectl_client.request import KubectlError, wanted
from clusterproof.models.kubernetes.kubectl_client.resources import served_by
from clusterproof.models.kubernetes.printers.table import ApiObject

ROLLING_UPDATE = "RollingUpdate"


@frozen(kw_only=True)
class RolloutStatus:
    """What is said, whether the rollout is at its end, and the error where that cannot be known."""

    message: str = ""
    done: bool = False
    error: str = ""


Viewer = Callable[[ApiObject], RolloutStatus]


def rollout_status(instant: Instant, words: Sequence[str], *, namespace: str, verbosity: int = 0) -> Answer:
    """What kubectl answers in a state. words: `deployment/web`, or `deployment web`."""
    client = Client(instant=instant, namespace=namespace, verbosity=verbosity)
    return answer_for_each(client, words, VIEWERS, "status viewer")


def answer_for_each(client: Client, words: Sequence[str], viewers: Mapping[str, Viewer], called: str) -> Answer:
    """What a viewer says of each object that the words name, up to the first error. called: what a viewer is."""
    if not words:
        return client.gives_up("error: required resource not specified")
    if refusal := client.refusal():
        return client.gives_up(refusal)
    try:
        kinds = wanted(words, served_by(client.instant.cluster))
    except KubectlError as error:
        return client.gives_up(str(error), error.code)
    said = []
    for kind in kinds:
        viewer = viewers.get(kind.resource.singular)
        if viewer is None:
            return client.gives_up(f'error: no {called} has been implemented for "{kind.resource.plural}"')
        named: list[ApiObject | None] = [client.get(kind.resource, name) for name in kind.names]
        listed = named or client.list_all(kind.resource)
        for each in listed:
            status = RolloutStatus() if each is None else viewer(each)
            if status.error:
                return client.gives_up(f"error: {status.error}")
            said.append(status.message)
    return client.answer("".join(said))


def _is_observed(workload: ApiObject) -> bool:
    return (workload["metadata"].get("generation") or 0) <= (workload["status"].get("observedGeneration") or 0)


def deployment_status(deployment: ApiObject) -> RolloutStatus:
    """Source: DeploymentStatusViewer.Status"""
    name, status = deployment["metadata"]["name"], deployment["status"]
    if not _is_observed(deployment):
        return RolloutStatus(message="Waiting for deployment spec update to be observed...\n")
    progressing = [c.get("reason") for c in status.get("conditions") or () if c["type"] == "Progressing"]
    if "ProgressDeadlineExceeded" in progressing:
        return RolloutStatus(error=f'deployment "{name}" exceeded its progress deadline')
    counters = ("replicas", "updatedReplicas", "availableReplicas")
    replicas, updated, available = (status.get(field) or 0 for field in counters)
    desired = deployment["spec"].get("replicas")
    waiting = ""
    if desired is not None and updated < desired:
        waiting = f"{updated} out of {desired} new replicas have been updated"
    elif replicas > updated:
        waiting = f"{replicas - updated} old replicas are pending termination"
    elif available < updated:
        waiting = f"{available} of {updated} updated replicas are available"
    if waiting:
        return RolloutStatus(message=f'Waiting for deployment "{name}" rollout to finish: {waiting}...\n')
    return RolloutStatus(message=f'deployment "{name}" successfully rolled out\n', done=True)


def daemon_set_status(daemon_set: ApiObject) -> RolloutStatus:
    """Source: DaemonSetStatusViewer.Status"""
    name, status = daemon_set["metadata"]["name"], daemon_set["status"]
    if daemon_set["spec"]["updateStrategy"]["type"] != ROLLING_UPDATE:
        return RolloutStatus(done=True, error=_only_for_rolling_updates())
    if not _is_observed(daemon_set):
        return RolloutStatus(message="Waiting for daemon set spec update to be observed...\n")
    counters = ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
    desired, updated, available = (status.get(field) or 0 for field in counters)
    waiting = ""
    if updated < desired:
        waiting = f"{updated} out of {desired} new pods have been updated"
    elif available < desired:
        waiting = f"{available} of {desired} updated pods are available"
    if waiting:
        return RolloutStatus(message=f'Waiting for daemon set "{name}" rollout to finish: {waiting}...\n')
    return RolloutStatus(message=f'daemon set "{name}" successfully rolled out\n', done=True)


def stateful_set_status(stateful_set: ApiObject) -> RolloutStatus:
    """Source: StatefulSetStatusViewer.Status"""
    spec, status = stateful_set["spec"], stateful_set["status"]
    strategy, desired = spec["updateStrategy"], spec.get("replicas")
    if strategy["type"] != ROLLING_UPDATE:
        return RolloutStatus(done=True, error=_only_for_rolling_updates())
    if not status.get("observedGeneration") or not _is_observed(stateful_set):
        return RolloutStatus(message="Waiting for statefulset spec update to be observed...\n")
    ready, updated = (status.get(field) or 0 for field in ("readyReplicas", "updatedReplicas"))
    if desired is not None and ready < desired:
        return RolloutStatus(message=f"Waiting for {desired - ready} pods to be ready...\n")
    partition = (strategy.get("rollingUpdate") or {}).get("partition")
    if desired is not None and partition is not None:
        wanted_updates = desired - partition
        if updated < wanted_updates:
            counted = f"{updated} out of {wanted_updates} new pods have been updated"
            return RolloutStatus(message=f"Waiting for partitioned roll out to finish: {counted}...\n")
        return RolloutStatus(
            message=f"partitioned roll out complete: {updated} new pods have been updated...\n", done=True
        )
    at_revision = f"{updated} pods at revision {status.get('updateRevision') or ''}...\n"
    if (status.get("updateRevision") or "") != (status.get("currentRevision") or ""):
        return RolloutStatus(message=f"waiting for statefulset rolling update to complete {at_revision}")
    return RolloutStatus(message=f"statefulset rolling update complete {at_revision}", done=True)


def _only_for_rolling_updates() -> str:
    return f"rollout status is only available for {ROLLING_UPDATE} strategy type"


VIEWERS: Mapping[str, Viewer] = {
    "deployment": deployment_status,
    "daemonset": daemon_set_status,
    "statefulset": stateful_set_status,
}
"""Resource -> what tells of its rollout."""
