"""Node labels that the node lifecycle controller keeps in step with their successors.

Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go, labelReconcileInfo
"""

from __future__ import annotations

from clusterproof.models.kubernetes.objects import Labels

SECONDARY_LABELS = {
    "kubernetes.io/os": "beta.kubernetes.io/os",
    "kubernetes.io/arch": "beta.kubernetes.io/arch",
}


def reconcile_node_labels(labels: Labels) -> dict[str, str]:
    """The labels with each old name carrying the value of the new one. Source: reconcileNodeLabels"""
    secondary = {old: labels[new] for new, old in SECONDARY_LABELS.items() if new in labels}
    return {**labels, **secondary}
