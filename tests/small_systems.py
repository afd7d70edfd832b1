"""Small systems with planted bugs, one for every kind of property, shared by the tests."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, NewType

from clusterproof import (
    Claims,
    Component,
    Map,
    Property,
    StepInfo,
    System,
    Table,
    Timer,
    Whenever,
    always,
    always_eventually,
    choose,
    claim,
    cover,
    eventually_always,
    leads_to,
    reachable,
    require,
    state,
    step,
    unbounded,
    weak,
)

# --- a worker that may crash while it runs its jobs

JobId = NewType("JobId", str)


class Job(Enum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    LOST = "lost"
    DONE = "done"


@state
class Shop:
    """The jobs, and whether the machine is up."""

    jobs: Map[JobId, Job]
    up: bool = True


worker = Component("worker", each=JobId, fair=weak)
machine = Component("machine", fair=weak)


@worker.action
def start(s: Shop, j: JobId) -> None:
    """A waiting job starts."""
    require(s.up and s.jobs[j] is Job.WAITING)
    s.jobs[j] = Job.RUNNING


@worker.action
def finish(s: Shop, j: JobId) -> None:
    """A running job is done."""
    require(s.up and s.jobs[j] is Job.RUNNING)
    s.jobs[j] = Job.DONE


@worker.action
def retry(s: Shop, j: JobId) -> None:
    """A lost job waits again."""
    require(s.jobs[j] is Job.LOST)
    cover("a job is retried")
    s.jobs[j] = Job.WAITING


@machine.action
def recover(s: Shop) -> None:
    """The machine comes back."""
    s.up = True


@machine.action
def explode(s: Shop) -> None:
    """Never enabled."""
    require(s.up and not s.up)
    cover("the machine explodes")
    s.up = False


@machine.fault
def crash(s: Shop) -> None:
    """The machine goes down and loses what runs on it."""
    require(s.up)
    s.up = False
    for j, job in s.jobs.items():
        if job is Job.RUNNING:
            s.jobs[j] = Job.LOST


@always
def nothing_is_lost(s: Shop) -> Claims:
    """Refuted by a crash."""
    for j, job in s.jobs.items():
        yield claim(job is not Job.LOST, "no job is lost", j)


@always
def something_is_lost(s: Shop) -> Claims:
    """The opposite of nothing_is_lost."""
    yield claim(any(job is Job.LOST for job in s.jobs.values()), "some job is lost")


@always
def two_claims(s: Shop) -> Claims:
    """Two claims, broken at different depths, and one that holds."""
    yield claim(not any(job is Job.DONE for job in s.jobs.values()), "no job is done")
    yield claim(s.up, "the machine is up")
    yield claim(len(s.jobs) > 0, "there are jobs")


@always
def says_nothing(s: Shop) -> Claims:
    """Makes no claim, ever."""
    if len(s.jobs) > 1000:
        yield claim(s.up, "the machine is up")


@step
def done_is_done(before: Shop, after: Shop, j: JobId) -> Claims:
    """A job that is done stays done."""
    if before.jobs[j] is Job.DONE:
        yield claim(after.jobs[j] is Job.DONE, "what is done stays done", j)


@step
def only_workers_change_jobs(before: Shop, after: Shop, by: StepInfo) -> Claims:
    """Refuted by a crash: it changes jobs, too."""
    changed = [j for j, job in before.jobs.items() if job is not after.jobs[j]]
    yield claim(by.component == "worker" or not changed, "only workers change jobs", *changed)


@eventually_always
def all_is_done(s: Shop) -> Claims:
    """In the end every job is done."""
    for j, job in s.jobs.items():
        yield claim(job is Job.DONE, "the job is done", j)


@always_eventually
def the_machine_is_up(s: Shop) -> Claims:
    """The machine is up again and again."""
    yield claim(s.up, "the machine is up")


@leads_to
def the_lost_are_done(s: Shop, j: JobId) -> Whenever:
    """A job that is lost is done in the end."""
    return Whenever(given=s.jobs[j] is Job.LOST, then=s.jobs[j] is Job.DONE)


@reachable
def a_job_may_be_lost(s: Shop) -> Claims:
    """A crash may lose a job."""
    yield claim(any(job is Job.LOST for job in s.jobs.values()), "a job is lost")


@reachable
def done_while_down(s: Shop, j: JobId) -> Claims:
    """It may be done while the machine is down."""
    yield claim(s.jobs[j] is Job.DONE and not s.up, "done on a machine that is down")


@reachable
def lost_and_up_at_the_start(s: Shop) -> Claims:
    """Cannot be: two values at once."""
    yield claim(s.up and not s.up, "up and down at once")


def shop(
    *properties: Property[Any], jobs: int = 1, crashes: Any = 1, without: Sequence[Any] = (), **options: Any
) -> System[Shop]:
    """A shop; `without` takes actions out of it."""
    budgets = {crash: crashes} | dict.fromkeys(without, 0)
    start_state = Shop(jobs=Map((JobId(f"j{number}"), Job.WAITING) for number in range(jobs)))
    return System(
        start_state, components=[worker, machine], properties=properties, budgets=budgets, name="shop", **options
    )


# --- a pool of names that runs out

Name = NewType("Name", str)


@state
class Thing:
    """A thing that exists."""

    old: bool = False


@state
class Box:
    """Things, as many as there are names, and how many were wanted."""

    things: Table[Name, Thing]


maker = Component("maker", fair=weak)


@maker.action
def make(b: Box) -> None:
    """One more thing, always: no pool is large enough."""
    b.things.add(Thing())


@always
def things_are_new(b: Box) -> Claims:
    """Nothing ages here."""
    for name, thing in b.things.items():
        yield claim(not thing.old, "a thing is new", name)
    yield claim(len(b.things) >= 0, "counting works")


@always
def at_most_one_thing(b: Box) -> Claims:
    """Refuted before the pool runs out."""
    yield claim(len(b.things) <= 1, "there is at most one thing", *b.things)


@always_eventually
def never_full(b: Box) -> Claims:
    """Refuted only if the end of the pool is taken for a state in which nothing happens any more."""
    yield claim(len(b.things) < len(b.things.ids), "there is room")


def box(*properties: Property[Any], names: int = 3) -> System[Box]:
    """A box with a pool of names."""
    return System(
        Box(things=Table(Name(f"n{number}") for number in range(names))),
        components=[maker],
        properties=properties,
        name="box",
    )


# --- a lease on the virtual clock


@state
class Lease:
    """A lease that runs out unless it is renewed, and who notices."""

    timer: Timer = Timer()
    held: bool = True
    noticed: bool = False
    spins: bool = False


holder = Component("holder", fair=weak)
watcher = Component("watcher", fair=weak)


@holder.fault
def let_go(x: Lease) -> None:
    """The holder disappears; the lease runs out in 40 seconds."""
    require(x.held)
    x.held = False
    x.timer = Timer(40)


@watcher.action
def notice(x: Lease) -> None:
    """The lease has run out."""
    require(x.timer.due(cause=not x.held))
    x.timer = Timer()
    x.noticed = True


@watcher.action
def spin(x: Lease) -> None:
    """Goes around and around in zero time once it was noticed."""
    require(x.noticed)
    x.spins = not x.spins


@always
def nobody_notices(x: Lease) -> Claims:
    """Refuted after 40 seconds."""
    yield claim(not x.noticed, "nobody notices")


@always(timed_only=True)
def notices_in_time(x: Lease) -> Claims:
    """About durations."""
    yield claim(x.timer.seconds != 1, "the clock jumps")


@leads_to
def a_loss_is_noticed(x: Lease) -> Whenever:
    """Who lets go is noticed."""
    return Whenever(given=not x.held, then=x.noticed)


def lease(*properties: Property[Any], spinning: bool = False, **options: Any) -> System[Lease]:
    """A lease; spinning adds a livelock."""
    return System(
        Lease(),
        components=[holder, watcher],
        properties=properties,
        budgets={let_go: 1} | ({} if spinning else {spin: 0}),
        name="lease",
        **options,
    )


# --- a heart that beats: a cycle with time in it


@state
class Heart:
    """A timer that is armed again whenever it is due."""

    timer: Timer = Timer(10)
    on: bool = False


pacemaker = Component("pacemaker", fair=weak)


@pacemaker.action
def beat(h: Heart) -> None:
    """Every ten seconds."""
    require(h.timer.due())
    h.timer = Timer(10)
    h.on = not h.on


@eventually_always
def it_settles(h: Heart) -> Claims:
    """It never does."""
    yield claim(h.on, "the light is on")


def heart(*properties: Property[Any]) -> System[Heart]:
    """A heart."""
    return System(Heart(), components=[pacemaker], properties=properties, name="heart")


# --- somebody who may dawdle, but not for long: a clock without timers


@state
class Errand:
    """Whether it was done."""

    finished: bool = False


courier = Component("courier", fair=weak)


@courier.action(within_seconds=5)
def deliver(e: Errand) -> None:
    """Within five seconds."""
    require(not e.finished)
    e.finished = True


@always
def not_delivered(e: Errand) -> Claims:
    """Refuted at once, or five seconds later."""
    yield claim(not e.finished, "it is not delivered")


@leads_to
def it_is_delivered(e: Errand) -> Whenever:
    """It is delivered in the end."""
    return Whenever(given=True, then=e.finished)


def errand(*properties: Property[Any]) -> System[Errand]:
    """An errand."""
    return System(Errand(), components=[courier], properties=properties, name="errand")


# --- things that go wrong in specifications


@state
class Number:
    """A number."""

    value: int = 0


chaos = Component("chaos")
seen: list[int] = []


@chaos.action
def count(n: Number) -> None:
    """Counts for ever."""
    n.value = n.value + 1


@chaos.action
def divide(n: Number) -> None:
    """Raises an exception of its own at three."""
    require(n.value == 3)
    n.value = 1 // (n.value - 3)


@chaos.action
def remember(n: Number) -> None:
    """Impure: it writes how often it was called."""
    require(n.value < 2)
    seen.append(n.value)
    n.value = 1000 + len(seen)


@chaos.action
def pick(n: Number) -> None:
    """A choice."""
    require(n.value == 0)
    n.value = choose((10, 20), label="to")


@chaos.fault
def jump(n: Number) -> None:
    """To one, by a fault."""
    require(n.value == 0)
    n.value = 1


@chaos.action
def walk(n: Number) -> None:
    """To one, by an action that is declared later."""
    require(n.value == 0)
    n.value = 1


@chaos.action
def arrive(n: Number) -> None:
    """From one to two."""
    require(n.value == 1)
    n.value = 2


@always
def never_two(n: Number) -> Claims:
    """The number is not two."""
    yield claim(n.value != 2, "the number is not two")


@always
def small(n: Number) -> Claims:
    """The number is small."""
    yield claim(n.value < 100_000, "the number is small")


@always
def inverse_is_small(n: Number) -> Claims:
    """Raises at two."""
    yield claim(1 / (2 - n.value) < 100, "its inverse is small")


def numbers(*properties: Property[Any], only: Sequence[Any]) -> System[Number]:
    """A number, with these actions only."""
    return System(
        Number(),
        components=[chaos],
        properties=properties,
        budgets={action: 0 for action in chaos.actions if action not in only} | dict.fromkeys(only, unbounded),
        name="numbers",
    )
