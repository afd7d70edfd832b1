"""What users of the pytest plugin have, shared by the tests: manifests, and a check file of ten lines."""

from __future__ import annotations

from pathlib import Path

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - topologyKey: kubernetes.io/hostname
            labelSelector: {matchLabels: {app: web}}
      containers: [{name: web, image: nginx}]
"""

CHECK_FILE = """\
# The web shop on two workers: a container may crash.
target: ""
manifests: k8s
faults:
  crash-container: 1
properties:
  - replicas-converge
  - node-capacity
bounds:
  seconds: 60
"""

CONVERGES = "web.clusterproof.yaml::replicas-converge[Deployment/web]"


def lay_out(directory: Path) -> None:
    """Write the manifests and the check file into a directory."""
    (directory / "k8s").mkdir()
    (directory / "k8s" / "web.yaml").write_text(DEPLOYMENT)
    (directory / "web.clusterproof.yaml").write_text(CHECK_FILE)


def break_it(directory: Path) -> None:
    """Ask for a third replica, where only two can be placed."""
    (directory / "k8s" / "web.yaml").write_text(DEPLOYMENT.replace("replicas: 2", "replicas: 3"))


def fix_it(directory: Path) -> None:
    """Ask for two replicas again."""
    (directory / "k8s" / "web.yaml").write_text(DEPLOYMENT)
