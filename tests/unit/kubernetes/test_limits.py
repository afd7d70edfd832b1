"""What is too large to be checked is refused before it is built, and names the object that is too much."""

# ruff: noqa: E501  (messages are one line)

from __future__ import annotations

import pytest

from clusterproof.models.kubernetes.build import UserActions, build_scope
from clusterproof.models.kubernetes.limits import MOST_OBJECTS, MOST_PODS, pool_size
from clusterproof.models.kubernetes.manifests import ManifestError
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.objects import NodeSpec, Topology

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
---
"""
SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---\n"
)


def deployment(name: str, replicas: int) -> str:
    """Return the text of a Deployment."""
    return DEPLOYMENT.replace("NAME", name).replace("REPLICAS", str(replicas))


def scope_of(*texts: str, nodes: int = 2, actions: UserActions | None = None) -> object:
    """Build the scope of manifests, each text applied after the other."""
    applied = [load_document_texts([("web.yaml", text)]) for text in texts]
    specs = tuple(NodeSpec(name=f"n{number}", role="worker") for number in range(nodes))
    return build_scope(applied, Topology(name="k", nodes=specs), actions or UserActions())


def refused(*texts: str, nodes: int = 2, actions: UserActions | None = None) -> str:
    """Return the message with which manifests are refused."""
    with pytest.raises(ManifestError) as caught:
        scope_of(*texts, nodes=nodes, actions=actions)
    return str(caught.value)


def test_pools_of_all_owners_are_counted_together() -> None:
    """The Deployment whose pool is one too many is named; two versions of one Deployment share a pool."""
    assert pool_size(200) + pool_size(100) == MOST_PODS
    scope_of(deployment("a", 200) + deployment("b", 100))
    scope_of(deployment("a", 200), deployment("a", 210))

    says = "web.yaml:9: spec: with it there are 602 pods, counting those that replace others, and 600 at most can be checked"
    assert refused(deployment("a", 200) + deployment("b", 101)).startswith(says)


def test_what_the_user_may_scale_to_counts() -> None:
    """Scaling makes a pool as large as replicas do."""
    actions = UserActions(scales={"a": (2, 250)})

    assert "there are 700 pods" in refused(deployment("a", 1) + deployment("b", 100), actions=actions)


def test_objects_are_counted() -> None:
    """Of too many objects the first one beyond the limit is named."""
    services = "".join(SERVICE.replace("NAME", f"s{number}") for number in range(MOST_OBJECTS + 1))

    assert refused(services).startswith(f"web.yaml:{5 * MOST_OBJECTS + 1}: document: there are 501 objects to check")


def test_rules_of_the_proxies_are_counted() -> None:
    """Nodes, Services and pods that are few each may be many together."""
    services = "".join(SERVICE.replace("NAME", f"s{number}") for number in range(6))

    says = "spec.selector: with it kube-proxy has 120,000 rules (nodes x Services x pods), and 100,000 at most can be checked"
    assert says in refused(deployment("a", 200) + services, nodes=50)
