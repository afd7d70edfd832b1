"""Instants of small clusters, reached by taking steps one after the other, for tests of what kubectl shows."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from kubernetes_systems import after

from clusterproof import Action
from clusterproof.models.kubernetes.api_objects.instant import Instant, PastStep
from clusterproof.models.kubernetes.state import Cluster


@define
class Run:
    """A run of a cluster: steps are taken, and time passes in between; seconds is None for an untimed run."""

    cluster: Cluster
    seconds: int | None = 0
    past: list[PastStep] = field(init=False, factory=list)

    def take(self, action: Action[Any], *arguments: Any) -> Run:
        """Take a step that has one outcome."""
        return self.become(after(self.cluster, action, *arguments), action, *arguments)

    def become(self, cluster: Cluster, action: Action[Any], *arguments: Any) -> Run:
        """Take a step of several outcomes, to this one."""
        self.past.append(
            PastStep(
                action=f"{action.component.name}.{action.name}",
                arguments=tuple(map(str, arguments)),
                at_seconds=self.seconds,
                before=self.cluster,
                after=cluster,
            )
        )
        self.cluster = cluster
        return self

    def wait(self, seconds: int) -> Run:
        """Let time pass."""
        self.seconds = (self.seconds or 0) + seconds
        return self

    @property
    def now(self) -> Instant:
        """The instant that the run has come to."""
        return Instant(cluster=self.cluster, at_seconds=self.seconds, past=tuple(self.past))
