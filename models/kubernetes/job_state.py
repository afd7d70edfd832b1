"""The state of Jobs, and what the Job controller keeps about their pods."""

from __future__ import annotations

from enum import Enum

from clusterproof import Serial, Timer, field, state


class JobEnd(Enum):
    """What a Job comes to, once that is known."""

    OPEN = "-"
    COMPLETE = "SuccessCriteriaMet"
    FAILED = "FailureTarget"


class PodCount(Enum):
    """How far the end of a pod has been counted.

    SUCCEEDED, FAILED: it is in status.uncountedTerminatedPods of its Job. LET_GO: it is not to be counted any more.
    """

    OPEN = "-"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LET_GO = "let go"


@state
class Job:
    """A Job object. `manifest` numbers the manifest that was applied last, and so is its spec.

    target: what it comes to; finished: the condition Complete or Failed says so. failures, back_off: what the
    controller remembers of failures in a row. deadline: what is left of activeDeadlineSeconds.
    """

    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    deleting: bool = field(default=False, display=".metadata.deletionTimestamp")
    manifest: int = field(default=0, display=".metadata.annotations[last-applied]")
    started: bool = field(default=False, display=".status.startTime")
    suspended: bool = field(default=False, display=".status.conditions[Suspended]")
    active: int = field(default=0, display=".status.active")
    succeeded: int = field(default=0, display=".status.succeeded")
    failed: int = field(default=0, display=".status.failed")
    completed_indexes: str = field(default="", display=".status.completedIndexes")
    failed_indexes: str = field(default="", display=".status.failedIndexes")
    target: JobEnd = field(default=JobEnd.OPEN, display=".status.conditions")
    reason: str = field(default="", display=".status.conditions[].reason")
    finished: bool = field(default=False, display=" finished")
    deadline: Timer = field(default=Timer(), display=".spec.activeDeadlineSeconds")
    ttl: Timer = field(default=Timer(), display=".spec.ttlSecondsAfterFinished")
    failures: int = field(default=0, display=" failures in a row")
    back_off: Timer = field(default=Timer(), display=" back-off")


@state
class JobPod:
    """What binds a pod to its Job, until its end is counted. The id stays taken for as long.

    finalizer: batch.kubernetes.io/job-tracking, which keeps the object. index_failures: the failures of its index
    before it. back_off: how long its index waits for the next pod.
    """

    finalizer: bool = field(default=True, display=".metadata.finalizers[job-tracking]")
    count: PodCount = field(default=PodCount.OPEN, display=" uncounted end")
    index_failures: int = field(default=0, display=".metadata.annotations[job-index-failure-count]")
    back_off: Timer = field(default=Timer(), display=" back-off of its index")


@state
class CronJob:
    """A CronJob object, and where its schedule stands.

    passed: how many times of the schedule have come; last_schedule: the last one that had its turn. next: until the
    next one. deadline: what is left of startingDeadlineSeconds since the last one.
    """

    uid: Serial = field(default=0, display=".metadata.uid")
    resource_version: Serial = field(default=0, display=".metadata.resourceVersion")
    manifest: int = field(default=0, display=".metadata.annotations[last-applied]")
    last_schedule: int = field(default=0, display=".status.lastScheduleTime")
    passed: int = field(default=0, display=" times that have passed")
    next: Timer = field(default=Timer(), display=" next time")
    deadline: Timer = field(default=Timer(), display=".spec.startingDeadlineSeconds")
