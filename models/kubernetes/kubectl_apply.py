"""What `kubectl apply` does with one document: POST a new object, PATCH one that exists with a three-way merge.

Source: staging/src/k8s.io/kubectl/pkg/cmd/apply
"""

from __future__ import annotations

from clusterproof import fresh
from clusterproof.models.kubernetes import apiserver, namespaces, objects, rollout_progress, webhooks
from clusterproof.models.kubernetes.decisions.three_way_merge import three_way_merge
from clusterproof.models.kubernetes.names import (
    AutoscalerId,
    BudgetId,
    ConfigMapId,
    ControllerRevisionId,
    CronJobId,
    CustomObjectId,
    DaemonSetId,
    DeploymentId,
    JobId,
    PodId,
    QuotaId,
    ReplicaSetId,
    ServiceId,
    StatefulSetId,
    WebhookConfigurationId,
)
from clusterproof.models.kubernetes.scope import Document
from clusterproof.models.kubernetes.state import Cluster


def may_be_sent(c: Cluster, document: Document) -> bool:
    """Whether whoever applies a document sends it now: a webhook, where the scope says so, only once it answers."""
    if not _is_namespace_active(c, document):
        return False
    if document.kind != "WebhookConfiguration" or not c.scope.webhooks_come_last:
        return True
    return all(webhooks.answers(c, each) for each in c.scope.webhooks if each.configuration == document.name)


def _is_namespace_active(c: Cluster, document: Document) -> bool:
    """Whether a document's namespace takes new objects; names in other namespaces than `default` begin with theirs."""
    if document.kind == "WebhookConfiguration" or not c.scope.namespaces:
        return True
    namespace, slash, _ = document.name.rpartition("/")
    return namespaces.is_active(c, namespace if slash else "default")


def send(c: Cluster, document: Document) -> None:
    """What applying one document comes to: POST a new object, PATCH one that exists with a three-way merge."""
    if document.kind == "Deployment":
        _apply_deployment(c, DeploymentId(document.name), document.version)
    elif document.kind == "StatefulSet":
        _apply_stateful_set(c, StatefulSetId(document.name), document.version)
    elif document.kind == "DaemonSet":
        _apply_daemon_set(c, DaemonSetId(document.name), document.version)
    elif document.kind == "Job":
        _apply_job(c, JobId(f"Job/{document.name}"), document.version)
    elif document.kind == "CronJob":
        _apply_cron_job(c, CronJobId(document.name), document.version)
    elif document.kind == "Service":
        service = c.services[ServiceId(document.name)]
        if not service.exists:
            service.exists = True
            apiserver.update(c, service)
    elif document.kind == "PodDisruptionBudget":
        budget = c.budgets[BudgetId(document.name)]
        if not budget.exists:
            budget.exists = True
            apiserver.update(c, budget)
    elif document.kind == "HorizontalPodAutoscaler":
        _apply_autoscaler(c, AutoscalerId(document.name))
    elif document.kind == "ResourceQuota":
        _apply_quota(c, QuotaId(document.name))
    elif document.kind == "WebhookConfiguration":
        _apply_webhooks(c, WebhookConfigurationId(document.name))
    elif document.kind == "ConfigMap":
        config_map = c.config_maps[ConfigMapId(document.name)]
        if config_map.version != document.version:
            config_map.version = document.version
            apiserver.update(c, config_map)
    elif document.kind == "CustomResource":
        _apply_custom_object(c, CustomObjectId(document.name), document.version)
    else:
        _apply_bare(c, document)


def _apply_deployment(c: Cluster, d: DeploymentId, version: int) -> None:
    manifests, templates = c.scope.deployments[d], c.scope.templates[d]
    new = _applied(manifests[version], templates[version])
    deployment = c.deployments.get(d)
    if deployment is None:
        apiserver.create_deployment(
            c, d, manifest=version, replicas=manifests[version].replicas, template=templates[version]
        )
        return
    before = deployment.manifest
    last = _applied(manifests[before], templates[before])
    live = {"replicas": deployment.replicas, "template": deployment.template}
    merged = three_way_merge(last, live, new)
    deployment.manifest = version
    rollout_progress.change_deadline(c, d, manifests[before], manifests[version])
    change_spec(c, d, replicas=int(str(merged.get("replicas", 1))), template=str(merged["template"]))


