"""`controller_system`: what is refused before anything is searched, and what its pods and watches need."""

from __future__ import annotations

import attrs
import pytest
from custom_controllers import OTOFU, TOFU, controller, definition, otofu_system
from kubernetes_systems import after

from clusterproof import Claims, SpecError, StepInfo, claim, step
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict
from clusterproof.models.kubernetes import kubectl
from clusterproof.models.kubernetes.custom import CustomController, controller_system
from clusterproof.models.kubernetes.manifests import ManifestError
from clusterproof.models.kubernetes.names import ControllerId, CustomObjectId
from clusterproof.models.kubernetes.objects import Container, PodSpec, PodTemplate
from clusterproof.models.kubernetes.state import Cluster

MANIFESTS = [OTOFU / "my-otofu.yaml"]
OTOFU_CONTROLLER = ControllerId("otofu-controller")
BARE = {
    "Pod": "spec: {containers: [{name: a, image: a}]}",
    "ReplicaSet": "spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: "
    "{metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}",
    "ConfigMap": "data: {a: b}",
}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"faults": {"crash": 1}}, "controller_system: there is no fault 'crash'.\n  write one of crash-controller, "),
        ({"actions": {"scal": 1}}, "controller_system: there is no action 'scal'.\n  write one of crash-controller, "),
    ],
)
def test_faults_and_actions_that_nobody_knows_are_refused(options, message):
    """A name that is written wrongly is no check of less."""
    with pytest.raises(SpecError) as caught:
        otofu_system(controller(), **options)

    assert str(caught.value).startswith(message)


def test_a_controller_has_a_reconcile_function():
    """No controller at all, and one that never does anything, are refused: nothing would be checked."""
    with pytest.raises(SpecError, match=r"is given no controller\."):
        controller_system(manifests=MANIFESTS)
    with pytest.raises(SpecError, match=r"lazy has no reconcile function\."):
        controller_system(CustomController("lazy", definition()), manifests=MANIFESTS)


@pytest.mark.parametrize("count", [1_000, 50_000_000])
def test_more_pods_than_can_be_checked_are_refused(count):
    """They are refused before their names are made up, with the place of the object."""
    made = attrs.evolve(controller(), pods=lambda _: count)
    made.reconcile(lambda r: None)

    with pytest.raises(ManifestError, match=r"my-otofu\.yaml:1: spec: with it there are [0-9,]+ pods"):
        otofu_system(made)


def test_fewer_pods_than_none_are_refused():
    """A number of pods that is negative is a mistake in `pods`."""
    made = attrs.evolve(controller(), pods=lambda _: -1)
    made.reconcile(lambda r: None)

    with pytest.raises(SpecError, match=r"pods= gives -1 for tofu\."):
        otofu_system(made)


def test_a_run_that_never_ends_is_not_waited_for(monkeypatch):
    """A controller that counts for ever has no deployed state, and that is told instead of searched for."""
    monkeypatch.setattr("clusterproof.models.kubernetes.custom.system.MOST_STATES", 50)

    def count(r):
        r.memory["calls"] = r.memory["calls"] + 1
        r.requeue_after(1)

    made = controller(count, memory={"calls": 0})
    with pytest.raises(SpecError, match=r"a run without faults goes on for more than 50 states\."):
        otofu_system(made, start="deployed")

    assert len(otofu_system(made).initial_states) == 1


def test_a_template_may_refer_to_a_config_map():
    """One that is not in the manifests is taken to exist, which is told, and the pods start."""
    container = Container(name="tofu", image="tofu:1", config_map_env_from=("recipe",))
    template = PodTemplate(labels={"app": "tofu"}, spec=PodSpec(containers=(container,)))
    made = attrs.evolve(controller(), pod_template=template)
    made.reconcile(lambda r: r.create_pod() if not r.owned("Pod") else None)
    system = otofu_system(made, start="deployed")

    assert [len(c.containers) for c in system.initial_states] == [1]
    assert "ConfigMap/recipe is not in the manifests: taken to exist" in system.assumptions


@pytest.mark.parametrize("kind", BARE)
def test_what_kubectl_creates_is_heard(tmp_path, kind):
    """An object of a watched kind that kubectl creates queues every key, whatever its kind is."""
    version = "apps/v1" if kind == "ReplicaSet" else "v1"
    bare = f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: solo}}\n{BARE[kind]}\n"
    (tmp_path / "all.yaml").write_text(MANIFESTS[0].read_text() + bare)
    made = CustomController("otofu-controller", definition(), watches=(kind,))
    made.reconcile(lambda r: None)
    (start,) = controller_system(made, manifests=[tmp_path / "all.yaml"]).initial_states

    c = after(after(start, kubectl.apply_document), made.component.actions[0], TOFU)
    assert not c.work_items[TOFU].queued
    assert after(c, kubectl.apply_document).work_items[TOFU].queued


@step
def pods_are_heard_of(before: Cluster, after: Cluster, by: StepInfo, o: CustomObjectId) -> Claims:
    """A pod that is created, changed or removed queues its owner, unless its own controller wrote it."""
    if by.component == OTOFU_CONTROLLER or not after.controller_processes[OTOFU_CONTROLLER].running:
        return
    for p in after.scope.custom_objects[o].pods:
        was, now = before.pods.get(p), after.pods.get(p)
        if after.custom_objects[o].exists and (was and was.resource_version) != (now and now.resource_version):
            yield claim(after.work_items[o].queued, "who owns a pod hears of it", o, p)


@pytest.mark.parametrize("owns", [("Pod",), ()], ids=["owned", "not owned"])
def test_every_write_to_an_owned_pod_is_heard(owns):
    """Whoever writes, the owner hears of it: the scheduler, kubelets, node controllers, users; and only an owner."""
    system = otofu_system(
        controller(owns=owns),
        start="deployed" if owns else "apply",
        faults={"crash-controller": 1, "crash-container": 1, "crash-node": 1},
        actions={"delete-pod": 1, "delete-custom-object": 1},
        properties=[pods_are_heard_of],
    )

    (result,) = check_system(system).properties
    assert result.verdict is (Verdict.PROVED if owns else Verdict.REFUTED)
