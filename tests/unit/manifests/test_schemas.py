"""With the extra k8s, manifests of every kind are compared with the schemas of their version of Kubernetes."""

# ruff: noqa: E501  (messages are one line, and so is each row of their table)

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clusterproof.checker.cli import main
from clusterproof.models.kubernetes import builtin
from clusterproof.models.kubernetes.manifests import ManifestError, load_manifests
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.manifests.schemas import Schemas

pytest.importorskip("kubernetes_validate", reason="needs the extra clusterproof[k8s]")

OTHER = """\
apiVersion: v1
kind: ReplicationController
metadata:
  name: once
spec:
  template:
    spec:
      restartPolicy: Always
      containers:
      - name: main
        image: main:1
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: webs.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: webs, kind: Web}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: DEEP}
"""


def schemas() -> Schemas:
    """Return the schemas of 1.35."""
    found = Schemas.nearest("1.35")
    assert found is not None
    return found


def read(text: str) -> None:
    """Read a text and compare it."""
    load_document_texts([("other.yaml", text)], schemas())


def refused(text: str) -> str:
    """Return the message with which a text is refused; it has to be fine without the schemas."""
    load_document_texts([("other.yaml", text)])
    with pytest.raises(ManifestError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("spec:\n  t", "spec:\n  replcas: 2\n  t", "6: spec.replcas: Kubernetes 1.35 has no such field here; did you mean replicas?"),
        ("  template:", "  replicas: two\n  template:", '6: spec.replicas: must be a whole number, not the string "two"'),
        ("      containers:", "      hostPID: 1\n      containers:", "9: spec.template.spec.hostPID: must be true or false, not the number 1"),
        ("      - name: main", "      - nam: main", "10: spec.template.spec.containers[0].nam: Kubernetes 1.35 has no such field here; did you mean name?"),
        ("      - name: main\n", "      -\n", "11: spec.template.spec.containers[0].name: is missing; Kubernetes 1.35 requires it"),
        ("      containers:\n      - name: main\n        image: main:1\n", "      containers: {}\n", "9: spec.template.spec.containers: must be a list, not a mapping"),
        ("spec:", "status: 3\nspec:", "5: status: must be a mapping, not the number 3"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_kind_that_is_not_modelled_is_found(old: str, new: str, message: str) -> None:
    """An object of a kind that the model does not know is refused with file, line and field by its schema."""
    assert refused(OTHER.replace(old, new, 1)) == f"other.yaml:{message}"


def test_what_is_valid_is_read() -> None:
    """Valid objects pass: null counts as absent, 1e3 as a whole number, and aliases and merge keys are expanded."""
    read(OTHER)
    read(OTHER.replace("  template:", "  selector: null\n  replicas: 1e3\n  template:"))
    read(OTHER.replace("spec:\n  t", "spec: &s\n  t", 1) + "---\n" + OTHER.replace("once", "twice"))


def test_the_examples_are_valid() -> None:
    """The built-in examples meet the schemas."""
    for path in sorted(builtin.path("hello-server").parent.glob("*/manifests.yaml")):
        load_manifests([path], schemas())


@pytest.mark.parametrize(
    "text",
    [
        OTHER.replace("apiVersion: v1", "apiVersion: batch.volcano.sh/v1")
        .replace("ReplicationController", "Job")
        .replace("spec:", "odd: 1\nspec:", 1),
        OTHER.replace("apiVersion: v1", "apiVersion: networking.k8s.io/v1").replace("ReplicationController", "IPBlock"),
        OTHER.replace("apiVersion: v1", "apiVersion: example.org/v1").replace("spec:", "odd: 1\nspec:", 1),
        OTHER.replace("ReplicationController", "../../../job").replace(
            "apiVersion: v1", "apiVersion: x.example.org/v1"
        ),
    ],
)
def test_custom_resources_have_no_schema(text: str) -> None:
    """A kind of another group is not judged by a built-in kind of the same name, and no kind names a file elsewhere."""
    read(text)


def test_deep_objects_end() -> None:
    """An object as deep as the reader allows is compared, or refused in one line; the stack does not overflow."""
    deep = "{properties: {a: " * 44 + "{type: string}" + "}}" * 44
    try:
        read(CRD.replace("DEEP", deep))
    except ManifestError as error:
        assert str(error) == "other.yaml:1: document: is nested too deeply; write it flatter"  # noqa: PT017


@pytest.mark.parametrize(("version", "expected"), [("1.35", "1.35"), ("1.9", "1.25"), ("1.25", "1.25")])
def test_the_nearest_schemas_are_taken(version: str, expected: str) -> None:
    """A version without schemas of its own is judged by the nearest one."""
    found = Schemas.nearest(version)

    assert found is not None
    assert found.version == expected


def test_other_schemas_are_an_assumption(capsys: pytest.CaptureFixture[str]) -> None:
    """The report says which schemas were used where they are not those of the cluster's version, and only there."""
    words = ["check", "--property", "node-capacity", "--slicing", "off", "--bound", "states=5", "--set"]
    main([*words, "kubernetes_version=1.20"])
    other = " ".join(capsys.readouterr().out.split())
    main([*words, "kubernetes_version=1.30"])
    exact = capsys.readouterr().out

    assert "manifests are valid for Kubernetes 1.20 if they are for 1.25, the nearest known schemas" in other
    assert "schemas" not in exact


def test_a_mistake_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole command refuses an object whose schema is not met."""
    path = tmp_path / "other.yaml"
    path.write_text(OTHER.replace("  template:", "  replicas: two\n  template:"))

    assert main(["check", "-f", str(path)]) == 2
    line = f'clusterproof: {path}:6: spec.replicas: must be a whole number, not the string "two"\n'
    assert capsys.readouterr().err == line


def test_without_the_extra_nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where kubernetes-validate is not installed there are no schemas."""
    monkeypatch.setitem(sys.modules, "kubernetes_validate.utils", None)

    assert Schemas.nearest("1.35") is None