def _applied(manifest: objects.Deployment | objects.StatefulSet, template: str) -> dict[str, object]:
    """What a manifest says of the fields that apply merges; without replicas their number is left to others."""
    return {"template": template, **({"replicas": manifest.replicas} if manifest.replicas_given else {})}


def _apply_stateful_set(c: Cluster, s: StatefulSetId, version: int) -> None:
    manifests, revisions = c.scope.stateful_sets[s].manifests, c.scope.stateful_sets[s].revisions
    new = _applied(manifests[version], revisions[version])
    stateful_set = c.stateful_sets.get(s)
    if stateful_set is None:
        replicas = manifests[version].replicas
        apiserver.create_stateful_set(c, s, manifest=version, replicas=replicas, template=revisions[version])
        return
    before = stateful_set.manifest
    last = _applied(manifests[before], revisions[before])
    live = {"replicas": stateful_set.replicas, "template": stateful_set.template}
    merged = three_way_merge(last, live, new)
    wanted = version, int(str(merged.get("replicas", 1))), ControllerRevisionId(str(merged["template"]))
    if wanted != (before, stateful_set.replicas, stateful_set.template):
        stateful_set.observed = False
    stateful_set.manifest, stateful_set.replicas, stateful_set.template = wanted
    apiserver.update(c, stateful_set)


def _apply_daemon_set(c: Cluster, d: DaemonSetId, version: int) -> None:
    revisions = c.scope.daemon_sets[d].revisions
    daemon_set = c.daemon_sets.get(d)
    if daemon_set is None:
        apiserver.create_daemon_set(c, d, manifest=version, template=revisions[version])
        return
    last, live = {"template": revisions[daemon_set.manifest]}, {"template": daemon_set.template}
    merged = three_way_merge(last, live, {"template": revisions[version]})
    wanted = version, ControllerRevisionId(str(merged["template"]))
    if wanted != (daemon_set.manifest, daemon_set.template):
        daemon_set.observed = False
    daemon_set.manifest, daemon_set.template = wanted
    apiserver.update(c, daemon_set)


def _apply_job(c: Cluster, j: JobId, version: int) -> None:
    """A Job's spec is that of the manifest applied last, for nobody else changes it."""
    job = c.jobs.get(j)
    if job is None:
        apiserver.create_job(c, j, manifest=version)
    elif job.manifest != version:
        job.manifest = version
        apiserver.update(c, job)


def _apply_cron_job(c: Cluster, k: CronJobId, version: int) -> None:
    cron_job = c.cron_jobs.get(k)
    if cron_job is None:
        apiserver.create_cron_job(c, k, manifest=version)
    elif cron_job.manifest != version:
        cron_job.manifest = version
        apiserver.update(c, cron_job)


