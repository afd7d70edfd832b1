"""What admission looks at and what does not change while a cluster is checked."""

from __future__ import annotations

from attrs import frozen

from clusterproof.models.kubernetes.admission_objects import ResourceQuota
from clusterproof.models.kubernetes.names import PodId


@frozen(kw_only=True, eq=False)
class QuotaScope:
    """A ResourceQuota, and the pods that there may be in its namespace."""

    manifest: ResourceQuota
    pods: tuple[PodId, ...] = ()

    @property
    def namespace(self) -> str:
        """The namespace that it limits."""
        return self.manifest.metadata.namespace
