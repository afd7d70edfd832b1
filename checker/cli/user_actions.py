"""What the user of a cluster may do: from the words of a check file to the model's actions, and to the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clusterproof.checker.cli.errors import UsageError, unknown
from clusterproof.checker.cli.request import CASCADES, ActionChoice

Names = Mapping[str, Sequence[str]]
"""By kind (Deployment, StatefulSet, DaemonSet, Job, namespace, node, worker) the names; `scaled`: kind/NAME with
autoscaler."""

IMMORTAL_NAMESPACES = ("default", "kube-public", "kube-system")
"""Nobody can delete these. Source: apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go"""

ON_NODES = ("drain", "cordon", "uncordon")
ON_CONTROL_PLANES = ("replace_member",)
ON_WORKERS = ("delete_node", "taint_out_of_service", "untaint_out_of_service")
WORKLOADS = {
    "scale": ("Deployment", "StatefulSet"),
    "rollout": ("Deployment", "StatefulSet", "DaemonSet"),
    "rollout_undo": ("Deployment", "StatefulSet", "DaemonSet"),
    "delete": ("Deployment", "StatefulSet", "DaemonSet", "Job"),
}
"""Action -> the kinds of objects that it may be about."""

_KINDS = {
    **dict.fromkeys(("deployment", "deployments", "deploy"), "Deployment"),
    **dict.fromkeys(("statefulset", "statefulsets", "sts"), "StatefulSet"),
    **dict.fromkeys(("replicaset", "replicasets", "rs"), "ReplicaSet"),
    **dict.fromkeys(("daemonset", "daemonsets", "ds"), "DaemonSet"),
    **dict.fromkeys(("job", "jobs"), "Job"),
}
_MODEL_WORDS = {"Deployment": "deployment", "StatefulSet": "stateful-set", "DaemonSet": "daemon-set", "Job": "job"}
KINDS = tuple(_MODEL_WORDS)
"""The kinds of objects that actions may be about."""


def user_actions(choices: Sequence[ActionChoice], known: Names, *, ignore_daemonsets: bool) -> dict[str, Any]:
    """What the user may do, as arguments of the model's Scope. Raises UsageError for objects that there are not."""
    from clusterproof.models.kubernetes.build import UserActions
    from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy

    budgets: dict[str, int] = {}
    scales: dict[str, dict[str, tuple[int, ...]]] = {kind: {} for kind in _MODEL_WORDS}
    rollouts: dict[str, dict[str, int]] = {kind: {} for kind in _MODEL_WORDS}
    demands: dict[tuple[str, str], tuple[int, ...]] = {}
    undo_revisions: dict[str, tuple[int, ...]] = {}
    cascades: dict[str, tuple[PropagationPolicy, ...]] = {}
    drains: list[str] = []
    targets: dict[str, list[str]] = {}
    careful: dict[tuple[str, str], bool] = {}
    for choice in choices:
        kind, name = _object_of(choice, known)
        _refuse_for_other_kinds(choice, kind)
        action = _model_action(choice, kind)
        if choice.action == "scale":
            scales[kind][name] = tuple(sorted({*scales[kind].get(name, ()), *choice.sizes}))
        elif choice.action == "rollout":
            rollouts[kind][name] = rollouts[kind].get(name, 0) + choice.budget
            _refuse_many_rollouts(choice, name, rollouts[kind][name])
        elif choice.action == "demand":
            demands[kind, name] = tuple(dict.fromkeys((*demands.get((kind, name), ()), *choice.sizes)))
        elif choice.action == "drain":
            drains.append(name)
        elif action == "rollout-undo-to-revision":
            undo_revisions[name] = tuple(dict.fromkeys((*undo_revisions.get(name, ()), choice.to_revision)))
        elif choice.action != "apply":
            if action == "delete-deployment":
                policy = PropagationPolicy[(choice.cascade or CASCADES[0]).upper()]
                cascades[name] = tuple(dict.fromkeys((*cascades.get(name, ()), policy)))
            targets.setdefault(action.replace("-", "_"), []).append(name)
            doing = choice.action, name
            careful[doing] = careful.get(doing, True) and choice.only_if_down
        budgets[action] = budgets.get(action, 0) + choice.budget
    made: dict[str, Any] = {
        "scales": scales["Deployment"],
        "rollouts": rollouts["Deployment"],
        "stateful_set_scales": scales["StatefulSet"],
        "stateful_set_rollouts": rollouts["StatefulSet"],
        "daemon_set_rollouts": rollouts["DaemonSet"],
        "undo_revisions": undo_revisions,
        "cascades": cascades,
        "demands": demands,
        "drains": tuple(dict.fromkeys(drains)),
        "ignore_daemonsets": ignore_daemonsets,
        "targets": {action: tuple(dict.fromkeys(found)) for action, found in targets.items()},
        "only_if_down": frozenset(doing for doing, looks in careful.items() if looks),
    }
    return {"actions": budgets, "user_actions": UserActions(**made)}


