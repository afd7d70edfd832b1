"""Whether a check may begin in the placements that scores lead to, or has to begin in every feasible one.

The fault-free run from apply takes all steps but scheduling in one order. Every score that there can be comes up in it
only if pods come and never go before the check begins, if no pod comes later than others for as long as something
takes, and if it makes no difference which Services are there already.
"""

from __future__ import annotations

from collections.abc import Iterator

from clusterproof.models.kubernetes.decisions.scheduling.pod_topology_spread_scoring import default_selector, selects
from clusterproof.models.kubernetes.decisions.scheduling.snapshot import PlacedPod
from clusterproof.models.kubernetes.decisions.selectors import matches
from clusterproof.models.kubernetes.names import OwnerId, PodId
from clusterproof.models.kubernetes.neighbours import has_a_choice
from clusterproof.models.kubernetes.objects import LabelSelector
from clusterproof.models.kubernetes.scope import ClusterScope
from clusterproof.models.kubernetes.scoring import selector_of_controller
from clusterproof.models.kubernetes.template_hashes import hash_label


def why_in_any_placement(scope: ClusterScope, deployed: int) -> str:
    """Why a check that follows scores has to begin in every feasible placement all the same; empty if it need not.

    Empty, too, where scores do not decide. deployed: how many manifests are applied before it begins, one after the
    other.
    """
    if scope.scheduler != "highest-score":
        return ""
    if deployed > 1:
        return "pods are replaced before the check begins"
    if scope.preempting_pods:
        return "pods may be preempted before the check begins"
    if scope.autoscalers or scope.custom_objects:
        return "a controller may delete pods before the check begins"
    if _order_depends_on_time(scope):
        return "pods of a StatefulSet come one after the other, before or after those of others"
    if _services_matter(scope):
        return "some pods are spread by a Service that may come later than they do"
    return ""


def _order_depends_on_time(scope: ClusterScope) -> bool:
    """Whether pods that wait for others of their StatefulSet compete for nodes with further pods.

    That is where these others take time to get ready; else all orders come up.
    """
    nodes = list(scope.nodes.values())
    slow = {p for kind in ("startup", "readiness") for p in scope.probes.get(kind, ())}
    owners = [owner for pod, owner in _pods(scope) if has_a_choice(pod, nodes)]
    return any(
        s.revisions[0] in owners and any(owner != s.revisions[0] for owner in owners)
        for s in scope.stateful_sets.values()
        if len(s.pods) > 1 and s.manifests[0].pod_management_policy == "OrderedReady"
        if s.manifests[0].min_ready_seconds > 0 or not slow.isdisjoint(s.all_pods)
    )


def _services_matter(scope: ClusterScope) -> bool:
    """Whether a pod is spread with other pods once its Services are there."""
    pods = [pod for pod, _ in _pods(scope)]

    def picked(pod: PlacedPod, selector: LabelSelector | None) -> list[int]:
        same = ((n, other) for n, other in enumerate(pods) if other.namespace == pod.namespace)
        return [n for n, other in same if matches(selector, other.labels)]

    for pod, owner in _pods(scope):
        services = [service.selector or {} for service in scope.services.values() if selects(service, pod)]
        if not services or pod.spec.topology_spread_constraints or not has_a_choice(pod, list(scope.nodes.values())):
            continue
        controller = selector_of_controller(scope, owner)
        alone, with_services = default_selector([], controller), default_selector(services, controller)
        if picked(pod, alone) != picked(pod, with_services):
            return True
    return False


def _pods(scope: ClusterScope) -> Iterator[tuple[PlacedPod, OwnerId | None]]:
    """A pod of each template that there may be before the check begins, with its owner."""
    made: list[tuple[PodId, OwnerId | None]] = [(p, r) for r, of in scope.replica_sets.items() for p in of.pods[:1]]
    made += [(p, revision) for revision, of in scope.controller_revisions.items() for p in of.pods]
    made += [(p, None) for p in scope.bare_pods if p not in scope.ending_pods]
    for p, owner in made:
        template = scope.template(p, owner)
        labels = {**template.labels, **hash_label(scope, owner)}
        yield PlacedPod(namespace=scope.namespace(p, owner), labels=labels, spec=template.spec), owner
