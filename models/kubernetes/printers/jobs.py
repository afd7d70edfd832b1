"""Jobs in a table.

Source: pkg/printers/internalversion/printers.go (printJob)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from clusterproof.models.kubernetes.printers.durations import human_duration, seconds_between
from clusterproof.models.kubernetes.printers.pod_templates import CONTAINERS, SELECTOR, age, wide_cells
from clusterproof.models.kubernetes.printers.table import ApiObject, Cells, Column, Options, Printer

STATUS_SINCE_MINOR = 31
"""The release that brought the column STATUS."""


def _columns(options: Options) -> Sequence[Column]:
    status = (Column("Status"),) if options.minor >= STATUS_SINCE_MINOR else ()
    return (
        Column("Name"),
        *status,
        Column("Completions"),
        Column("Duration"),
        Column("Age"),
        *CONTAINERS,
        SELECTOR,
    )


def print_job(job: ApiObject, options: Options) -> Cells:
    """NAME STATUS COMPLETIONS DURATION AGE; no STATUS before 1.31."""
    return [
        job["metadata"]["name"],
        *((job_status(job),) if options.minor >= STATUS_SINCE_MINOR else ()),
        _completions(job),
        _duration(job, options.now),
        age(job, options),
        *wide_cells(job, options),
    ]


JOB = Printer(columns=_columns, cells=print_job)


def job_status(job: ApiObject) -> str:
    """Complete, Failed, Terminating, Suspended, FailureTarget or Running; the first that is true."""
    conditions = (job.get("status") or {}).get("conditions") or ()
    true = {condition["type"] for condition in conditions if condition["status"] == "True"}
    deleting = bool(job["metadata"].get("deletionTimestamp"))
    words = {
        "Complete": "Complete" in true,
        "Failed": "Failed" in true,
        "Terminating": deleting,
        "Suspended": "Suspended" in true,
        "FailureTarget": "FailureTarget" in true,
    }
    return next((word for word, holds in words.items() if holds), "Running")


def _completions(job: ApiObject) -> str:
    """Succeeded pods of those wanted; a work queue wants one, of as many as run in parallel."""
    succeeded = (job.get("status") or {}).get("succeeded") or 0
    wanted, parallelism = job["spec"].get("completions"), job["spec"].get("parallelism") or 0
    if wanted is not None:
        return f"{succeeded}/{wanted}"
    return f"{succeeded}/1" + (f" of {parallelism}" if parallelism > 1 else "")


def _duration(job: ApiObject, now: datetime) -> str:
    status = job.get("status") or {}
    started, completed = status.get("startTime"), status.get("completionTime")
    if not started:
        return ""
    return human_duration(seconds_between(started, datetime.fromisoformat(completed) if completed else now))
