"""Tests of systems: what `check`, `explore`, `replay`, `assert_fixed` and `system_from` demand, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_systems import (
    all_is_done,
    arrive,
    done_is_done,
    heart,
    inverse_is_small,
    it_settles,
    lease,
    nobody_notices,
    nothing_is_lost,
    numbers,
    only_workers_change_jobs,
    recover,
    retry,
    says_nothing,
    shop,
    walk,
)

from clusterproof import Bounds, Claims, Component, System, always, claim, state
from clusterproof.checker.check import check_system
from clusterproof.checker.cli.errors import UsageError
from clusterproof.checker.replay import ReplayError, step_text
from clusterproof.checker.testing import PropertyFailed, assert_fixed, check, explore, replay, replay_line, system_from
from clusterproof.checker.verdict import Verdict

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
"""


def test_a_proof_passes() -> None:
    """What is proved comes back as the result."""
    assert check(shop(done_is_done)).verdict is Verdict.PROVED


def test_a_refutation_tells_its_story() -> None:
    """The text of a failure names the property, the steps, the claim, and what to run."""
    with pytest.raises(PropertyFailed) as failure:
        check(shop(nothing_is_lost, done_is_done))

    text = str(failure.value)
    assert "REFUTED nothing-is-lost" in text
    assert "FAULT crash()" in text
    assert "why  no job is lost" in text
    assert "replay(system, ['worker[j0].start()', 'machine.crash()'])" in text
    assert "done-is-done" not in text


def test_undetermined_fails_unless_allowed() -> None:
    """A bound that is hit fails with its reason, and passes where that is allowed."""
    bounds = Bounds(states=2)
    with pytest.raises(PropertyFailed, match=r"UNDETERMINED: .*bound of 2 states"):
        check(shop(done_is_done, jobs=3), bounds=bounds)

    assert check(shop(done_is_done, jobs=3), bounds=bounds, allow_undetermined=True).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("properties", [(), (says_nothing,)])
def test_nothing_checked_is_a_failure(properties: tuple[Any, ...]) -> None:
    """A test that checks nothing fails."""
    with pytest.raises(PropertyFailed):
        check(shop(*properties))


def test_errors_always_fail() -> None:
    """What raises in the specification fails, allowed or not."""
    with pytest.raises(PropertyFailed, match="ERROR"):
        check(numbers(inverse_is_small, only=[walk, arrive]), allow_undetermined=True)


def test_exploring_demands_no_counterexample() -> None:
    """What holds passes although nothing is proved, what breaks is told."""
    few = Bounds(seconds=2)

    assert explore(shop(done_is_done), bounds=few, profile="ci").verdict is Verdict.UNDETERMINED
    with pytest.raises(PropertyFailed, match="REFUTED nothing-is-lost"):
        explore(shop(nothing_is_lost), bounds=few, profile="ci")


def test_the_replay_line_runs() -> None:
    """The line of Python that a failure prints takes the steps again."""
    system = shop(nothing_is_lost)
    line = replay_line(check_system(system).traces[0])
    module, _, call = line.partition("; ")
    names: dict[str, Any] = {"system": system}
    exec(module, names)
    states = eval(call, names)

    assert [state.jobs["j0"].value for state in states] == ["waiting", "running", "lost"]


@pytest.mark.parametrize(
    ("steps", "start"), [(["worker[j0].finish()"], 0), (["nobody.acts()"], 0), ([], 1), (["machine.crash() -> x"], 0)]
)
def test_what_cannot_be_taken_is_said(steps: list[str], start: int) -> None:
    """A step that is not possible or not known, or an initial state that does not exist, is an error."""
    with pytest.raises(ReplayError):
        replay(shop(nothing_is_lost), steps, start=start)


def pinned(system: System[Any]) -> dict[str, Any]:
    """What pins the first counterexample of a system."""
    trace = check_system(system).traces[0]
    return {
        "steps": [step_text(name, label) for name, label in trace.run["steps"]],
        "property_name": trace.property_name,
        "object_name": trace.object_name,
        "says": trace.says,
        "loop_from": trace.run["loop_from"],
    }


@state
class Room:
    """Two lamps that have nothing to do with each other."""

    left: bool = False
    right: bool = False


hand = Component("hand")


@hand.action
def light_left(room: Room) -> None:
    """The left lamp goes on."""
    room.left = True


@hand.action
def light_right(room: Room) -> None:
    """The right lamp goes on."""
    room.right = True


