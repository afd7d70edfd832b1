"""What may not be changed when an object that exists is applied again."""

from __future__ import annotations

import pytest
from kubernetes_systems import deployment, small_system

from clusterproof.models.kubernetes.manifests.errors import ManifestError
from clusterproof.models.kubernetes.manifests.updates import is_selector_update_allowed
from clusterproof.models.kubernetes.objects import LabelSelector

ONE, OTHER = LabelSelector(match_labels={"app": "a"}), LabelSelector(match_labels={"app": "b"})


@pytest.mark.parametrize(
    ("api_version", "new", "allowed"),
    [
        ("apps/v1", ONE, True),
        ("apps/v1", OTHER, False),
        ("apps/v1beta2", OTHER, False),
        ("apps/v1beta1", OTHER, True),
        ("extensions/v1beta1", OTHER, True),
    ],
)
def test_selectors_may_not_change(api_version: str, new: LabelSelector, allowed: bool) -> None:
    """A Deployment keeps its selector, but for two versions of the API that are long gone."""
    assert is_selector_update_allowed(ONE, new, api_version) is allowed


def test_a_second_manifest_with_another_selector_is_refused() -> None:
    """Applying a Deployment again with another selector is refused with the line of the second manifest."""
    other = deployment(image="web:2").replace("{app: web}", "{app: other}")

    with pytest.raises(ManifestError) as caught:
        small_system(deployment(), second=[other], properties=())

    assert str(caught.value) == (
        "web.yaml:2: spec.selector: may not be changed once the Deployment exists (web.yaml:2); write the same selector"
    )
