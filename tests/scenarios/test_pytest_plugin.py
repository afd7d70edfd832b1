"""The pytest plugin from end to end: check files are collected, judged, and tell what is wrong."""

from __future__ import annotations

import shlex
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from check_files import CHECK_FILE, CONVERGES, break_it, lay_out

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _in_a_project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a directory with one folder of manifests and one check file, where every warning is an error."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    lay_out(pytester.path)
    pytester.makeini("[pytest]\naddopts = --strict-markers --strict-config -p no:randomly\nfilterwarnings = error\n")


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    """Run pytest as users do, in a process of its own."""
    return pytester.runpytest_subprocess(*words, timeout=120)


def test_an_item_per_property_and_object(pytester: pytest.Pytester) -> None:
    """Each property is one test per object, in the order of the file."""
    done = run(pytester, "-v")

    done.assert_outcomes(passed=4)
    done.stdout.fnmatch_lines(
        [
            "web.clusterproof.yaml::replicas-converge[[]Deployment/web] PASSED*",
            "web.clusterproof.yaml::node-capacity[[]Node/kind-control-plane] PASSED*",
            "web.clusterproof.yaml::node-capacity[[]Node/kind-worker] PASSED*",
            "web.clusterproof.yaml::node-capacity[[]Node/kind-worker2] PASSED*",
        ]
    )


def test_what_is_out_of_scope_is_skipped(pytester: pytest.Pytester) -> None:
    """A property that needs what is not in scope is skipped with the reason, unless the file asks for it by name."""
    (pytester.path / "web.clusterproof.yaml").write_text("manifests: k8s\n")
    skipped = run(pytester, "-rs", "-k", "drain-terminates")
    (pytester.path / "web.clusterproof.yaml").write_text("manifests: k8s\nproperties: drain-terminates\n")
    asked = run(pytester)

    skipped.assert_outcomes(skipped=3, deselected=skipped.parseoutcomes()["deselected"])
    skipped.stdout.fnmatch_lines(["SKIPPED*not checked: needs drain"])
    asked.assert_outcomes(failed=3)
    asked.stdout.fnmatch_lines(["drain-terminates [[]Node/kind-worker]: UNDETERMINED: vacuous: needs drain"])


def test_a_broken_manifest_turns_the_right_item_red(pytester: pytest.Pytester) -> None:
    """Three replicas on two nodes fail the one property that says so, with all it takes to see why."""
    break_it(pytester.path)
    done = run(pytester)

    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(
        [
            "REFUTED replicas-converge [[]Deployment/web]*",
            "*why  exactly the wanted pods run and are ready*",
            "*Pod/web-c fits no node:*",
            "*kind-worker: node(s) didn't match pod anti-affinity rules*",
            "*kind-worker2: node(s) didn't match pod anti-affinity rules*",
            "*look at *spec.template.spec.affinity.podAntiAffinity of*",
            f"FAILED {CONVERGES.replace('[', '[[]')}*",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")


def test_the_replay_line_can_be_pasted(pytester: pytest.Pytester) -> None:
    """The command that a failure prints replays the trace, from the cache or from where it was asked for."""
    break_it(pytester.path)
    for words in ((), ("--clusterproof-out", "traces"), ("-p", "no:cacheprovider")):
        done = run(pytester, *words)
        line = next(line for line in done.outlines if line.startswith("  replay  clusterproof "))
        command = [sys.executable, "-m", *shlex.split(line.removeprefix("  replay  "))]
        replayed = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, timeout=60, check=False)

        assert "REFUTED replicas-converge" in replayed.stdout, replayed.stderr
    assert (pytester.path / "traces" / "web.clusterproof.yaml").is_dir()


@pytest.mark.parametrize("words", [(CONVERGES,), ("-k", "replicas-converge")])
def test_selected_properties_are_checked_alone(pytester: pytest.Pytester, words: tuple[str, ...]) -> None:
    """A node id or -k selects items; the other properties are not even checked."""
    done = run(pytester, "-q", *words)

    done.assert_outcomes(passed=1, deselected=3 if words[0] == "-k" else 0)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("faults: {crash-nod: 1}\n", "web.clusterproof.yaml:1: faults.crash-nod: there is no fault 'crash-nod'*"),
        ("manifests: [\n", "web.clusterproof.yaml*"),
        ("properties: [no-such]\nmanifests: k8s\n", "web.clusterproof.yaml:1: properties: there is no property*"),
        ("manifests: gone\n", "*gone*"),
    ],
)
def test_a_bad_file_is_one_line(pytester: pytest.Pytester, text: str, line: str) -> None:
    """What is wrong with a check file is said with file, line and field, and without a traceback."""
    (pytester.path / "web.clusterproof.yaml").write_text(text)
    done = run(pytester)

    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.stdout.fnmatch_lines(["*ERROR collecting web.clusterproof.yaml*", line])
    done.stdout.no_fnmatch_line("*Traceback*")
    done.stdout.no_fnmatch_line("*checker/*.py*")


