"""etcd: one store, whose every committed write gets the next revision.

Source: https://etcd.io/docs/v3.6/learning/api_guarantees/
"""

from __future__ import annotations

from clusterproof import fresh
from clusterproof.models.kubernetes.state import Cluster


def is_up(c: Cluster) -> bool:
    """Whether the store answers; with its only member down there is no quorum."""
    return c.static_pods[c.scope.etcd].running


def commit(c: Cluster) -> int:
    """Commit one write: the store's revision becomes the next number, which is returned for the object written."""
    c.etcd.revision = fresh
    return fresh
