"""What a check takes for granted about admission."""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.objects import Manifests


def admission_assumptions(applied: Sequence[Manifests]) -> list[str]:
    """One line for each thing that quotas of these manifests ask for and the model does not look at."""
    lines: list[str] = []
    for quota in (quota for manifests in applied for quota in manifests.resource_quotas):
        who = f"ResourceQuota/{quota.metadata.name} ({quota.source})"
        if quota.scoped:
            lines.append(f"{who}: counts pods of some scopes only, and is taken to let in everything")
            continue
        lines += [f"{who}: there is always room for {resource}" for resource in quota.other_resources]
    return lines
