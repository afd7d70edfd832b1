"""The planted defects, by area."""

from __future__ import annotations

from planting import Defect

from planted import autoscaling, control_plane, nodes, probes, services, sets, store, workloads

DEFECTS: tuple[Defect, ...] = (
    *autoscaling.DEFECTS,
    *control_plane.DEFECTS,
    *nodes.DEFECTS,
    *probes.DEFECTS,
    *services.DEFECTS,
    *sets.DEFECTS,
    *store.DEFECTS,
    *workloads.DEFECTS,
)
