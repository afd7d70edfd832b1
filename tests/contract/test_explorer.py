"""The explorer on the systems that every engine must pass: as short a trace where there is one, no proof elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from small_systems import (
    a_job_may_be_lost,
    a_loss_is_noticed,
    all_is_done,
    arrive,
    at_most_one_thing,
    box,
    crash,
    done_is_done,
    done_while_down,
    errand,
    heart,
    it_is_delivered,
    it_settles,
    jump,
    lease,
    lost_and_up_at_the_start,
    never_full,
    never_two,
    nobody_notices,
    not_delivered,
    nothing_is_lost,
    notices_in_time,
    numbers,
    only_workers_change_jobs,
    retry,
    says_nothing,
    shop,
    something_is_lost,
    the_lost_are_done,
    the_machine_is_up,
    things_are_new,
    two_claims,
    walk,
)

from clusterproof import System
from clusterproof.checker.check import check_system
from clusterproof.checker.explore import explore_system
from clusterproof.checker.result import PropertyResult
from clusterproof.checker.verdict import Verdict
from clusterproof.models import philosophers

SYSTEMS: dict[str, Callable[[], System[Any]]] = {
    "shop": lambda: shop(
        nothing_is_lost, something_is_lost, done_is_done, only_workers_change_jobs, all_is_done, the_machine_is_up,
        the_lost_are_done, a_job_may_be_lost, done_while_down, lost_and_up_at_the_start, two_claims, says_nothing,
    ),
    "shop without retry": lambda: shop(all_is_done, the_lost_are_done, jobs=2, without=[retry]),
    "shop without crashes": lambda: shop(nothing_is_lost, the_lost_are_done, crashes=0, without=[crash]),
    "shop that must not rest": lambda: shop(all_is_done, crashes=0, deadlock="forbidden"),
    "box": lambda: box(things_are_new, at_most_one_thing, never_full),
    "lease": lambda: lease(nobody_notices, notices_in_time, a_loss_is_noticed, spinning=True),
    "lease, untimed": lambda: lease(nobody_notices, notices_in_time, a_loss_is_noticed, timing="untimed"),
    "heart": lambda: heart(it_settles),
    "errand": lambda: errand(not_delivered, it_is_delivered),
    "numbers": lambda: numbers(never_two, only=[jump, walk, arrive]),
    "philosophers": lambda: philosophers.system(3),
}  # fmt: skip


def lengths(result: PropertyResult) -> dict[str, tuple[int, int]]:
    """Per claim how many steps and faults its trace has."""
    return {trace.says: (len(trace.steps), sum(step.fault for step in trace.steps)) for trace in result.traces}


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_the_reference_refutes_is_refuted_as_shortly(name: str) -> None:
    """Where the reference engine refutes or witnesses the explorer does, by as few steps and faults; it proves nothing.

    A property that is not checked, or that is not checked for want of a claim, is not checked by either.
    """
    whole = check_system(SYSTEMS[name]())
    sample = explore_system(SYSTEMS[name](), seed=1, examples=20, steps=30)

    for found, known in zip(sample.properties, whole.properties, strict=True):
        if known.traces:
            assert (found.name, found.verdict, lengths(found)) == (known.name, known.verdict, lengths(known))
        elif known.verdict is None:
            assert (found.name, found.verdict) in {(known.name, None), (known.name, Verdict.UNDETERMINED)}
        else:
            assert (found.name, found.verdict) == (known.name, Verdict.UNDETERMINED)


@pytest.mark.parametrize(
    ("judged", "code", "strict_code"),
    [(nothing_is_lost, 1, 1), (all_is_done, 0, 3), (a_job_may_be_lost, 0, 0), (says_nothing, 2, 2)],
    ids=lambda value: getattr(value, "name", None),
)
def test_exit_codes(judged: Any, code: int, strict_code: int) -> None:
    """A sample without a counterexample is a success, unless undetermined is to fail; nothing checked is none."""
    result = explore_system(shop(judged), seed=1, examples=10, steps=20)

    assert (result.exit_code("refuted"), result.exit_code("undetermined")) == (code, strict_code)


def test_chosen_by_name_and_silent_is_vacuous() -> None:
    """A property that is asked for and makes no claim is undetermined, as with every engine."""
    (result,) = explore_system(
        shop(says_nothing, all_is_done), properties=["says-nothing"], seed=1, examples=5
    ).properties

    assert result.verdict is Verdict.UNDETERMINED
    assert result.reason.startswith("vacuous: ")