def is_applied(c: Cluster, document: Document) -> bool:
    """Whether the live object is what the document says, so that applying it again would change nothing."""
    name, version = document.name, document.version
    if document.kind == "Deployment":
        d = DeploymentId(name)
        deployment = c.deployments.get(d)
        if deployment is None:
            return False
        manifest = c.scope.deployments[d][version]
        size = manifest.replicas if manifest.replicas_given else deployment.replicas
        wanted = (version, size, c.scope.templates[d][version])
        return wanted == (deployment.manifest, deployment.replicas, deployment.template)
    if document.kind == "StatefulSet":
        return _stateful_set_is(c, StatefulSetId(name), version)
    if document.kind == "DaemonSet":
        return _daemon_set_is(c, DaemonSetId(name), version)
    if document.kind == "Job":
        job = c.jobs.get(JobId(f"Job/{name}"))
        return job is not None and job.manifest == version
    if document.kind == "CronJob":
        cron_job = c.cron_jobs.get(CronJobId(name))
        return cron_job is not None and cron_job.manifest == version
    if document.kind == "Service":
        return c.services[ServiceId(name)].exists
    if document.kind == "PodDisruptionBudget":
        return c.budgets[BudgetId(name)].exists
    if document.kind == "HorizontalPodAutoscaler":
        a = AutoscalerId(name)
        return a not in c.autoscalers or c.autoscalers[a].exists
    if document.kind == "ResourceQuota":
        q = QuotaId(name)
        return q not in c.quotas or c.quotas[q].exists
    if document.kind == "WebhookConfiguration":
        w = WebhookConfigurationId(name)
        return w not in c.webhook_configurations or c.webhook_configurations[w].exists
    if document.kind == "ConfigMap":
        return c.config_maps[ConfigMapId(name)].version == version
    if document.kind == "CustomResource":
        o = c.custom_objects[CustomObjectId(name)]
        return o.exists and o.version == version
    return PodId(name) in c.pods if document.kind == "Pod" else ReplicaSetId(name) in c.replica_sets


def _stateful_set_is(c: Cluster, s: StatefulSetId, version: int) -> bool:
    stateful_set, known = c.stateful_sets.get(s), c.scope.stateful_sets[s]
    if stateful_set is None:
        return False
    manifest = known.manifests[version]
    size = manifest.replicas if manifest.replicas_given else stateful_set.replicas
    wanted = (version, size, known.revisions[version])
    return wanted == (stateful_set.manifest, stateful_set.replicas, stateful_set.template)


def _daemon_set_is(c: Cluster, d: DaemonSetId, version: int) -> bool:
    daemon_set = c.daemon_sets.get(d)
    wanted = (version, c.scope.daemon_sets[d].revisions[version])
    return daemon_set is not None and wanted == (daemon_set.manifest, daemon_set.template)


def _apply_bare(c: Cluster, document: Document) -> None:
    if document.kind == "Pod":
        p = PodId(document.name)
        if p not in c.pods:
            apiserver.create_bare_pod(c, p)
    else:
        r = ReplicaSetId(document.name)
        if r not in c.replica_sets:
            apiserver.create_replica_set(c, r, replicas=c.scope.replica_sets[r].replicas)


def _apply_autoscaler(c: Cluster, a: AutoscalerId) -> None:
    """One whose target nobody knows is not in the scope."""
    if a in c.autoscalers and not c.autoscalers[a].exists:
        c.autoscalers[a].exists = True
        apiserver.update(c, c.autoscalers[a])


def _apply_quota(c: Cluster, q: QuotaId) -> None:
    """One that limits nothing that is counted here is not in the scope."""
    if q in c.quotas and not c.quotas[q].exists:
        c.quotas[q].exists = True
        apiserver.update(c, c.quotas[q])


def _apply_webhooks(c: Cluster, w: WebhookConfigurationId) -> None:
    """One whose webhooks can refuse nothing is not in the scope."""
    if w in c.webhook_configurations and not c.webhook_configurations[w].exists:
        c.webhook_configurations[w].exists = True
        apiserver.update(c, c.webhook_configurations[w])


def _apply_custom_object(c: Cluster, o: CustomObjectId, version: int) -> None:
    custom_object = c.custom_objects[o]
    if custom_object.exists and custom_object.version == version:
        return
    if not custom_object.exists:
        custom_object.exists = True
        custom_object.uid = fresh
    custom_object.version = version
    apiserver.update(c, custom_object)


def change_spec(c: Cluster, d: DeploymentId, *, replicas: int, template: str) -> None:
    """Write a Deployment's spec; a change raises its generation, which its controller has yet to observe."""
    deployment = c.deployments[d]
    if (deployment.replicas, deployment.template) != (replicas, template):
        deployment.observed = False
    deployment.replicas, deployment.template = replicas, template
    apiserver.update(c, deployment)
