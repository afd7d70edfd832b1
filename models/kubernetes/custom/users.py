"""What the user may do with custom objects, besides applying their manifests."""

from __future__ import annotations

from clusterproof import Component, require
from clusterproof.models.kubernetes import apiserver, etcd, watch
from clusterproof.models.kubernetes.names import CustomId
from clusterproof.models.kubernetes.state import Cluster

user = Component("user-of-custom-objects", runs_when=apiserver.is_serving, urgent=False)


@user.action
def delete(c: Cluster, k: CustomId) -> None:
    """`kubectl delete`: the object is gone at once, for it has no finalizers; the garbage collector does the rest."""
    custom = c.custom[k]
    require(custom.exists)
    etcd.commit(c)
    custom.exists = False
    custom.manifest = 0
    for name in c.scope.custom_objects[k].status:
        custom.status[name] = None
    watch.enqueue(c, k)
