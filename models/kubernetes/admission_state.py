"""The part of a cluster's state that admission looks at: ResourceQuotas, and configurations of webhooks."""

from __future__ import annotations

from typing import NewType

from clusterproof import Map, Serial, field, state

Resource = NewType("Resource", str)
"""What a quota counts, such as `requests.cpu`."""


@state
class ResourceQuota:
    """A ResourceQuota object. observed: its controller has counted once, so that the status is there."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    exists: bool = field(default=False, display="")
    observed: bool = field(default=False, display=".status is there")
    used: Map[Resource, int] = field(default=Map({}), display=".status.used")


@state
class WebhookConfiguration:
    """A ValidatingWebhookConfiguration or MutatingWebhookConfiguration object."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    exists: bool = field(default=False, display="")


@state
class Namespace:
    """A Namespace object that somebody may delete. deleting: its phase is Terminating."""

    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    exists: bool = field(default=True, display="")
    deleting: bool = field(default=False, display=".metadata.deletionTimestamp")
