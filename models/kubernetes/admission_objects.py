"""What admission looks at, as plain frozen values: ResourceQuotas.

Source: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/resource-quota-v1/
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from clusterproof.models.kubernetes.objects import ObjectMeta, Source


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
