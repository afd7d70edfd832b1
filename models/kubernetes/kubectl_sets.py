"""kubectl on StatefulSets and DaemonSets: apply, scale, rollout, delete.

Source: staging/src/k8s.io/kubectl/pkg
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof import require
from clusterproof.models.kubernetes import apiserver, controller_revisions
from clusterproof.models.kubernetes.decisions.controller_revisions import rollback_revision
from clusterproof.models.kubernetes.kubectl import Replicas, may
from clusterproof.models.kubernetes.kubectl import user as user  # noqa: PLC0414  (whose further actions these are)
from clusterproof.models.kubernetes.names import ControllerRevisionId, DaemonSetId, StatefulSetId
from clusterproof.models.kubernetes.state import Cluster, DaemonSet, StatefulSet

# ---------------------------------------------------------------- scale


@user.action(
    writes=("stateful_sets.replicas", "stateful_sets.observed", "stateful_sets.resource_version", *apiserver.COMMIT)
)
def scale_stateful_set(c: Cluster, s: StatefulSetId, replicas: Replicas) -> None:
    """`kubectl scale statefulset`. Reading and writing are one step here; a conflict would only be tried again."""
    stateful_set = require(c.stateful_sets.get(s))
    require(replicas in c.scope.stateful_sets[s].sizes and replicas != stateful_set.replicas)
    stateful_set.replicas, stateful_set.observed = replicas, False
    apiserver.update(c, stateful_set)


# ---------------------------------------------------------------- rollout


def _set_template(c: Cluster, changed: StatefulSet | DaemonSet, template: ControllerRevisionId) -> None:
    changed.template, changed.observed = template, False
    apiserver.update(c, changed)


def _next_template(known: Sequence[ControllerRevisionId], now: ControllerRevisionId) -> ControllerRevisionId:
    """The template after this one in scope; not enabled where it is the last."""
    templates = list(dict.fromkeys(known))
    position = templates.index(now) + 1
    require(position < len(templates))
    return templates[position]


def _earlier_template(
    c: Cluster, known: Sequence[ControllerRevisionId], now: ControllerRevisionId
) -> ControllerRevisionId:
    """The template of the newest other revision; not enabled without one."""
    found = require(rollback_revision(controller_revisions.existing(c, known), now))
    return ControllerRevisionId(found.name)


@user.action(
    writes=("stateful_sets.template", "stateful_sets.observed", "stateful_sets.resource_version", *apiserver.COMMIT)
)
def rollout_stateful_set(c: Cluster, s: StatefulSetId) -> None:
    """`kubectl rollout restart statefulset` (or `set image`): the pod template changes to the next one in scope."""
    require(c.scope.stateful_sets[s].rollout)
    stateful_set = require(c.stateful_sets.get(s))
    _set_template(c, stateful_set, _next_template(c.scope.stateful_sets[s].revisions, stateful_set.template))


@user.action(writes=("daemon_sets.template", "daemon_sets.observed", "daemon_sets.resource_version", *apiserver.COMMIT))
def rollout_daemon_set(c: Cluster, d: DaemonSetId) -> None:
    """`kubectl rollout restart daemonset` (or `set image`): the pod template changes to the next one in scope."""
    require(c.scope.daemon_sets[d].rollout)
    daemon_set = require(c.daemon_sets.get(d))
    _set_template(c, daemon_set, _next_template(c.scope.daemon_sets[d].revisions, daemon_set.template))


@user.action(
    writes=("stateful_sets.template", "stateful_sets.observed", "stateful_sets.resource_version", *apiserver.COMMIT)
)
def rollout_undo_stateful_set(c: Cluster, s: StatefulSetId) -> None:
    """`kubectl rollout undo statefulset`: back to the template of the newest other revision."""
    require(may(c, "rollout_undo_stateful_set", s))
    stateful_set = require(c.stateful_sets.get(s))
    _set_template(c, stateful_set, _earlier_template(c, c.scope.stateful_sets[s].revisions, stateful_set.template))


@user.action(writes=("daemon_sets.template", "daemon_sets.observed", "daemon_sets.resource_version", *apiserver.COMMIT))
def rollout_undo_daemon_set(c: Cluster, d: DaemonSetId) -> None:
    """`kubectl rollout undo daemonset`: back to the template of the newest other revision."""
    require(may(c, "rollout_undo_daemon_set", d))
    daemon_set = require(c.daemon_sets.get(d))
    _set_template(c, daemon_set, _earlier_template(c, c.scope.daemon_sets[d].revisions, daemon_set.template))


# ---------------------------------------------------------------- delete


@user.action(writes=("stateful_sets", *apiserver.COMMIT))
def delete_stateful_set(c: Cluster, s: StatefulSetId) -> None:
    """`kubectl delete statefulset`, in the background: its pods go in no particular order."""
    require(may(c, "delete_stateful_set", s) and s in c.stateful_sets)
    apiserver.remove_stateful_set(c, s)


@user.action(writes=("daemon_sets", *apiserver.COMMIT))
def delete_daemon_set(c: Cluster, d: DaemonSetId) -> None:
    """`kubectl delete daemonset`, in the background."""
    require(may(c, "delete_daemon_set", d) and d in c.daemon_sets)
    apiserver.remove_daemon_set(c, d)
