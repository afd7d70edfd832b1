"""CronJobs in a table.

Source: pkg/printers/internalversion/printers.go (printCronJob)
"""

from __future__ import annotations

from collections.abc import Sequence

from clusterproof.models.kubernetes.printers.durations import human_duration, seconds_between
from clusterproof.models.kubernetes.printers.pod_templates import CONTAINERS, SELECTOR, age, wide_cells
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer

NONE = "<none>"
TIME_ZONE_SINCE_MINOR = 30
"""The release that brought the column TIMEZONE."""


def _columns(options: Options) -> Sequence[Column]:
    time_zone = (Column("Timezone"),) if options.minor >= TIME_ZONE_SINCE_MINOR else ()
    return (
        Column("Name"),
        Column("Schedule"),
        *time_zone,
        Column("Suspend"),
        Column("Active"),
        Column("Last Schedule"),
        Column("Age"),
        *CONTAINERS,
        SELECTOR,
    )


def print_cron_job(cron_job: ApiObject, options: Options) -> Cells:
    """NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE; no TIMEZONE before 1.30."""
    spec, status = cron_job["spec"], cron_job.get("status") or {}
    last = status.get("lastScheduleTime")
    return [
        cron_job["metadata"]["name"],
        spec["schedule"],
        *((spec.get("timeZone") or NONE,) if options.minor >= TIME_ZONE_SINCE_MINOR else ()),
        "True" if spec.get("suspend") else "False",
        len(status.get("active") or ()),
        human_duration(seconds_between(last, options.now)) if last else NONE,
        age(cron_job, options),
        *wide_cells({"metadata": cron_job["metadata"], "spec": spec["jobTemplate"]["spec"]}, options),
    ]


CRON_JOB = Printer(columns=_columns, cells=print_cron_job)
