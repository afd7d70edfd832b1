"""Manifests of several workloads, for tests of the groups that a cluster falls into."""

from __future__ import annotations


def workload(name: str, *, replicas: int = 1, cpu: str = "", spec: str = "", container: str = "") -> str:
    """Return a Deployment; `spec` and `container` are further fields of its pods and their container (flow YAML)."""
    resources = f", resources: {{requests: {{cpu: {cpu}}}}}" if cpu else ""
    further = f", {container}" if container else ""
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, tier: any}}}}
    spec: {{containers: [{{name: main, image: main{resources}{further}}}]{f", {spec}" if spec else ""}}}
"""


def service(name: str, selector: str = "") -> str:
    """Return a Service that selects the pods of the workload of its name, or others (flow YAML)."""
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {selector or f"{{app: {name}}}"}, ports: [{{port: 80}}]}}
"""


def budget(name: str, selector: str = "", *, at_least: int = 1) -> str:
    """Return a PodDisruptionBudget over the pods of the workload of its name, or others (flow YAML)."""
    return f"""
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: {name}}}
spec: {{minAvailable: {at_least}, selector: {{matchLabels: {selector or f"{{app: {name}}}"}}}}}
"""


def autoscaler(name: str) -> str:
    """Return a HorizontalPodAutoscaler of the Deployment of its name."""
    return f"""
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: {name}}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}
  minReplicas: 1
  maxReplicas: 2
  metrics: [{{type: Resource, resource: {{name: cpu, target: {{type: Utilization, averageUtilization: 50}}}}}}]
"""


def daemon_set(name: str) -> str:
    """Return a DaemonSet."""
    return f"""
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, image: main}}]}}}}
"""


AWAY_FROM = (
    "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: "
    "[{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{app: {0}}}}}}}]}}}}"
)
"""Required anti-affinity against the pods of a workload, as flow YAML."""
