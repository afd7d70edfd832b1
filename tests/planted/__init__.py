"""The planted defects, by area."""

from __future__ import annotations

from planting import Defect

from planted import (
    admission,
    autoscaling,
    containers,
    control_plane,
    cron_jobs,
    deletion,
    high_availability,
    jobs,
    lost_disks,
    lost_nodes,
    nodes,
    rollouts,
    services,
    sets,
    store,
    workloads,
)

DEFECTS: tuple[Defect, ...] = (
    *admission.DEFECTS,
    *autoscaling.DEFECTS,
    *containers.DEFECTS,
    *control_plane.DEFECTS,
    *high_availability.DEFECTS,
    *cron_jobs.DEFECTS,
    *deletion.DEFECTS,
    *jobs.DEFECTS,
    *lost_disks.DEFECTS,
    *lost_nodes.DEFECTS,
    *nodes.DEFECTS,
    *rollouts.DEFECTS,
    *services.DEFECTS,
    *sets.DEFECTS,
    *store.DEFECTS,
    *workloads.DEFECTS,
)
