"""The TTL-after-finished controller: a Job that is over goes after ttlSecondsAfterFinished, with its pods.

Source: pkg/controller/ttlafterfinished/ttlafterfinished_controller.go
"""

from __future__ import annotations

from clusterproof import Component, Timer, require, weak
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.names import JobId
from clusterproof.models.kubernetes.state import Cluster

controller = Component("ttl-after-finished", runs_when=controllers_run, fair=weak)


@controller.action(writes=("jobs.deleting", "jobs.ttl", "jobs.resource_version", *apiserver.COMMIT))
def delete_job(c: Cluster, j: JobId) -> None:
    """The time is up: DELETE the Job in the foreground, so that its pods go first. Source: processJob"""
    job = require(c.jobs.get(j))
    require(not job.deleting and job.ttl.due(cause=job.finished))
    job.deleting, job.ttl = True, Timer()
    apiserver.update(c, job)
