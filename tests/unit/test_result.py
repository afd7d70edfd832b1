"""The result of a check, and its JSON."""

from __future__ import annotations

import json

from small_systems import a_loss_is_noticed, crash, done_is_done, lease, nothing_is_lost, says_nothing, shop

from clusterproof import unbounded
from clusterproof.checker.check import check_system

RUN = {
    "version",
    "exit_code",
    "engine",
    "exhaustive",
    "timing",
    "states",
    "transitions",
    "stuttering",
    "depth",
    "seconds",
    "peak_mib",
    "chance_missed",
    "assumptions",
    "explorations",
    "not_checked",
    "properties",
}


def test_the_json_of_a_run():
    """The keys are those that are promised, and verdict words are values of `verdict` and nothing else."""
    result = check_system(shop(nothing_is_lost, done_is_done, says_nothing))
    written = json.loads(json.dumps(result.to_json()))

    assert set(written) == RUN
    assert written["exit_code"] == result.exit_code() == 1
    assert [set(one) for one in written["properties"]] == [{"name", "object", "verdict", "reason", "trace"}] * 2
    assert [(one["name"], one["verdict"]) for one in written["properties"]] == [
        ("nothing-is-lost", "REFUTED"),
        ("done-is-done", "PROVED"),
    ]
    assert written["not_checked"] == [{"name": "says-nothing", "object": "", "needs": "made no claim"}]
    assert written["explorations"] == [
        {
            "slice": "whole",
            "properties": ["nothing-is-lost", "done-is-done", "says-nothing"],
            "cut_away": [],
            "symmetry": "none",
            "states": 10,
        }
    ]
    assert written["properties"][0]["trace"]["steps"][1]["fault"] is True
    assert written["properties"][1]["trace"] is None
    assert json.dumps(written).count("REFUTED") == json.dumps(written).count("PROVED") == 1


def test_the_writer_of_traces_may_be_chosen():
    """Another format of traces takes the place of the plain fields."""
    result = check_system(shop(nothing_is_lost))

    assert result.to_json(trace_json=lambda trace: len(trace.steps))["properties"][0]["trace"] == 2


def test_what_a_verdict_rests_on_is_listed():
    """Budgets, the system's own assumptions, and those of the clock where there is one."""
    untimed = check_system(shop(done_is_done, crashes=unbounded, assumptions=["jobs are short"]))
    timed = check_system(lease(a_loss_is_noticed))

    assert untimed.assumptions == ("jobs are short", f"budget {crash.name}: unbounded")
    assert "no component is slow" in timed.assumptions
    assert "budget let-go: 1" in timed.assumptions


def test_counts_and_memory():
    """The run knows how long it took and how much memory it used."""
    result = check_system(shop(done_is_done))

    assert (result.states, result.transitions, result.depth) == (10, 12, 4)
    assert result.seconds > 0
    assert result.peak_mib > 1
