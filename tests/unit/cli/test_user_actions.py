"""What a check file lets the user do with Deployments, StatefulSets, DaemonSets and nodes."""

from __future__ import annotations

import pytest

from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.cli.request import ActionChoice
from clusterproof.checker.cli.user_actions import action_objects, user_actions
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy

KNOWN = {
    "Deployment": ["web"],
    "StatefulSet": ["db", "web"],
    "DaemonSet": ["kube-system/agent"],
    "node": ["n1"],
    "worker": ["n1"],
    "control-plane node": ["c1"],
}


def choice(action: str, object_name: str, **options: object) -> ActionChoice:
    """Return one item of `actions:`."""
    return ActionChoice(action=action, object_name=object_name, place="check.yaml:1: actions[0]", **options)  # type: ignore[arg-type]


def test_each_kind_has_actions_of_its_own() -> None:
    """The same verb on objects of other kinds is another action of the model, with its own budget."""
    found = user_actions(
        [
            choice("scale", "sts/db", sizes=(1, 3)),
            choice("scale", "deploy/web", sizes=(2,)),
            choice("rollout", "statefulset/db"),
            choice("rollout", "daemonset/kube-system/agent", budget=2),
            choice("rollout_undo", "ds/kube-system/agent"),
            choice("delete", "statefulset/web"),
            choice("delete", "deployment/web"),
            choice("delete", "pod/db-0"),
        ],
        KNOWN,
        ignore_daemonsets=True,
    )

    assert found["actions"] == {
        "scale-stateful-set": 1,
        "scale": 1,
        "rollout-stateful-set": 1,
        "rollout-daemon-set": 2,
        "rollout-undo-daemon-set": 1,
        "delete-stateful-set": 1,
        "delete-deployment": 1,
        "delete-pod": 1,
    }
    actions = found["user_actions"]
    assert (actions.scales, actions.stateful_set_scales) == ({"web": (2,)}, {"db": (1, 3)})
    assert (actions.stateful_set_rollouts, actions.daemon_set_rollouts) == ({"db": 1}, {"kube-system/agent": 2})
    assert actions.targets == {
        "rollout_undo_daemon_set": ("kube-system/agent",),
        "delete_stateful_set": ("web",),
        "delete_deployment": ("web",),
        "delete_pod": ("db-0",),
    }


def test_a_deployment_is_deleted_and_rolled_back_as_it_is_written() -> None:
    """The revisions to roll back to, and the ways to delete, come together; kubectl's way is the background."""
    choices = [
        choice("rollout_undo", "deploy/web", to_revision=1),
        choice("rollout_undo", "deploy/web", to_revision=2),
        choice("delete", "deploy/web"),
        choice("delete", "deployment/web", cascade="orphan"),
        choice("delete", "sts/db", cascade="background"),
    ]
    found = user_actions(choices, KNOWN, ignore_daemonsets=True)
    actions = found["user_actions"]

    assert found["actions"] == {"rollout-undo-to-revision": 2, "delete-deployment": 2, "delete-stateful-set": 1}
    assert actions.undo_revisions == {"web": (1, 2)}
    assert actions.cascades == {"web": (PropagationPolicy.BACKGROUND, PropagationPolicy.ORPHAN)}
    assert action_objects("rollout-undo-to-revision", actions) == "web to revision 1, 2"
    assert action_objects("delete-deployment", actions) == "web with --cascade=background or orphan"


def test_the_demand_for_a_workload_and_the_end_of_a_namespace() -> None:
    """The levels of a demand come together; a namespace is one that may be deleted."""
    known = {**KNOWN, "scaled": ["deployment/web"], "namespace": ["shop"]}
    choices = [
        choice("demand", "deploy/web", sizes=(100, 500)),
        choice("demand", "deployment/web", sizes=(500, 900)),
        choice("delete_namespace", "shop"),
    ]
    found = user_actions(choices, known, ignore_daemonsets=True)
    actions = found["user_actions"]

    assert found["actions"] == {"change-demand": 2, "delete-namespace": 1}
    assert actions.demands == {("Deployment", "web"): (100, 500, 900)}
    assert actions.targets == {"delete_namespace": ("shop",)}
    assert action_objects("change-demand", actions) == "Deployment/web to 100m, 500m, 900m"
    for wrong in (choice("demand", "sts/db", sizes=(1,)), choice("delete_namespace", "default")):
        with pytest.raises(UsageError, match="there is no "):
            user_actions([wrong], known, ignore_daemonsets=True)


def test_nodes_that_are_given_up() -> None:
    """Each worker that is named, and whether the user looks first; who acts once without looking does not look."""
    choices = [
        choice("delete_node", "n1", only_if_down=True),
        choice("taint_out_of_service", "n1", only_if_down=True),
        choice("taint_out_of_service", "n1"),
        choice("untaint_out_of_service", "n1"),
    ]
    found = user_actions(choices, KNOWN, ignore_daemonsets=True)
    actions = found["user_actions"]

    assert found["actions"] == {"delete-node": 1, "taint-out-of-service": 2, "untaint-out-of-service": 1}
    assert actions.only_if_down == {("delete_node", "n1")}
    assert action_objects("delete-node", actions) == "n1 once it is down"
    assert action_objects("taint-out-of-service", actions) == "n1"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (choice("scale", "daemonset/kube-system/agent"), "is no Deployment or StatefulSet; write deployment/NAME"),
        (choice("rollout", "db"), "'db' is no Deployment, StatefulSet or DaemonSet; write deployment/NAME"),
        (choice("rollout", "statefulset/dd"), "there is no StatefulSet 'dd'"),
        (choice("rollout_undo", "daemonset/agent"), "there is no DaemonSet 'agent'"),
        (choice("drain", "n2"), "there is no node 'n2'"),
        (choice("rollout_undo", "sts/db", to_revision=1), "to_revision is for Deployments, and sts/db is none; remove"),
        (
            choice("delete", "sts/db", cascade="orphan"),
            "cascade: orphan is for Deployments, and sts/db is none; remove",
        ),
        (choice("delete_node", "n2"), "there is no worker 'n2'"),
        (choice("replace_member", "n1"), "there is no control-plane node 'n1'"),
    ],
)
def test_what_is_not_there_is_refused(wrong: ActionChoice, message: str) -> None:
    """A kind that an action knows nothing about, and a name that no object has."""
    with pytest.raises(UsageError) as caught:
        user_actions([wrong], KNOWN, ignore_daemonsets=True)

    assert str(caught.value).startswith("check.yaml:1: actions[0]: ")
    assert message in str(caught.value)


def test_the_report_names_the_objects_of_each_action() -> None:
    """A drain says so when it leaves out the usual flag."""
    choices = [
        choice("scale", "sts/db", sizes=(1, 3)),
        choice("rollout", "ds/kube-system/agent"),
        choice("drain", "n1"),
    ]
    actions = user_actions(choices, KNOWN, ignore_daemonsets=False)["user_actions"]

    assert action_objects("scale-stateful-set", actions) == "db to 1, 3"
    assert action_objects("rollout-daemon-set", actions) == "kube-system/agent"
    assert action_objects("drain", actions) == "n1 without --ignore-daemonsets"
    assert action_objects("delete-daemon-set", actions) == "any"
