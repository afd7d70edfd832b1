"""Small clusters of a few hundred to a few thousand states, for tests of the Kubernetes model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from clusterproof import Action, Map, Property, System, Table, evolve
from clusterproof.compiled import Compiled
from clusterproof.models.kubernetes import application, objects
from clusterproof.models.kubernetes.build import UserActions
from clusterproof.models.kubernetes.cluster import FaultBudget, Scope, cluster_system
from clusterproof.models.kubernetes.decisions.deletion import PropagationPolicy
from clusterproof.models.kubernetes.deployed import canonical_steps
from clusterproof.models.kubernetes.manifests.load import load_document_texts
from clusterproof.models.kubernetes.names import CronJobId, DaemonSetId, DeploymentId, JobId, NodeId, StatefulSetId
from clusterproof.models.kubernetes.scope import SchedulerChoice
from clusterproof.models.kubernetes.state import Cluster
from clusterproof.models.kubernetes.topology import default_topology
from clusterproof.properties.catalogue import CATALOGUE

NODE_PORT = 30000
CONTROL_PLANE, CONTROL_PLANE2, CONTROL_PLANE3 = (NodeId(f"kind-control-plane{k}") for k in ("", "2", "3"))
WORKER, WORKER2 = NodeId("kind-worker"), NodeId("kind-worker2")
WEB, DB, AGENT, PI = DeploymentId("web"), StatefulSetId("db"), DaemonSetId("agent"), JobId("Job/pi")
TICK = CronJobId("tick")
BACKGROUND, FOREGROUND, ORPHAN = PropagationPolicy


# ---------------------------------------------------------------- manifests


def deployment(
    replicas: int = 1,
    *,
    image: str = "web:1",
    strategy: str = "{type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
    min_ready_seconds: int = 0,
    spec: str = "",
    container: str = "",
    more: str = "",
) -> str:
    """Return Deployment/web; `spec` and `container` are further fields of its pods and their container (flow YAML).

    more: further fields of its own (YAML).
    """
    further = f", {container}" if container else ""
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  minReadySeconds: {min_ready_seconds}
  strategy: {strategy}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {pod_spec(f"image: '{image}'{further}", spec)}
{_indented(more)}"""


def pod_spec(container: str = "image: web", spec: str = "") -> str:
    """Return the spec of a pod with one container, as flow YAML."""
    return f"{{containers: [{{name: web, {container}}}]{f', {spec}' if spec else ''}}}"


def replica_set(replicas: int = 1) -> str:
    """Return ReplicaSet/solo, which no Deployment owns."""
    return f"""
apiVersion: apps/v1
kind: ReplicaSet
metadata: {{name: solo}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: solo}}}}
  template: {{metadata: {{labels: {{app: solo}}}}, spec: {pod_spec()}}}
"""


def stateful_set(replicas: int = 2, *, image: str = "db:1", spec: str = "", pod: str = "") -> str:
    """Return StatefulSet/db; `spec` are further fields of its own (flow YAML), `pod` of its pods."""
    return f"""
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec:
  replicas: {replicas}
  serviceName: db
  selector: {{matchLabels: {{app: db}}}}
  template: {{metadata: {{labels: {{app: db}}}}, spec: {pod_spec(f"image: '{image}'", pod)}}}
{_indented(spec)}"""


def daemon_set(*, image: str = "agent:1", spec: str = "", pod: str = "") -> str:
    """Return DaemonSet/agent; `spec` are further fields of its own (flow YAML), `pod` of its pods."""
    return f"""
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent}}
spec:
  selector: {{matchLabels: {{app: agent}}}}
  template: {{metadata: {{labels: {{app: agent}}}}, spec: {pod_spec(f"image: '{image}'", pod)}}}
{_indented(spec)}"""


def job(spec: str = "", *, pod: str = "restartPolicy: Never") -> str:
    """Return Job/pi; `spec` are further fields of its own (flow YAML), `pod` of its pods."""
    return f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: pi}}
spec:
  template: {{metadata: {{labels: {{app: pi}}}}, spec: {pod_spec("image: 'pi:1'", pod)}}}
{_indented(spec)}"""


def cron_job(spec: str = "", *, job: str = "", pod: str = "restartPolicy: Never") -> str:
    """Return CronJob/tick, every five minutes; `spec` are further fields of its own, `job` of its Jobs (flow YAML)."""
    template = f"{{spec: {pod_spec('image: tick', pod)}}}"
    further = f", {job}" if job else ""
    return f"""
