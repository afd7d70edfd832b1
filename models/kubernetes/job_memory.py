"""What the Job controller holds in memory about a Job: how long it waits after failures. A restart forgets it.

Source: pkg/controller/job/backoff_utils.go (backoffStore)
"""

from __future__ import annotations

from clusterproof import Timer
from clusterproof.models.kubernetes.state import Cluster

KEPT = ("jobs.failures", "jobs.back_off")


def forget(c: Cluster) -> None:
    """A Job that waited goes on at once."""
    for job in c.jobs.values():
        if job.failures or job.back_off.armed:
            job.failures, job.back_off = 0, Timer()