def test_undetermined_fails_unless_the_file_allows_it(pytester: pytest.Pytester) -> None:
    """A bound that is hit fails with the reason and the command; where the file allows it, the summary names it."""
    small = CHECK_FILE.replace("seconds: 60", "states: 5")
    (pytester.path / "web.clusterproof.yaml").write_text(small)
    refused = run(pytester, CONVERGES)
    (pytester.path / "web.clusterproof.yaml").write_text(f"{small}undetermined: allow\n")
    allowed = run(pytester, CONVERGES)

    refused.assert_outcomes(failed=1)
    refused.stdout.fnmatch_lines(["*UNDETERMINED: *bound of 5 states*", "*clusterproof check web.clusterproof.yaml*"])
    allowed.assert_outcomes(passed=1)
    allowed.stdout.fnmatch_lines(["*allowed to be undetermined*", "web.clusterproof.yaml::*UNDETERMINED: *5 states*"])


@pytest.mark.parametrize("dist", ["load", "loadfile"])
def test_xdist(pytester: pytest.Pytester, dist: str) -> None:
    """Spread over processes the same items pass and fail; --dist loadfile keeps a file's items in one."""
    break_it(pytester.path)
    done = run(pytester, "-n", "2", "--dist", dist, "-v")

    done.assert_outcomes(passed=3, failed=1)
    if dist == "loadfile":
        assert len({line.split("]")[0] for line in done.outlines if line.startswith("[gw")}) == 1


def test_items_of_a_file_are_a_group(pytester: pytest.Pytester) -> None:
    """Items carry the mark by which --dist loadgroup keeps the items of a file in one process."""
    run(pytester, "-q", "--collect-only", "-m", "xdist_group").stdout.fnmatch_lines(["4 tests collected*"])


def test_junit(pytester: pytest.Pytester) -> None:
    """The JUnit file names the items readably, holds the story, and verdict and states as properties."""
    break_it(pytester.path)
    run(pytester, "--junitxml=junit.xml")
    cases = {case.attrib["name"]: case for case in ET.parse(pytester.path / "junit.xml").iter("testcase")}
    case = cases["replicas-converge[Deployment/web]"]
    values = {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}

    assert "Pod/web-c fits no node" in (case.find("failure").text or "")
    assert (values["verdict"], int(values["states"]) > 100) == ("REFUTED", True)
    assert cases["node-capacity[Node/kind-worker]"].find("failure") is None


def test_the_plugin_can_be_left_out(pytester: pytest.Pytester) -> None:
    """Under -p no:clusterproof check files are no tests."""
    assert run(pytester, "-p", "no:clusterproof").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_nothing_is_loaded_before_there_is_a_check_file(pytester: pytest.Pytester) -> None:
    """Where there is no check file the plugin loads neither models nor Hypothesis, PyYAML or graphviz."""
    (pytester.path / "web.clusterproof.yaml").unlink()
    pytester.makepyfile(
        """
        import sys

        def test_it():
            slow = ("clusterproof.models", "clusterproof.checker.cli", "hypothesis.strategies", "yaml", "graphviz")
            assert "clusterproof.checker.pytest_plugin" in sys.modules
            assert [name for name in slow if name in sys.modules] == []
        """
    )
    run(pytester, "-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_a_state_machine_under_the_ci_profile(pytester: pytest.Pytester) -> None:
    """A machine runs under Hypothesis' own profile `ci`, and its failure prints the steps to paste."""
    pytester.makepyfile(
        """
        from clusterproof import Claims, Component, System, always, claim, state
        from clusterproof.checker.state_machine import to_state_machine

        @state
        class Lamp:
            on: bool = False

        hand = Component("hand")

        @hand.action
        def switch(lamp: Lamp) -> None:
            lamp.on = not lamp.on

        @always
        def dark(lamp: Lamp) -> Claims:
            yield claim(not lamp.on, "the lamp is off")

        TestLamp = to_state_machine(System(Lamp(), components=[hand], properties=[dark], name="lamp")).TestCase
        """
    )
    done = run(pytester, "--hypothesis-profile=ci", "test_a_state_machine_under_the_ci_profile.py")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*why  the lamp is off*", "*state = LampStateMachine()*", "*state.hand_switch(step=*"])