apiVersion: batch/v1
kind: CronJob
metadata: {{name: tick}}
spec:
  schedule: "*/5 * * * *"
  jobTemplate: {{spec: {{template: {template}{further}}}}}
{_indented(spec)}"""


def indexed_job(spec: str = "", *, completions: int = 2) -> str:
    """Return the same with indexes, all at a time."""
    return job(f"completionMode: Indexed\ncompletions: {completions}\nparallelism: {completions}\n{spec}")


def _indented(lines: str) -> str:
    return "".join(f"  {line}\n" for line in lines.splitlines())


SURGE = "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"
"""A DaemonSet that makes new pods beside the old ones."""


def pod(spec: str = "", *, name: str = "bare", app: str = "web") -> str:
    """Return a bare pod."""
    metadata = f"{{name: {name}, labels: {{app: {app}}}}}"
    return f"{{apiVersion: v1, kind: Pod, metadata: {metadata}, spec: {pod_spec(spec=spec)}}}"


def service(further: str = "") -> str:
    """Return Service/web, with a node port."""
    ports = f"[{{port: 80, nodePort: {NODE_PORT}}}]"
    spec = f"{{type: NodePort, selector: {{app: web}}, ports: {ports}{f', {further}' if further else ''}}}"
    return f"{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {spec}}}"


def disruption_budget(spec: str = "maxUnavailable: 1") -> str:
    """Return PodDisruptionBudget/web."""
    selector = "selector: {matchLabels: {app: web}}"
    return f"""
{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: web}}, spec: {{{spec}, {selector}}}}}
"""


def limit_range(item: str) -> str:
    """Return LimitRange/usual of the namespace default with one item (flow YAML)."""
    return f"{{apiVersion: v1, kind: LimitRange, metadata: {{name: usual}}, spec: {{limits: [{{{item}}}]}}}}"


CPU = "resources: {requests: {cpu: 200m}}"
"""A container that an autoscaler can say the utilization of."""


def autoscaler(
    minimum: int = 1, maximum: int = 3, spec: str = "", *, target: str = "Deployment", name: str = "web"
) -> str:
    """Return HorizontalPodAutoscaler/web, at half of the requested CPU; `spec` are further fields (flow YAML)."""
    cpu = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}"
    return f"""
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: web}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: {target}, name: {name}}}
  minReplicas: {minimum}
  maxReplicas: {maximum}
  metrics: [{cpu}]
{_indented(spec)}"""


def quota(hard: str, further: str = "") -> str:
    """Return ResourceQuota/all; `hard` is flow YAML, as are further fields of its spec."""
    spec = f"{{hard: {{{hard}}}{f', {further}' if further else ''}}}"
    return f"{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: all}}, spec: {spec}}}"


def webhook(further: str = "", *, service: str = "web", resources: str = "pods", operations: str = "CREATE") -> str:
    """Return ValidatingWebhookConfiguration/policy, which a Service answers; further fields are flow YAML."""
    rule = f"{{apiGroups: ['*'], apiVersions: ['*'], operations: [{operations}], resources: [{resources}]}}"
    client = f"clientConfig: {{service: {{namespace: default, name: {service}}}}}"
    spec = f"name: policy.example.com, {client}, rules: [{rule}], sideEffects: None, admissionReviewVersions: [v1]"
    return f"""
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: policy}}
webhooks: [{{{spec}{f", {further}" if further else ""}}}]
"""


OTHERS_ONLY = "objectSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}"
"""A webhook that is not asked about its own pods."""


def config_map(**data: str) -> str:
    """Return ConfigMap/settings."""
    written = ", ".join(f"{key}: '{value}'" for key, value in data.items())
    return f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: settings}}, data: {{{written}}}}}"


def manifests(*documents: str) -> objects.Manifests:
    """Return what `kubectl apply -f` would read from these documents."""
    return load_document_texts([("web.yaml", "\n---\n".join(documents))])


# ---------------------------------------------------------------- clusters


def topology(
    workers: int = 1, *, pods: int = 110, mapped: bool = True, version: str = "1.35", control_planes: int = 1
) -> objects.Topology:
    """Return control planes and workers with room for so many pods; the node port leads to the first worker."""
    default = default_topology()
    room = {**default.nodes[0].allocatable, "pods": pods}
    first, *others = [attrs.evolve(n, allocatable=room) for n in default.nodes[: 1 + workers]]
    for number in range(3, workers + 1):
        name = f"{WORKER}{number}"
        labels = {**others[0].labels, "kubernetes.io/hostname": name}
        others.append(attrs.evolve(others[0], name=name, labels=labels))
    more = [attrs.evolve(first, name=f"{first.name}{number + 1}") for number in range(1, control_planes)]
    nodes = (first, *more, *others)
    mapping = objects.PortMapping(node=WORKER, container_port=NODE_PORT, host_port=NODE_PORT)
    port_mappings = (mapping,) if mapped else ()
    return objects.Topology(name=default.name, nodes=nodes, port_mappings=port_mappings, kubernetes_version=version)


def small_system(
    *documents: str,
    second: Sequence[str] = (),
    workers: int = 1,
    pods: int = 110,
    mapped: bool = True,
    faults: Mapping[str, int | FaultBudget] | None = None,
    actions: Mapping[str, int] | None = None,
    scales: tuple[int, ...] = (),
    rollouts: int = 0,
    undo_revisions: tuple[int, ...] = (),
    cascades: tuple[PropagationPolicy, ...] = (BACKGROUND,),
    demands: Mapping[tuple[str, str], tuple[int, ...]] | None = None,
    drains: Iterable[NodeId] = (),
    targets: Mapping[str, tuple[str, ...]] | None = None,
    only_if_down: Iterable[tuple[str, NodeId]] = (),
    ignore_daemonsets: bool = True,
    start: Any = "deployed",
    timing: Any = "timed",
    version: str = "1.35",
    control_planes: int = 1,
    scheduler: SchedulerChoice = "any-feasible-node",
    properties: Iterable[str | Property[Any]] = CATALOGUE,
) -> System[Cluster]:
    """Return a system without any fault or user action but those given, with the whole catalogue unless told."""
    budgets = {k: v if isinstance(v, FaultBudget) else FaultBudget(budget=v) for k, v in (faults or {}).items()}
    user_actions = UserActions(
        scales={WEB: scales} if scales else {},
        rollouts={WEB: rollouts} if rollouts else {},
        undo_revisions={WEB: undo_revisions} if undo_revisions else {},
        cascades={WEB: cascades},
        stateful_set_scales={DB: scales} if scales else {},
        stateful_set_rollouts={DB: rollouts} if rollouts else {},
        daemon_set_rollouts={AGENT: rollouts} if rollouts else {},
        demands=demands or {},
        drains=tuple(drains),
        targets=targets or {},
        only_if_down=frozenset(only_if_down),
        ignore_daemonsets=ignore_daemonsets,
    )
    scope = Scope(
        faults=budgets,
        actions=actions or {},
        user_actions=user_actions,
        start=start,
        timing=timing,
        default_faults=False,
        scheduler=scheduler,
    )
    applied = [manifests(*documents), *([manifests(*second)] if second else [])]
    parts = [part for p in properties for part in (CATALOGUE[p] if isinstance(p, str) else (p,))]
    nodes = topology(workers, pods=pods, mapped=mapped, version=version, control_planes=control_planes)
    system, found = cluster_system(applied, nodes, scope, properties=parts)
    assert found is None or found.complete
    return system


# ---------------------------------------------------------------- states by hand


def running_cluster(*documents: str, **options: Any) -> Cluster:
    """Return the one state in which everything applied runs and nothing is left to do."""
    (settled,) = small_system(*documents, properties=(), **options).initial_states
    return settled


def busy_cluster(*documents: str, **options: Any) -> Cluster:
    """Return the state in which everything applied runs, at once, and nothing that runs to completion has ended."""
    system = small_system(*documents, properties=(), **options)
    budgets = {**system.budgets, application.complete: 0}
    return settled(Compiled(evolve(system, budgets=budgets)))


def settled(compiled: Compiled, row: str | None = None) -> Cluster:
    """Return the state that is reached when nothing but the clock is left, every choice taking its first way."""
    row = row or compiled.initial_rows()[0]
    while steps := [s for s in canonical_steps(compiled, row) if s.instance is not compiled.clock]:
        row = steps[0].row
    return compiled.schema.state(row)


def changed(c: Cluster, collection: str, key: Any, **changes: Any) -> Cluster:
    """Return the cluster with some fields of one object changed, as in changed(c, "pods", "web-a", ready=False)."""
    held = getattr(c, collection)
    entries = {**held, key: evolve(held[key], **changes)}
    return evolve(c, **{collection: Table(held.ids, entries) if isinstance(held, Table) else Map(entries)})


def without(c: Cluster, collection: str, key: Any) -> Cluster:
    """Return the cluster without one object."""
    held = getattr(c, collection)
    return evolve(c, **{collection: Table(held.ids, {k: v for k, v in held.items() if k != key})})


def after(c: Cluster, action: Action[Any], *arguments: Any) -> Cluster:
    """Return the state to which an action leads, which must be one other state."""
    outcome: Cluster
    (outcome,) = action.outcomes(c, *arguments).values()
    assert outcome != c, f"{action} changes nothing"
    return outcome


def is_enabled(c: Cluster, action: Action[Any], *arguments: Any) -> bool:
    """Tell whether an action would change the state."""
    return any(outcome != c for outcome in action.outcomes(c, *arguments).values())
