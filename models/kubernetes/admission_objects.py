"""What admission looks at, as plain frozen values: ResourceQuotas, webhooks, and the labels of Namespaces.

Source: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/resource-quota-v1/ and
https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/validating-webhook-configuration-v1/
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from clusterproof.models.kubernetes.objects import LabelSelector, ObjectMeta, Source


@frozen(kw_only=True)
class ResourceQuota:
    """How much a namespace may use.

    hard: resource, such as requests.cpu or count/deployments.apps, -> amount (cpu in millicores, memory in bytes,
    others as counted). other_resources: those of kinds that are not counted here. scoped: it counts some pods only.
    """

    metadata: ObjectMeta
    hard: Mapping[str, int] = Factory(dict)
    other_resources: tuple[str, ...] = ()
    scoped: bool = False
    source: Source


@frozen(kw_only=True)
class PriorityClass:
    """A priority with a name. global_default: pods that name no class get it. preemption_policy: or Never."""

    metadata: ObjectMeta
    value: int = 0
    global_default: bool = False
    preemption_policy: str = "PreemptLowerPriority"
    source: Source


@frozen(kw_only=True)
class WebhookRule:
    """Requests that a webhook is asked about; `*` stands for all. scope: Cluster, Namespaced or *."""

    operations: tuple[str, ...]
    api_groups: tuple[str, ...]
    api_versions: tuple[str, ...]
    resources: tuple[str, ...]
    scope: str = "*"


@frozen(kw_only=True)
class Webhook:
    """A webhook of a configuration. service: namespace and name of what answers, None for a URL.

    failure_policy: Fail or Ignore. conditional: it has matchConditions.
    """

    name: str
    service: tuple[str, str] | None = None
    rules: tuple[WebhookRule, ...] = ()
    failure_policy: str = "Fail"
    namespace_selector: LabelSelector = Factory(LabelSelector)
    object_selector: LabelSelector = Factory(LabelSelector)
    conditional: bool = False


@frozen(kw_only=True)
class WebhookConfiguration:
    """kind: ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""

    kind: str
    metadata: ObjectMeta
    webhooks: tuple[Webhook, ...] = ()
    source: Source


@frozen(kw_only=True)
class Namespace:
    """A Namespace; webhooks look at its labels."""

    metadata: ObjectMeta
    source: Source


@frozen(kw_only=True)
class LimitRangeItem:
    """What each container of a namespace, or each pod, gets and may have. type: Container or Pod.

    default, default_request: limits and requests of containers that have none of their own. minimum, maximum: of what
    is requested and limited.
    """

    type: str
    default: Mapping[str, int] = Factory(dict)
    default_request: Mapping[str, int] = Factory(dict)
    minimum: Mapping[str, int] = Factory(dict)
    maximum: Mapping[str, int] = Factory(dict)


@frozen(kw_only=True)
class LimitRange:
    """A LimitRange; other_limits: what of it is not looked at."""

    metadata: ObjectMeta
    items: tuple[LimitRangeItem, ...] = ()
    other_limits: tuple[str, ...] = ()
    source: Source
