"""kubectl on Jobs: delete. What applying one comes to is in kubectl_apply.py.

Source: staging/src/k8s.io/kubectl/pkg
"""

from __future__ import annotations

from clusterproof import require
from clusterproof.models.kubernetes import apiserver
from clusterproof.models.kubernetes.kubectl import may
from clusterproof.models.kubernetes.kubectl_sets import user as user  # noqa: PLC0414  (whose further actions these are)
from clusterproof.models.kubernetes.names import JobId, job_name
from clusterproof.models.kubernetes.state import Cluster


@user.action(writes=("jobs", *apiserver.COMMIT))
def delete_job(c: Cluster, j: JobId) -> None:
    """`kubectl delete job`, in the background: its pods lose their finalizers, and go."""
    require(may(c, "delete_job", job_name(j)) and j in c.jobs)
    apiserver.remove_job(c, j)
