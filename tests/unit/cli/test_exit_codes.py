"""What the command says and returns when something is wrong: one line and a code, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["chek"], "there is no command 'chek'; did you mean check?"),
        (["check", "philosopher"], "there is no model 'philosopher'; did you mean philosophers?"),
        (["check", "nowhere.yaml"], "there is no file or directory 'nowhere.yaml'; check the path"),
        (["check", "nowhere:system"], "there is no module 'nowhere' here or on sys.path; write module:system"),
        (["check", "nowhere.py:system"], "there is no file 'nowhere.py'; write FILE.py:system"),
        (["check", "--bound", "state=3"], "--bound state=3: there is no bound 'state'; did you mean states?"),
        (
            ["check", "--checkpoint", "kept", "--engine", "reference"],
            "--checkpoint: the reference engine writes none; leave --engine out",
        ),
        (
            ["check", "--checkpoint", "a", "--resume", "b"],
            "--resume goes on writing where it reads; leave --checkpoint out",
        ),
        (
            ["check", "--checkpoint", "kept", "--checkpoint-seconds", "1m"],
            "--checkpoint-seconds 1m: '1m' is not a number of seconds; write 60, for example",
        ),
        (
            ["check", "philosophers", "--resume", "kept"],
            "kept/check.json: there is no checkpoint to go on with",
        ),
        (
            ["check", "--bound", "memory=8Gib"],
            "--bound memory=8Gib: '8Gib' is not a bound; write a size such as 8GiB or 500MB, or unbounded",
        ),
        (
            ["check", "--bound", "states=0"],
            "--bound states=0: '0' is not a bound; write a number above 0, or unbounded",
        ),
        (["check", "--fault", "crash-nod=1"], "there is no fault 'crash-nod'; did you mean crash-node?"),
        (
            ["check", "--fault", "crash-node=-1"],
            "--fault crash-node=-1: '-1' is not a number of times; write 0, 1, 2... or unbounded",
        ),
        (
            ["check", "--property", "replica-converge"],
            "there is no property 'replica-converge'; did you mean replicas-converge?",
        ),
        (
            ["check", "philosophers", "--property", "the-hungry-eats"],
            "there is no property 'the-hungry-eats'; did you mean the-hungry-eat?",
        ),
        (["check", "philosophers", "--set", "m=3"], "there is no setting 'm'; there are: n, timing"),
        (["check", "philosophers", "--set", "n"], "--set n: write KEY=VALUE, for example --set timing=untimed"),
        (
            ["check", "philosophers", "--set", "n=many"],
            "--set n=many: philosophers takes a whole number here, not 'many'",
        ),
        (
            ["check", "--set", "timing=slow"],
            "--set timing=slow: there is no value 'slow'; there are: timed, untimed",
        ),
        (
            ["check", "--set", "scheduler=best"],
            "--set scheduler=best: there is no value 'best'; there are: any-feasible-node, highest-score",
        ),
        (
            ["check", "--set", "kubernetes_version=two"],
            "--set kubernetes_version=two: 'two' is not a version of Kubernetes; write for example 1.35",
        ),
        (
            ["check", "hello-server", "-f", "x.yaml"],
            "give hello-server or manifests, not both: clusterproof check -f x.yaml",
        ),
        (["check", "philosophers", "-f", "x.yaml"], "philosophers is no cluster: it takes neither --cluster nor -f"),
        (["check", "-f", "x.yaml"], "x.yaml:1: file: cannot be read: No such file or directory; check the path"),
        (
            ["story", "philosophers"],
            "philosophers is no cluster: a story begins with kubectl apply; try clusterproof graph",
        ),
        (["replay", "nowhere.json"], "nowhere.json: cannot be read: No such file or directory"),
        (
            ["graph", "two-phase-commit", "--set", "n=5"],
            (
                "two-phase-commit has more than 500 states, too many to draw; "
                "write --bound depth=3 for its beginning, or draw one trace of it"
            ),
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(command: Command, words: list[str], line: str) -> None:
    """A name, number or path that is wrong is answered in one line that says what to write instead."""
    ran = command(*words)

    assert (ran.code, ran.out, ran.err) == (2, "", f"clusterproof: {line}\n")


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("bridge.py", "bridge.py: which attribute is the system? write bridge.py:system"),
        ("bridge.py:sistem", "bridge.py:sistem: there is no attribute 'sistem'; did you mean system?"),
        ("bridge:number", "bridge:number is of type int; write a System, or a function that returns one"),
    ],
)
@pytest.mark.usefixtures("bridge")
def test_a_python_target_that_is_no_system_is_refused(command: Command, target: str, line: str) -> None:
    """Naming the wrong thing in a Python file is answered with the right one."""
    ran = command("check", target)

    assert (ran.code, ran.out, ran.err) == (2, "", f"clusterproof: {line}\n")


@pytest.mark.usefixtures("bridge")
def test_proved_is_0_and_refuted_is_1(command: Command) -> None:
    """The exit code is the gravest verdict's."""
    assert command("check", "bridge.py:good").code == 0
    assert command("check", "bridge:system").code == 1


