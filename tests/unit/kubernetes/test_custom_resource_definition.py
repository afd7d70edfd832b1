"""Reading a CustomResourceDefinition, and the objects of its kind."""

from __future__ import annotations

import pytest
from custom_controllers import definition

from clusterproof.models.kubernetes.custom.crd import read_crd
from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.objects import CustomResource


def read(spec: str, *, old: str = "", new: str = "") -> CustomResource:
    """Return Otofu/tofu with this spec (flow YAML), by the definition with a part of its text replaced."""
    crd = definition(old, new)
    text = f"apiVersion: example.com/v1\nkind: Otofu\nmetadata: {{name: tofu}}\nspec: {spec}\n"
    readers = {(crd.api_version, crd.kind): crd.read}
    return load_document_texts([("tofu.yaml", text)], custom=readers).custom_resources[0]


def test_a_definition_says_what_the_kind_is() -> None:
    """Group, kind, plural, scope and the stored version are read, and the two schemas."""
    crd = definition()

    assert (crd.api_version, crd.kind, crd.plural, crd.namespaced) == ("example.com/v1", "Otofu", "otofus", True)
    assert [path for path, _ in crd.status.leaves()] == ["ready", "beat"]


def test_objects_get_the_defaults_of_the_schema() -> None:
    """What an object leaves out has its default, and what has none is absent."""
    assert dict(read("{size: 2}").spec) == {"size": 2, "flavour": "plain", "spicy": False}


def test_values_of_every_type_are_read() -> None:
    """Integers, words, lists, maps and booleans come out as values that cannot be changed."""
    spec = read("{size: 1, flavour: smoked, toppings: [a, b], labels: {k: v}, spicy: true}").spec

    assert (spec["flavour"], spec["spicy"]) == ("smoked", True)
    assert (spec["toppings"], dict(spec["labels"])) == (("a", "b"), {"k": "v"})
    with pytest.raises(TypeError):
        spec["labels"]["k"] = "w"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("{}", "tofu.yaml:4: spec.size: is missing; the schema of the CustomResourceDefinition requires it"),
        ("{size: 9}", "tofu.yaml:4: spec.size: is 9; write a number between 0 and 5"),
        ("{size: many}", "tofu.yaml:4: spec.size: must be a whole number"),
        (
            "{size: 1, flavor: plain}",
            "tofu.yaml:4: spec.flavor: Kubernetes has no such field here; did you mean",
        ),
        ("{size: 1, flavour: smokd}", 'tofu.yaml:4: spec.flavour: "smokd" is unknown; did you mean smoked?'),
        ("{size: 1, toppings: {a: b}}", "tofu.yaml:4: spec.toppings: must be a list"),
        ("{size: 1, spicy: 1}", "tofu.yaml:4: spec.spicy: must be true or false"),
    ],
)
def test_objects_that_the_schema_refuses_are_refused(spec: str, says: str) -> None:
    """An error names the file, the line and the field, and what to write instead."""
    with pytest.raises(ManifestError) as raised:
        read(spec)

    assert str(raised.value).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: otofus.example.com", "name: otofu.example.com", "must be otofus.example.com"),
        ("scope: Namespaced", "scope: Global", "write Namespaced or Cluster"),
        ("storage: true", "storage: false", "no version is stored"),
        ("required: [size]", "required: [sice]", '"sice" is not among the properties'),
        ("{type: integer, minimum: 0, maximum: 5}", "{type: number}", '"number" is unknown'),
        ("{type: integer, minimum: 0, maximum: 5}", "{minimum: 0}", "is missing; write one of object, array"),
        ("{type: boolean, default: false}", "{type: object, x-kubernetes-preserve-unknown-fields: true}", "understood"),
        ("default: plain", "default: salty", '"salty" is unknown'),
        ("v1\nkind: CustomResourceDefinition", "v1beta1\nkind: CustomResourceDefinition", "write apiVersion: apiext"),
    ],
)
def test_definitions_that_the_apiserver_refuses_are_refused(old: str, new: str, says: str) -> None:
    """A definition is read as strictly as a manifest."""
    with pytest.raises(ManifestError, match=says):
        definition(old, new)


def test_what_is_not_understood_of_a_schema_is_named() -> None:
    """A pattern restricts values in the cluster and not here: that is an assumption."""
    crd = definition("{type: string, enum: [plain, smoked], default: plain}", "{type: string, pattern: a.*}")

    (note,) = crd.not_modelled
    assert note.endswith("spec.properties.flavour.pattern is not modelled.")


def test_a_file_holds_one_definition() -> None:
    """Two documents are refused, and so is another kind."""
    with pytest.raises(ManifestError, match="holds 2 documents"):
        read_crd("a: 1\n---\nb: 2\n", "crd.yaml")
    with pytest.raises(ManifestError, match="is no CustomResourceDefinition"):
        read_crd("kind: Deployment\n", "crd.yaml")
