"""PriorityClasses, and the priorities that pods get from them."""

from __future__ import annotations

import pytest

CLASS = "{{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{name: {}}}, {}}}\n---\n"
POD = "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{{name: c, image: i}}]{}}}}}\n"


def priority(load, *documents):
    """Return the priority of the pod, and whether it preempts others."""
    (pod,) = load("".join(documents)).pods
    return pod.spec.priority, pod.spec.preemption_policy


def test_a_class_gives_its_value(load):
    """A pod that names a class gets its value and its policy, wherever the class stands."""
    vital = CLASS.format("vital", "value: 1000, preemptionPolicy: Never, description: x")

    assert priority(load, vital, POD.format(", priorityClassName: vital")) == (1000, "Never")
    assert priority(load, POD.format(", priorityClassName: vital"), "---\n", vital) == (1000, "Never")
    assert priority(load, vital, POD.format("")) == (0, "PreemptLowerPriority")


def test_the_default_class(load):
    """Pods that name no class get the one that is the default; the system's classes are always there."""
    default = CLASS.format("usual", "value: 5, globalDefault: true")

    assert priority(load, default, POD.format("")) == (5, "PreemptLowerPriority")
    assert priority(load, default, POD.format(", priorityClassName: system-node-critical"))[0] == 2_000_001_000


def test_a_class_that_is_not_there_is_named(load):
    """Its pods keep the priority that they state, and the check says so."""
    read = load(POD.format(", priorityClassName: gone, priority: 7"))

    assert read.pods[0].spec.priority == 7
    assert read.not_modelled == (
        "PriorityClass/gone is not in the manifests: its pods are taken to have the priority that they state, or 0.",
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("value: 1000000001", "value: is at most 1,000,000,000 for classes of one's own"),
        ("value: high", 'value: must be a whole number, not the string "high"'),
        ("preemptionPolicy: Always", "preemptionPolicy: "),
        ("valeu: 1", "valeu: Kubernetes has no such field here; did you mean value?"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused(refusal, spec, message):
    """One line with the field and what to write."""
    assert message in refusal(CLASS.format("vital", spec))
