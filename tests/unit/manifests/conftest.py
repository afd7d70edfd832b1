"""Manifests written in the tests, loaded from a file as a user's are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from clusterproof.models.kubernetes.manifests import ManifestError, load_manifests
from clusterproof.models.kubernetes.objects import Manifests

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: web:1
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Manifests]:
    """Load a text as the file web.yaml."""

    def load_text(text: str) -> Manifests:
        path = tmp_path / "web.yaml"
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return load_manifests([path])

    return load_text


@pytest.fixture
def refusal(load: Callable[[str], Manifests], tmp_path: Path) -> Callable[[str], str]:
    """Load a text that has to be refused, and give the message with the file's name alone."""

    def refuse(text: str) -> str:
        with pytest.raises(ManifestError) as caught:
            load(text)
        message = str(caught.value)
        assert "\n" not in message
        return message.replace(f"{tmp_path}/", "")

    return refuse


@pytest.fixture
def deployment() -> Callable[..., str]:
    """Return the text of a small Deployment with lines added to its spec, its pod spec or its container."""

    def write(*, spec: str = "", pod: str = "", container: str = "") -> str:
        def indented(text: str, depth: int) -> str:
            return "".join(f"{' ' * depth}{line}\n" for line in dedent(text).strip("\n").splitlines())

        text = DEPLOYMENT.lstrip("\n").replace("spec:\n  selector", f"spec:\n{indented(spec, 2)}  selector")
        text = text.replace("      containers:\n", f"{indented(pod, 6)}      containers:\n")
        return text + indented(container, 8)

    return write