def _model_action(choice: ActionChoice, kind: str) -> str:
    """The model's name of an action: that of the verb, and for other kinds than a Deployment of the kind, too."""
    action = choice.action
    if action == "rollout_undo" and choice.to_revision:
        return "rollout-undo-to-revision"
    verb = "change-demand" if action == "demand" else action.replace("_", "-")
    if action not in WORKLOADS:
        return verb
    if kind == "Deployment" and action != "delete":
        return verb
    return f"{verb}-{_MODEL_WORDS.get(kind, kind)}"


def _object_of(choice: ActionChoice, known: Names) -> tuple[str, str]:
    """(kind, name) of what an action is about."""
    written, slash, name = choice.object_name.partition("/")
    if choice.action == "apply":
        return "manifests", choice.object_name
    if choice.action in ON_NODES:
        if choice.object_name not in known["node"] and (choice.object_name or choice.action == "drain"):
            raise unknown("node", choice.object_name, known["node"], choice.place)
        return "node", choice.object_name
    if choice.action in ON_CONTROL_PLANES:
        if choice.object_name and choice.object_name not in known["control-plane node"]:
            raise unknown("control-plane node", choice.object_name, known["control-plane node"], choice.place)
        return "node", choice.object_name
    if choice.action in ON_WORKERS:
        if choice.object_name not in known["worker"]:
            raise unknown("worker", choice.object_name, known["worker"], choice.place)
        return "node", choice.object_name
    if choice.action == "delete" and written == "pod" and slash:
        return "pod", name
    if choice.action == "delete_namespace":
        if choice.object_name not in known["namespace"]:
            raise unknown("namespace to delete", choice.object_name, known["namespace"], choice.place)
        return "namespace", choice.object_name
    kind = _KINDS.get(written, "")
    if choice.action == "demand":
        if f"{kind.lower()}/{name}" not in known["scaled"]:
            raise unknown("workload with a HorizontalPodAutoscaler", choice.object_name, known["scaled"], choice.place)
        return kind, name
    kinds = WORKLOADS[choice.action]
    if kind not in kinds or not slash:
        allowed = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
        raise UsageError(f"{choice.place}: {choice.object_name!r} is no {allowed}; write deployment/NAME for example")
    if name not in known[kind]:
        raise unknown(kind, name, known[kind], choice.place)
    return kind, name


def _refuse_for_other_kinds(choice: ActionChoice, kind: str) -> None:
    """What the model knows of Deployments alone."""
    if kind == "Deployment":
        return
    if choice.to_revision:
        what = f"to_revision is for Deployments, and {choice.object_name} is none"
        raise UsageError(f"{choice.place}: {what}; remove it to roll back to the last revision but one")
    if choice.cascade not in ("", CASCADES[0]):
        what = f"cascade: {choice.cascade} is for Deployments, and {choice.object_name} is none"
        raise UsageError(f"{choice.place}: {what}; remove it to delete in the background")


def _refuse_many_rollouts(choice: ActionChoice, name: str, rollouts: int) -> None:
    from clusterproof.models.kubernetes.limits import MOST_ROLLOUTS

    if rollouts > MOST_ROLLOUTS:
        raise UsageError(
            f"{choice.place}: {name} is rolled out {rollouts} times, and at most {MOST_ROLLOUTS} "
            "can be checked; write a smaller budget"
        )


def action_objects(name: str, user_actions: Any) -> str:
    """The objects of a model's action, as far as the model limits it to some; it limits nothing else."""
    objects = {
        "scale": _sizes(user_actions.scales),
        "scale-stateful-set": _sizes(user_actions.stateful_set_scales),
        "rollout": list(user_actions.rollouts),
        "rollout-stateful-set": list(user_actions.stateful_set_rollouts),
        "rollout-daemon-set": list(user_actions.daemon_set_rollouts),
        "rollout-undo-to-revision": [
            f"{name} to revision {', '.join(map(str, numbers))}"
            for name, numbers in user_actions.undo_revisions.items()
        ],
        "delete-deployment": [
            f"{name}{_cascade(user_actions.cascades.get(name, ()))}"
            for name in user_actions.targets.get("delete_deployment", ())
        ]
        or ["any"],
        "change-demand": [
            f"{'/'.join(target)} to {_millicores(levels)}" for target, levels in user_actions.demands.items()
        ],
        "drain": list(user_actions.drains),
        "apply": ["the second manifests"],
    }.get(name, _targets(name.replace("-", "_"), user_actions))
    refusing = name == "drain" and not user_actions.ignore_daemonsets
    return "; ".join(objects) + (" without --ignore-daemonsets" if refusing else "")


def _cascade(policies: Sequence[Any]) -> str:
    """How else than in the background a Deployment may be deleted, as it is written for kubectl."""
    words = [policy.value.lower() for policy in policies]
    return "" if words in ([], [CASCADES[0]]) else f" with --cascade={' or '.join(words)}"


def _targets(action: str, user_actions: Any) -> list[str]:
    """The objects that an action is limited to."""
    named = user_actions.targets.get(action, ("any",))
    return [f"{name} once it is down" if (action, name) in user_actions.only_if_down else name for name in named]


def _sizes(scales: Mapping[str, Sequence[int]]) -> list[str]:
    return [f"{name} to {', '.join(map(str, sizes))}" for name, sizes in scales.items()]


def _millicores(levels: Sequence[int]) -> str:
    return ", ".join(f"{level}m" for level in levels)
