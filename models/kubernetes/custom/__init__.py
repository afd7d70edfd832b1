"""Controllers of one's own: a CustomResourceDefinition, its objects, and a reconcile function in the language."""

from __future__ import annotations

from clusterproof.models.kubernetes.custom.controller import CustomController
from clusterproof.models.kubernetes.custom.crd import CustomResourceDefinition, load_crd
from clusterproof.models.kubernetes.custom.pod_template import load_pod_template
from clusterproof.models.kubernetes.custom.reconcile import Memory, OwnedPod, Reconcile
from clusterproof.models.kubernetes.custom.system import controller_system

__all__ = [
    "CustomController",
    "CustomResourceDefinition",
    "Memory",
    "OwnedPod",
    "Reconcile",
    "controller_system",
    "load_crd",
    "load_pod_template",
]
