"""The catalogue: every named property of the Kubernetes model, with its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusterproof import Property
from clusterproof.properties import (
    admission,
    autoscaling,
    containers,
    control_plane_loss,
    cron_jobs,
    deletion,
    jobs,
    lost_disks,
    lost_nodes,
    nodes,
    preemption,
    rollouts,
    services,
    sets,
    store,
    workloads,
)

_PARTS: tuple[Property[Any], ...] = (
    control_plane_loss.containers_keep_running,
    control_plane_loss.exited_containers_come_back,
    control_plane_loss.proxies_keep_their_rules,
    services.entry_point_reachable,
    workloads.deployments_converge,
    workloads.bare_replica_sets_converge,
    sets.stateful_sets_converge,
    sets.daemon_sets_converge,
    jobs.jobs_converge,
    autoscaling.autoscaler_keeps_its_limits,
    autoscaling.size_comes_within_limits,
    autoscaling.autoscaler_settles,
    admission.quotas_are_kept,
    admission.webhooks_answer,
    admission.a_deleted_namespace_goes,
    admission.nothing_is_created_in_a_deleted_namespace,
    control_plane_loss.no_pod_is_written,
    control_plane_loss.no_replica_set_is_written,
    control_plane_loss.no_deployment_is_written,
    control_plane_loss.no_stateful_set_is_written,
    control_plane_loss.no_daemon_set_is_written,
    control_plane_loss.no_controller_revision_is_written,
    jobs.no_job_is_written,
    cron_jobs.no_cron_job_is_written,
    control_plane_loss.no_service_is_written,
    control_plane_loss.no_budget_is_written,
    control_plane_loss.no_autoscaler_is_written,
    control_plane_loss.no_quota_is_written,
    control_plane_loss.no_config_map_is_written,
    control_plane_loss.no_node_is_written,
    containers.init_containers_run_first,
    containers.failed_probes_restart,
    services.endpoints_eventually_right,
    workloads.rollout_keeps_its_floor,
    sets.stateful_set_keeps_its_floor,
    sets.daemon_set_keeps_its_floor,
    workloads.rollout_keeps_its_ceiling,
    rollouts.rollouts_meet_their_deadline,
    rollouts.rollout_status_ends,
    deletion.a_deleted_deployment_goes,
    deletion.orphans_stay,
    sets.at_most_one_pod_per_ordinal,
    sets.pods_are_created_in_order,
    sets.surplus_pods_go_from_the_top,
    sets.updates_go_from_the_top,
    lost_nodes.lost_pods_are_removed,
    lost_nodes.stateful_sets_outlive_lost_nodes,
    lost_disks.stored_pods_are_kept,
    lost_disks.stored_deployments_are_kept,
    lost_disks.containers_outlive_lost_disks,
    lost_disks.the_store_answers,
    cron_jobs.cron_jobs_run,
    cron_jobs.cron_jobs_do_not_overlap,
    jobs.jobs_finish,
    jobs.jobs_keep_their_parallelism,
    jobs.finished_jobs_stay_finished,
    jobs.no_more_succeed_than_are_wanted,
    jobs.every_end_counts_once,
    preemption.preemption_makes_room,
    preemption.preemption_spares_the_important,
    nodes.no_double_binding,
    nodes.node_capacity,
    nodes.no_new_pod_on_an_unschedulable_node,
    nodes.evictions_respect_the_budget,
    nodes.no_mass_eviction_after_outage,
    nodes.drain_terminates,
    store.pod_revisions_grow,
    store.replica_set_revisions_grow,
    store.deployment_revisions_grow,
    store.stateful_set_revisions_grow,
    store.daemon_set_revisions_grow,
    store.controller_revisions_grow,
    jobs.job_revisions_grow,
    cron_jobs.cron_job_revisions_grow,
    store.optimistic_concurrency,
    store.fresh_uids,
    store.pod_deletion_is_final,
    store.deployment_deletion_is_final,
    store.replica_set_deletion_is_final,
    services.no_request_to_dead_endpoint,
)


def _by_name() -> dict[str, tuple[Property[Any], ...]]:
    found: dict[str, tuple[Property[Any], ...]] = {}
    for part in _PARTS:
        found[part.name] = (*found.get(part.name, ()), part)
    return found


CATALOGUE: Mapping[str, tuple[Property[Any], ...]] = _by_name()
"""Name -> the properties it is made of."""

ABOUT_ALL: frozenset[str] = frozenset({"fresh-uids"})
"""Compares each object with all others, so that no group of objects can be checked without the rest."""

OPT_IN: frozenset[str] = frozenset(
    {"no-request-to-dead-endpoint", "revisions-grow", "optimistic-concurrency", "fresh-uids", "deletion-is-final"}
)
"""Checked only when asked for by name: what ordinary Kubernetes does not promise, and the laws of the store."""
