"""Systems with a bug that needs many steps in one order, or a fault at the one wrong moment.

Each has some 15 actions, and takes a walk without guidance longer than anyone waits.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal, NewType

from clusterproof import (
    Claims,
    Component,
    Map,
    System,
    Whenever,
    always,
    claim,
    eventually_always,
    leads_to,
    require,
    state,
    step,
    weak,
)

Button = NewType("Button", int)
BUTTONS = tuple(Button(number) for number in range(15))
CODE = (3, 1, 4, 11, 5, 9, 2, 6, 12, 5, 3, 14, 8)
"""Which button opens each of the 13 bolts."""


# ---------------------------------------------------------------- a lock that falls shut


@state
class Lock:
    """How many bolts are open."""

    open: int = 0


hand = Component("hand")


@hand.action
def press(lock: Lock, button: Button) -> None:
    """The right button opens the next bolt, a wrong one closes all."""
    right = lock.open < len(CODE) and CODE[lock.open] == button
    lock.open = lock.open + 1 if right else 0


@always
def it_stays_shut(lock: Lock) -> Claims:
    """Nobody finds out the code."""
    yield claim(lock.open < len(CODE), "not all bolts are open")


def lock() -> System[Any]:
    """13 of 15 buttons in one order, and every wrong one starts anew."""
    return System(Lock(), components=[hand], properties=[it_stays_shut], domains={Button: BUTTONS}, name="lock")


# ---------------------------------------------------------------- a lock in a noisy room


@state
class Room:
    """How many bolts are open, and lamps that have nothing to do with it."""

    open: int = 0
    lamps: Map[Button, bool]


noisy = Component("room")


@noisy.action
def turn(room: Room, button: Button) -> None:
    """The right button opens the next bolt; a wrong one closes one, and switches a lamp."""
    right = room.open < len(CODE) and CODE[room.open] == button
    if right:
        room.open = room.open + 1
    else:
        room.open = max(room.open - 1, 0)
        room.lamps[button] = not room.lamps[button]


@always
def the_room_stays_shut(room: Room) -> Claims:
    """Nobody finds out the code."""
    yield claim(room.open < len(CODE), "not all bolts are open")


def noisy_lock() -> System[Any]:
    """The same among 32,768 settings of lamps, so that hardly a state is met twice."""
    start = Room(lamps=Map((button, False) for button in BUTTONS))
    return System(start, components=[noisy], properties=[the_room_stays_shut], domains={Button: BUTTONS}, name="room")


# ---------------------------------------------------------------- a journal with one unsafe moment

JobId = NewType("JobId", str)


class Stage(Enum):
    """How far a job has come."""

    NEW = 0
    READ = 1
    LOCKED = 2
    CHARGED = 3
    WRITTEN = 4
    DONE = 5


@state
class Job:
    """A job as the database knows it."""

    stage: Stage = Stage.NEW
    charges: int = 0


@state
class Shop:
    """Jobs done one after the other, by a worker that keeps in memory what it does."""

    jobs: Map[JobId, Job]
    holds: JobId | None = None
    up: bool = True
    recovered: bool = False
    audits: int = 0


worker = Component("worker", fair=weak)
machine = Component("machine")
auditor = Component("auditor")


def _next(shop: Shop) -> JobId:
    """The first job that is not done: jobs are done in order."""
    return require(next((j for j, job in shop.jobs.items() if job.stage is not Stage.DONE), None))


def _held(shop: Shop, stage: Stage) -> Job:
    require(shop.up)
    job = shop.jobs[require(shop.holds)]
    require(job.stage is stage)
    return job


@worker.action
def take(shop: Shop) -> None:
    """Take the next job."""
    require(shop.up and shop.holds is None)
    shop.holds = _next(shop)
    job = shop.jobs[shop.holds]
    if job.stage is Stage.NEW:
        job.stage = Stage.READ


@worker.action
def acquire(shop: Shop) -> None:
    """Lock what it is about."""
    _held(shop, Stage.READ).stage = Stage.LOCKED


@worker.action
def charge(shop: Shop) -> None:
    """Take the money."""
    job = _held(shop, Stage.LOCKED)
    job.charges = min(job.charges + 1, 2)
    job.stage = Stage.CHARGED


@worker.action
def write(shop: Shop) -> None:
    """Write the journal."""
    _held(shop, Stage.CHARGED).stage = Stage.WRITTEN


@worker.action
def finish(shop: Shop) -> None:
    """Let go of it."""
    job = _held(shop, Stage.WRITTEN)
    job.stage = Stage.DONE
    shop.holds = None


@machine.fault
def crash(shop: Shop) -> None:
    """The worker goes down and forgets; in the last job a charge that is not written yet is forgotten with it."""
    require(shop.up)
    shop.up = False
    last = list(shop.jobs)[-1]
    if shop.holds == last and shop.jobs[last].stage is Stage.CHARGED:
        shop.jobs[last].stage = Stage.READ
    shop.holds = None


@machine.action
def recover(shop: Shop) -> None:
    """The worker comes back."""
    require(not shop.up)
    shop.up = shop.recovered = True


@auditor.action
def audit(shop: Shop, kind: Literal["a", "b", "c", "d", "e", "f", "g", "h"]) -> None:
    """Somebody looks, and counts how often."""
    shop.audits = (shop.audits + ord(kind) - 96) % 64


@always
def nobody_pays_twice(shop: Shop) -> Claims:
    """Every job is charged once."""
    for j, job in shop.jobs.items():
        yield claim(job.charges <= 1, "a job is charged once", j)


@eventually_always
def the_work_is_done(shop: Shop) -> Claims:
    """In the end every job is done and charged once."""
    yield claim(all(job.stage is Stage.DONE and job.charges == 1 for job in shop.jobs.values()), "all is done, once")


@leads_to
def a_crash_is_survived(shop: Shop) -> Whenever:
    """After a crash the worker comes back."""
    return Whenever(given=not shop.up, then=shop.up)


@step
def charges_are_never_taken_back(before: Shop, after: Shop) -> Claims:
    """A charge stays a charge, and no second one is made."""
    for j, job in before.jobs.items():
        yield claim(after.jobs[j].charges <= max(job.charges, 1), "no second charge is made", j)


def journal(*properties: Any) -> System[Any]:
    """Three jobs; a crash matters between the charge and the journal of the last one only: 13 steps before it."""
    start = Shop(jobs=Map((JobId(f"job-{number}"), Job()) for number in range(3)))
    return System(
        start,
        components=[worker, machine, auditor],
        properties=properties or [nobody_pays_twice],
        budgets={crash: 1},
        name="journal",
    )
