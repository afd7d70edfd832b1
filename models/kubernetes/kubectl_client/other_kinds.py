"""Kinds that every cluster has and this kubectl does not show: to say that there are none of them would be wrong.

Source: https://kubernetes.io/docs/reference/kubectl/#resource-types
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

OTHER_KINDS: Mapping[str, tuple[str, ...]] = {
    "clusterrolebindings": ("clusterrolebinding",),
    "clusterroles": ("clusterrole",),
    "componentstatuses": ("componentstatus", "cs"),
    "controllerrevisions": ("controllerrevision",),
    "customresourcedefinitions": ("customresourcedefinition", "crd", "crds"),
    "endpoints": ("ep",),
    "ingressclasses": ("ingressclass",),
    "ingresses": ("ingress", "ing"),
    "leases": ("lease",),
    "limitranges": ("limitrange", "limits"),
    "mutatingwebhookconfigurations": ("mutatingwebhookconfiguration",),
    "namespaces": ("namespace", "ns"),
    "networkpolicies": ("networkpolicy", "netpol"),
    "persistentvolumeclaims": ("persistentvolumeclaim", "pvc"),
    "persistentvolumes": ("persistentvolume", "pv"),
    "priorityclasses": ("priorityclass", "pc"),
    "replicationcontrollers": ("replicationcontroller", "rc"),
    "resourcequotas": ("resourcequota", "quota"),
    "rolebindings": ("rolebinding",),
    "roles": ("role",),
    "secrets": ("secret",),
    "serviceaccounts": ("serviceaccount", "sa"),
    "storageclasses": ("storageclass", "sc"),
    "validatingwebhookconfigurations": ("validatingwebhookconfiguration",),
}
"""Plural -> singular and short names."""

_NAMES = frozenset(chain(OTHER_KINDS, *OTHER_KINDS.values()))


def is_other_kind(word: str) -> bool:
    """Whether a word, with or without a group behind it, means one of them."""
    return word.lower().partition(".")[0] in _NAMES
