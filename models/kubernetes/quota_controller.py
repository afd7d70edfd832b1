"""The resource quota controller: the status of a quota says what is used.

Source: pkg/controller/resourcequota/resource_quota_controller.go
"""

from __future__ import annotations

from clusterproof import Component, require, weak
from clusterproof.models.kubernetes import apiserver, quotas
from clusterproof.models.kubernetes.admission_state import Resource
from clusterproof.models.kubernetes.control_plane import controllers_run
from clusterproof.models.kubernetes.names import QuotaId
from clusterproof.models.kubernetes.state import Cluster

controller = Component("resourcequota-controller", runs_when=controllers_run, fair=weak)


@controller.action(writes=("quotas", *apiserver.COMMIT))
def sync(c: Cluster, q: QuotaId) -> None:
    """Write what is used, if it differs: at first, and when something has gone. Source: syncResourceQuota"""
    quota = c.quotas[q]
    require(quota.exists)
    used = quotas.current_usage(c, q)
    require(not quota.observed or any(quota.used[Resource(each)] != amount for each, amount in used.items()))
    quota.observed = True
    for resource, amount in used.items():
        quota.used[Resource(resource)] = amount
    apiserver.update(c, quota)
