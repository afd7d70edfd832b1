"""A bug that is found at night is pinned, fails in the morning, and passes when it is fixed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from check_files import DEPLOYMENT, break_it, fix_it, lay_out
from small_systems import nothing_is_lost, shop

from clusterproof.checker.check import check_system
from clusterproof.checker.cli import main
from clusterproof.checker.cli.pin_command import pinned_test
from clusterproof.checker.cli.reexecution import Reexecuted
from clusterproof.checker.cli.request import ActionChoice, Request
from clusterproof.checker.cli.subject import Subject
from clusterproof.compiled import Compiled

TRACE = "traces/replicas-converge-Deployment-web.json"
TEST = Path("tests/test_replicas_converge_deployment_web.py")


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a project whose Deployment cannot be placed, after a night that found it."""
    lay_out(tmp_path)
    break_it(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert main(["check", "-f", "k8s", "--property", "replicas-converge", "--out", "traces"]) == 1


def outcome() -> str:
    """What pytest says of the pinned tests, in a process of its own."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout


def test_found_pinned_fixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pinned test fails with the story while the bug is there, and passes once it is fixed."""
    assert main(["pin", TRACE, "tests"]) == 0
    assert f"{TEST} fails until it is fixed" in capsys.readouterr().out
    before = outcome()
    fix_it(tmp_path)

    assert "REFUTED replicas-converge [Deployment/web]" in before
    assert "kind-worker2: node(s) didn't match pod anti-affinity rules" in before
    assert "1 failed" in before
    assert "1 passed" in outcome()


def test_objects_that_are_gone_are_no_fix(tmp_path: Path) -> None:
    """A Deployment that has another name, or manifests that lie elsewhere, fail with a line that says so."""
    main(["pin", TRACE, "tests"])
    manifest = tmp_path / "k8s" / "web.yaml"
    manifest.write_text(DEPLOYMENT.replace("{name: web}", "{name: shop}", 1))
    renamed = outcome()
    manifest.rename(tmp_path / "web.yaml")

    assert "the system has no property replicas-converge [Deployment/web] any more" in renamed
    assert "UsageError" in outcome()


def test_pinning_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The same trace is pinned once, and a test that somebody edited is never overwritten."""
    main(["pin", TRACE, "tests"])
    text = TEST.read_text()
    main(["pin", TRACE, "tests"])
    assert f"{TEST} is there already" in capsys.readouterr().out
    TEST.write_text(f"{text}# mine\n")
    main(["pin", TRACE, "tests"])

    assert TEST.read_text() == f"{text}# mine\n"
    assert (TEST.parent / f"{TEST.stem}_2.py").read_text() == text


def test_a_bad_trace_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no trace, or a directory that is a file, is said in a line, with exit code 2."""
    Path("bad.json").write_text("{}")

    assert main(["pin", "bad.json", "tests"]) == 2
    assert main(["pin", TRACE, "bad.json"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


HOSTILE = 'x"""\nimport os; os.abort()\n"""\\N{BULLET}\u202e\'); os.abort() #{0}\r\x1b[31m'


def hostile(text: str) -> Reexecuted:
    """A counterexample whose request and story a stranger wrote."""
    system = shop(nothing_is_lost)
    trace = check_system(system).traces[0]
    steps = tuple(attrs.evolve(step, doc=text, arguments=(text,)) for step in trace.steps)
    told = attrs.evolve(trace, says=text, steps=steps, why=attrs.evolve(trace.why, says=text, notes=(text,)))
    request = Request(target=text, manifests=(text,), cluster=text, settings={text: text})
    subject = Subject(title=text, request=request, system=system)
    return Reexecuted(recorded=trace, trace=told, compiled=Compiled(system), rows=(), subject=subject, base=Path.cwd())


def test_names_of_strangers_are_data() -> None:
    """Whatever a trace file says, the test that is written has the same code, and only its data differ."""
    tame, wild = (ast.parse(pinned_test(hostile(text), Path("tests"))) for text in ("x", HOSTILE))

    assert [_shape(node) for node in ast.walk(wild)] == [_shape(node) for node in ast.walk(tame)]


def _shape(node: ast.AST) -> Any:
    return node.id if isinstance(node, ast.Name) else type(node).__name__


def test_all_that_was_said_of_an_action_is_pinned() -> None:
    """What the user does is the same in the test that is written, down to how it is done."""
    choice = ActionChoice(
        action="delete",
        object_name="deployment/web",
        sizes=(1, 2),
        to_revision=3,
        cascade="orphan",
        only_if_down=True,
        budget=4,
        place="k8s.yaml:5",
    )
    plain = {field.name: field.default for field in attrs.fields(ActionChoice)}
    assert all(getattr(choice, name) != default for name, default in plain.items())

    done = hostile("x")
    request = attrs.evolve(done.subject.request, actions=(choice,))
    text = pinned_test(attrs.evolve(done, subject=attrs.evolve(done.subject, request=request)), Path("tests"))

    (written,) = (
        ast.literal_eval(call.value)
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.keyword) and call.arg == "actions"
    )
    told = attrs.asdict(choice, filter=lambda field, _: field.name != "place")
    assert written == [{**told, "sizes": [1, 2]}]


def test_a_pinned_system_in_python(tmp_path: Path) -> None:
    """A counterexample of FILE.py:system is pinned with the file's place, and its lasso is judged again."""
    source = (
        "import sys\nsys.path.append({!r})\nfrom small_systems import *\nsystem = shop(all_is_done, without=[{}])\n"
    )
    shared = str(Path(__file__).resolve().parents[1])
    Path("shop.py").write_text(source.format(shared, "retry"))
    assert main(["check", "shop.py:system", "--out", "lost"]) == 1
    assert main(["pin", "lost/all-is-done.json", "tests", "--target", "shop.py:system"]) == 0
    before = outcome()
    Path("shop.py").write_text(source.format(shared, ""))

    assert 'target="../shop.py:system"' in Path("tests/test_all_is_done.py").read_text()
    assert ("1 failed" in before, "1 passed" in outcome()) == (True, True)