@always
def left_is_dark(room: Room) -> Claims:
    """Refuted, whatever the right lamp does."""
    yield claim(not room.left, "the left lamp is off")


def test_a_story_of_a_slice_is_told_in_the_slice() -> None:
    """Steps that were found in a part of the system are taken in that part again."""
    room = System(Room(), components=[hand], properties=[left_is_dark])
    trace = check_system(room, sliced=True, whole_first=0).traces[0]

    assert trace.run["sliced"]
    with pytest.raises(PropertyFailed, match="the left lamp is off"):
        assert_fixed(room, ["hand.light_left()"], property_name="left-is-dark", sliced=True)
    with pytest.raises(PropertyFailed, match=r"hand.light_right\(\), is no action"):
        assert_fixed(room, ["hand.light_right()"], property_name="left-is-dark", sliced=True)


@pytest.mark.parametrize(
    "broken",
    [
        shop(nothing_is_lost),
        shop(only_workers_change_jobs),
        shop(all_is_done, without=[retry]),
        lease(nobody_notices),
        heart(it_settles),
        shop(done_is_done, without=[recover], deadlock="forbidden"),
    ],
)
def test_steps_that_break_fail(broken: System[Any]) -> None:
    """Each kind of counterexample fails while the system is as it was."""
    with pytest.raises(PropertyFailed, match="REFUTED"):
        assert_fixed(broken, **pinned(broken))


def test_fixed_where_a_promise_forbids_the_loop() -> None:
    """A lasso is fixed when an action that it starves is there, and promised."""
    assert_fixed(shop(all_is_done), **pinned(shop(all_is_done, without=[retry])))


def test_fixed_where_the_steps_are_not_possible() -> None:
    """A budget that is smaller than it was leaves no second crash."""
    twice = ["machine.crash()", "machine.recover()", "machine.crash()"]
    steps = ["worker[j0].start()", *twice[1:]]

    assert_fixed(shop(nothing_is_lost), [*twice, *steps], property_name="nothing-is-lost")


def test_broken_earlier_is_broken() -> None:
    """Steps that break the property before they end fail, though the last one is not possible any more."""
    steps = ["worker[j0].start()", "machine.crash()", "machine.crash()"]
    with pytest.raises(PropertyFailed, match="2 steps"):
        assert_fixed(shop(nothing_is_lost), steps, property_name="nothing-is-lost")


def test_an_unknown_property_is_no_fix() -> None:
    """A system without the property fails with a line that says so."""
    with pytest.raises(PropertyFailed, match="has no property nothing-is-lost any more"):
        assert_fixed(shop(done_is_done), [], property_name="nothing-is-lost")


def test_an_unknown_step_is_no_fix() -> None:
    """A system without an action of the steps fails with a line that says so."""
    with pytest.raises(PropertyFailed, match=r"step 2, machine.crash\(\), is no action .*delete this test"):
        assert_fixed(shop(nothing_is_lost, crashes=0), **pinned(shop(nothing_is_lost)))


def test_every_initial_state_is_tried() -> None:
    """The steps count from whichever initial state they break something."""
    first, second = shop(nothing_is_lost).initial_states[0], replay(shop(nothing_is_lost), ["worker[j0].start()"])[1]
    system = shop(nothing_is_lost)
    system.initial = [first, second]

    with pytest.raises(PropertyFailed, match="no job is lost"):
        assert_fixed(system, ["machine.crash()"], property_name="nothing-is-lost")


def test_a_cluster_from_words(tmp_path: Path) -> None:
    """The words of the command line build a cluster, with paths relative to a file."""
    (tmp_path / "web.yaml").write_text(DEPLOYMENT)
    system = system_from(manifests=["web.yaml"], faults={"crash-container": 1}, beside=tmp_path / "test_web.py")

    assert "replicas-converge" in [judged.name for judged in system.properties]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"target": "nothing-like-it"}, "there is no model 'nothing-like-it'"),
        ({"manifests": ["gone.yaml"]}, "gone.yaml"),
        ({"faults": {"crash-nod": 1}}, "did you mean crash-node"),
    ],
)
def test_wrong_words_are_one_line(words: dict[str, Any], expected: str) -> None:
    """What cannot be built is said in one line, as on the command line."""
    with pytest.raises(UsageError, match=expected) as failure:
        system_from(**words)

    assert len(str(failure.value).splitlines()) == 1
