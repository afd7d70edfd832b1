"""Manifests and kind configurations with anything wrong are refused in one line, or make a system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mutations
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterproof.models.kubernetes import builtin
from clusterproof.models.kubernetes.cluster import Scope, cluster_system
from clusterproof.models.kubernetes.manifests import ManifestError
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.manifests.schemas import Schemas
from clusterproof.models.kubernetes.topology import default_topology, load_topology

MUTATED_MANIFESTS = 10_000
MUTATED_CLUSTERS = 500

KITCHEN_SINK = """
apiVersion: v1
kind: Pod
metadata: {name: sink, namespace: shop, labels: {app: sink}, annotations: {a: b}, finalizers: [x/y]}
spec:
  nodeSelector: {disk: ssd}
  terminationGracePeriodSeconds: 5
  tolerations: [{key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 3}]
  affinity:
    podAntiAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - {labelSelector: {matchExpressions: [{key: app, operator: In, values: [sink]}]}, topologyKey: zone}
  topologySpreadConstraints:
  - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: sink}}}
  containers:
  - name: web
    image: web:1
    ports: [{name: http, containerPort: 80, hostPort: 8080}]
    env: [{name: PORT, valueFrom: {configMapKeyRef: {name: c, key: k}}}]
    envFrom: [{configMapRef: {name: c}}]
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1}}
    readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 5}
  volumes: [{name: v, configMap: {name: c}}]
"""
STATEFUL_SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  podManagementPolicy: Parallel
  ordinals: {start: 1}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1, maxUnavailable: 50%}}
  minReadySeconds: 3
  revisionHistoryLimit: 2
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: "db:1"}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}]
"""
DAEMON_SET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {hostNetwork: true, tolerations: [{operator: Exists}], containers: [{name: agent, image: "agent:1"}]}
"""
AUTOSCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: sink}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: hello-server}
  minReplicas: 2
  maxReplicas: 4
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 9, policies: [{type: Percent, value: 5, periodSeconds: 60}]}}
"""
QUOTA = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: all}
spec: {hard: {requests.cpu: 1500m, limits.memory: 1Gi, pods: "9", count/deployments.apps: 3}, scopes: []}
"""
WEBHOOK = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: policy}
webhooks:
- name: policy.example.com
  clientConfig: {service: {name: hello-server-external, namespace: default, port: 443}}
  rules: [{apiGroups: ["*"], apiVersions: [v1], operations: [CREATE, DELETE], resources: [pods, "*/*"], scope: "*"}]
  namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]}
  failurePolicy: Fail
  sideEffects: None
  admissionReviewVersions: [v1]
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: pi, namespace: shop}
spec:
  completions: 3
  parallelism: 2
  completionMode: Indexed
  backoffLimitPerIndex: 1
  maxFailedIndexes: 2
  activeDeadlineSeconds: 60
  podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {containerName: pi, operator: In, values: [42]}}]}
  successPolicy: {rules: [{succeededIndexes: "0,2", succeededCount: 1}]}
  template: {metadata: {labels: {app: pi}}, spec: {restartPolicy: Never, containers: [{name: pi, image: "pi:1"}]}}
"""
CRON_JOB = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "*/5 0-3 * * mon-fri"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 30
  jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: tick, image: "tick:1"}]}}}}
"""
KIND = """
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
name: k
nodes:
- role: control-plane
  extraPortMappings: [{containerPort: 30000, hostPort: 80, listenAddress: 127.0.0.1, protocol: TCP}]
- {role: worker, image: "kindest/node:v1.35.0@sha256:a", labels: {zone: a}}
"""


def documents_of(name: str) -> list[Any]:
    """Return the documents of a built-in example."""
    text = (builtin.path(name) / "manifests.yaml").read_text(encoding="utf-8")
    return [document for document in yaml.safe_load_all(text) if document]


DOCUMENTS = [
    *documents_of("hello-server"),
    *documents_of("config-map-trap"),
    yaml.safe_load(KITCHEN_SINK),
    yaml.safe_load(STATEFUL_SET),
    yaml.safe_load(DAEMON_SET),
    yaml.safe_load(JOB),
    yaml.safe_load(CRON_JOB),
    {"apiVersion": "v1", "kind": "List", "items": documents_of("anti-affinity")},
    {
        "apiVersion": "v1",
        "kind": "List",
        "items": [*documents_of("hello-server"), *map(yaml.safe_load, (AUTOSCALER, QUOTA, WEBHOOK))],
    },
    *map(yaml.safe_load, (AUTOSCALER, QUOTA, WEBHOOK)),
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"a": "b"}}},
    {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b"},
        "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"app": "sink"}}},
    },
]
SCHEMAS = Schemas.nearest("1.35")
places = st.integers(0, len(DOCUMENTS) - 1)


def in_one_line(error: Exception) -> None:
    """Check that the text of an error is one printable line with file, line and field."""
    text = str(error)
    assert text.isprintable()
    assert len(text) < 2000
    file, line, field, message = text.split(":", 3)
    assert (file, line.isdigit(), bool(field.strip()), bool(message.strip())) == ("m.yaml", True, True, True)


@settings(max_examples=MUTATED_MANIFESTS, deadline=None, suppress_health_check=list(HealthCheck))
@given(places, places, mutations.edits, mutations.text_edits)
def test_mutated_manifests_are_read_or_refused(number, other, edits, text_edits):
    """Of 10,000 mutated manifests each makes a system, or is refused in one line with file, line and field."""
    tree = mutations.edited(DOCUMENTS[number], edits, DOCUMENTS[other])
    text = mutations.scrambled(json.dumps(tree, indent=0), text_edits)
    try:
        manifests = load_document_texts([("m.yaml", text)], SCHEMAS)
        cluster_system([manifests], default_topology(), Scope(start="apply"))
    except ManifestError as error:
        in_one_line(error)


@settings(max_examples=MUTATED_CLUSTERS, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutations.edits, mutations.text_edits)
def test_mutated_clusters_are_read_or_refused(tmp_path_factory, edits, text_edits):
    """A mutated kind configuration makes a topology with a system on it, or is refused in one printable line."""
    tree = mutations.edited(yaml.safe_load(KIND), edits, DOCUMENTS[0])
    text = mutations.scrambled(json.dumps(tree, indent=0), text_edits)
    directory = tmp_path_factory.getbasetemp() / "clusters"
    directory.mkdir(exist_ok=True)
    path: Path = directory / "m.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    manifests = load_document_texts([("web.yaml", json.dumps(DOCUMENTS[0]))])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        try:
            cluster_system([manifests], load_topology("m.yaml"), Scope(start="apply"))
        except ManifestError as error:
            in_one_line(error)