@pytest.mark.usefixtures("bridge")
def test_undetermined_is_3_and_names_the_bound(command: Command) -> None:
    """A check that a bound cut short is UNDETERMINED, and says which bound."""
    ran = command("check", "bridge.py:good", "--bound", "states=2")

    assert ran.code == 3
    assert "UNDETERMINED    cars-are-counted" in ran.out
    assert "the bound of 2 states" in ran.out


@pytest.mark.usefixtures("bridge")
def test_user_code_that_raises_is_4(command: Command) -> None:
    """A property that raises is an ERROR verdict, and a function that cannot build its system one line."""
    raised = command("check", "bridge.py:broken")
    unbuilt = command("check", "bridge.py:raises")

    assert (raised.code, unbuilt.code) == (4, 4)
    assert "ZeroDivisionError" in raised.out
    assert unbuilt.err == "clusterproof: specification: bridge.py:raises raised KeyError: 'no car'\n"


def test_a_file_with_a_syntax_error_is_2(command: Command, here: Path) -> None:
    """A Python file that does not parse is named with its line."""
    (here / "odd.py").write_text("x = 1\ndef (:\n")

    ran = command("check", "odd.py:system")

    assert (ran.code, ran.err.endswith("odd.py:2: invalid syntax\n")) == (2, True)


@pytest.mark.usefixtures("bridge")
def test_strict_turns_a_warning_into_3(command: Command, here: Path) -> None:
    """An action that never did anything is a warning, and with --strict no longer good enough."""
    (here / "idle.py").write_text(
        (here / "bridge.py").read_text().replace("require(bridge.crossing[car])", "require(len(bridge.crossing) > 9)")
    )
    plain, strict = command("check", "idle.py:good"), command("check", "idle.py:good", "--strict")

    assert (plain.code, strict.code) == (0, 3)
    assert "traffic.leave never did anything" in plain.out
    assert strict.out.endswith("exit code 3: there are warnings, and --strict was given\n")


def test_an_internal_error_is_one_line_and_4(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is one line with its place, and a traceback only with --debug."""
    from clusterproof.checker.cli import list_command

    monkeypatch.setattr(list_command, "_properties", [].pop)
    short, long = command("list"), command("list", "--debug")

    assert (short.code, long.code) == (4, 4)
    assert short.err.startswith("clusterproof: internal error: IndexError: pop from empty list (list_command.py:")
    assert "Traceback" not in short.err
    assert "Traceback" in long.err


def test_ctrl_c_before_the_search_is_3(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command in one line."""
    from clusterproof.checker.cli import list_command

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(list_command, "_properties", interrupt)

    assert (command("list").code, command("list").err) == (3, "clusterproof: interrupted\n")


def test_help_and_no_command(command: Command) -> None:
    """--help is 0 and shows the exit codes; nothing at all shows the help and is a usage error."""
    asked, nothing = command("check", "--help"), command()

    assert (asked.code, nothing.code) == (0, 2)
    assert "something is UNDETERMINED" in asked.out
    assert "check" in nothing.out
