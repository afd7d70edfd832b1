"""`clusterproof kubectl` on traces and clusters, from the words of the command line to the exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen

from clusterproof.checker.check import check_system
from clusterproof.checker.cli import instants, main
from clusterproof.checker.cli.delivery import with_origin
from clusterproof.checker.cli.request import Request
from clusterproof.checker.cli.targets import expanded, resolve
from clusterproof.checker.render.itf import write_trace
from clusterproof.checker.replay import ReplayError

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
NOBODY_MAY_GO = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}
"""
KIND = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n- role: worker\n"
OUTAGE = """\
manifests: [web.yaml]
scope: {start: apply}
faults: {stop-control-plane: {budget: 1, heals: false}}
properties: [replicas-converge]
"""
CALM = ("--fault", "stop-control-plane=0", "--fault", "crash-container=0")
LOST = ("-f", "web.yaml", "--cluster", "kind.yaml", "--fault", "crash-node=1", *CALM, "--property", "replicas-converge")
TRACE = "replicas-converge-Deployment-web.json"
REFUSED = "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n"


@frozen
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        """The words of each line but the first."""
        return [line.split() for line in self.out.splitlines()[1:]]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the traces of a lost worker, timed and untimed, and of an outage."""
    directory = tmp_path_factory.mktemp("checked")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        for name, text in (("web.yaml", WEB), ("kind.yaml", KIND), ("outage.yaml", OUTAGE)):
            Path(name).write_text(text)
        assert main(["check", *LOST, "--out", "lost", "--json", "lost.json"]) == 1
        assert main(["check", *LOST, "--timing", "untimed", "--out", "untimed"]) == 1
        assert main(["check", "outage.yaml", "--stop-at-first", "--out", "outage"]) == 1
    return directory


@pytest.fixture
def kubectl(
    checked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """Return a function that runs the command beside the traces."""
    monkeypatch.chdir(checked)
    capsys.readouterr()

    def run(*words: str) -> Ran:
        code = main(["kubectl", *words])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    yield run
    for left in checked.glob("written*"):
        left.unlink()


# ---------------------------------------------------------------- traces


def test_a_trace_is_read_after_any_step(kubectl: Callable[..., Ran]) -> None:
    """The worker dies, and kubectl sees first nothing, then a node that is not ready, then a pod that takes over."""
    seen = {step: kubectl(f"lost/{TRACE}@{step}", "get", "nodes", "kind-worker").rows[0][1] for step in (0, 1, 2)}
    last = kubectl(f"lost/{TRACE}", "get", "pods")

    assert seen == {0: "Ready", 1: "Ready", 2: "NotReady"}
    assert last.rows == [["web-a", "1/1", "Terminating", "0", "5m50s"], ["web-b", "0/1", "Pending", "0", "0s"]]
    assert (last.code, last.err) == (0, "")
    assert kubectl(f"lost/{TRACE}@12", "get", "pods") == last


def test_an_untimed_trace_has_no_ages(kubectl: Callable[..., Ran]) -> None:
    """Without a clock, ages are unknown."""
    assert {row[-1] for row in kubectl(f"untimed/{TRACE}", "get", "pods").rows} == {"<unknown>"}


def test_a_result_with_one_trace_is_a_trace(kubectl: Callable[..., Ran]) -> None:
    """What --json has written is read like the trace that --out has written."""
    assert kubectl("lost.json@2", "get", "all") == kubectl(f"lost/{TRACE}@2", "get", "all")


def test_the_outage_is_refused(kubectl: Callable[..., Ran]) -> None:
    """While the control plane is down, kubectl fails as it does in life; a step before, it answers."""
    assert kubectl(f"outage/{TRACE}", "get", "pods") == Ran(1, "", REFUSED)
    assert kubectl(f"outage/{TRACE}", "rollout", "status", "deploy/web") == Ran(1, "", REFUSED)
    assert kubectl(f"outage/{TRACE}@1", "get", "deploy").rows == [["web", "0/1", "0", "0", "0s"]]


def test_a_trace_of_a_slice_is_taken_on_the_whole(kubectl: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace that was found in a slice shows the whole cluster; where that cannot be, a line says so."""
    Path("written.yaml").write_text(f"{WEB}---\n{SERVICE}---\n{NOBODY_MAY_GO}")
    Path("written-check.yaml").write_text(
        "manifests: [written.yaml]\ncluster: kind.yaml\nactions: [drain: kind-worker]\nproperties: [drain-terminates]\n"
        "faults: {stop-control-plane: 0, crash-container: 0}\n"
    )
    request = Request(target="written-check.yaml")
    result = check_system(resolve(request).system, sliced=True, whole_first=0)
    (trace,) = with_origin(result, expanded(request)).traces
    assert trace.run["slice"]["cut"]
    write_trace(trace, Path("written.json"))

    whole = kubectl("written.json", "get", "nodes,pods,endpointslices")
    assert (whole.code, whole.err) == (0, "")
    assert "Ready,SchedulingDisabled" in whole.out

    def fails(*_: object) -> None:
        raise ReplayError("what was cut away would have to act first")

    monkeypatch.setattr(instants, "replay_steps", fails)
    assert kubectl("written.json", "get", "nodes,pods,endpointslices") == Ran(
        0, whole.out, f"clusterproof: {instants.SLICED}\n"
    )


def test_a_trace_is_read_from_elsewhere(
    kubectl: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace finds its manifests where they were, also from another directory."""
    here = Path.cwd()
    monkeypatch.chdir(tmp_path)

    assert kubectl(str(here / "lost" / TRACE), "get", "po", "web-b").rows[0][2] == "Pending"


# ---------------------------------------------------------------- clusters


def test_a_cluster_is_read_as_it_was_deployed(kubectl: Callable[..., Ran]) -> None:
    """Manifests, a check file, or nothing at all: what is shown is deployed, whatever the check begins with."""
    assert kubectl("web.yaml", "get", "deploy").rows == [["web", "1/1", "1", "1", "0s"]]
    assert kubectl("outage.yaml", "get", "deploy").rows == [["web", "1/1", "1", "1", "0s"]]
    assert kubectl("--timing", "untimed", "web.yaml", "get", "deploy").rows[0][-1] == "<unknown>"
    assert [row[0] for row in kubectl("-f", "web.yaml", "--cluster", "kind.yaml", "get", "no").rows] == [
        "kind-control-plane",
        "kind-worker",
    ]
    assert len(kubectl("get", "pods").rows) == len(kubectl("hello-server", "get", "pods").rows) == 3


def test_objects_of_custom_kinds_are_read(kubectl: Callable[..., Ran]) -> None:
    """A kind of one's own is asked for by its names, when its controller has come to rest; what it made is its own."""
    assert kubectl("otofu", "get", "otofus").out == "NAME   AGE\ntofu   0s\n"
    assert kubectl("otofu", "get", "otofu.example.com/tofu", "-o", "jsonpath={.spec.size} {.status.ready}").out == "1 1"
    owner = "jsonpath={.items[0].metadata.ownerReferences[0]['apiVersion','kind','name']}"
    assert kubectl("otofu", "get", "pods", "-o", owner).out == "example.com/v1 Otofu tofu"
    assert "/apis/example.com/v1/namespaces/default/otofus?limit=500" in kubectl("otofu", "get", "otofu", "-v=6").err
    assert kubectl("hello-server", "get", "otofus").err == 'error: the server doesn\'t have a resource type "otofus"\n'
    assert kubectl("application", "get", "deploy").rows == [["web", "1/1", "1", "1", "0s"]]


def test_flags_may_stand_anywhere(kubectl: Callable[..., Ran]) -> None:
    """Flags of kubectl may stand before, between and behind names, with a blank, an equals sign or nothing."""
    wide = kubectl("hello-server", "get", "-o", "wide", "pods", "hello-server-a")

    assert wide.out.count("10.244.0.2") == 1
    assert kubectl("hello-server", "get", "pods", "-owide", "hello-server-a") == wide
    assert kubectl("hello-server", "get", "pods", "hello-server-a", "--output=wide", "-n=default") == wide
    assert kubectl("hello-server", "-o", "wide", "get", "pods", "hello-server-a") == wide
    assert "200 OK" in kubectl("hello-server", "get", "pods", "-v=6").err
    assert kubectl("hello-server", "get", "pods", "--v", "6", "-A").err.startswith(
        "GET https://127.0.0.1:6443/api/v1/pods"
    )


def test_help_names_the_flags(kubectl: Callable[..., Ran]) -> None:
    """Help is there before and behind the target."""
    assert "jsonpath=TEMPLATE" in kubectl("hello-server", "get", "--help").out
    assert "TRACE[@STEP]|TARGET get ..." in kubectl("--help").out


def test_json_is_json(kubectl: Callable[..., Ran]) -> None:
    """What -o json prints is read by any program."""
    assert json.loads(kubectl("hello-server", "get", "svc", "-o", "json").out)["items"][0]["kind"] == "Service"


def test_names_do_not_reach_the_terminal_raw(kubectl: Callable[..., Ran]) -> None:
    """Control characters in the user's data are shown as escapes, while tabs and lines stay."""
    settings = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "\\e[31m\\n\\tb"}\n'
    Path("written.yaml").write_text(f"{WEB}---\n{settings}")

    shown = kubectl("written.yaml", "get", "cm", "-o", "jsonpath={.items[0].data.a}").out
    assert shown == "\\x1b[31m\n\tb"
    assert "\x1b" not in kubectl("written.yaml", "get", "cm", "-o", "yaml").out


def test_a_directory_may_have_an_at_sign(kubectl: Callable[..., Ran]) -> None:
    """What exists under its whole name is meant by it, whatever lies beside it."""
    Path("web.yaml@2").write_text(WEB.replace("name: web}", "name: other}"))

    assert kubectl("web.yaml@2", "get", "deploy", "-o", "name").out == "deployment.apps/other\n"
    Path("web.yaml@2").unlink()


# ---------------------------------------------------------------- what makes no sense


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "what shall kubectl do? write for example clusterproof kubectl trace.json get pods"),
        (["web.yaml"], "what shall kubectl do? write for example clusterproof kubectl trace.json get pods"),
        (["web.yaml", "describe", "pods"], "there is no kubectl command 'describe'; there are: get, rollout"),
        (["web.yaml", "gte", "pods"], "there is no kubectl command 'gte'; did you mean get?"),
        (
            ["web.yaml", "rollout", "undo", "deploy/web"],
            "nothing is rolled back in a trace; write rollout undo deploy/web --dry-run=server",
        ),
        (
            ["web.yaml", "rollout", "history", "deploy/web"],
            "of kubectl rollout there are only status and undo here; write for example rollout status deploy/web",
        ),
        (
            ["web.yaml", "rollout", "undo", "deploy/web", "--dry-run=server", "--to-revision=x"],
            "--to-revision x: write a number, 0 or more",
        ),
        (
            ["web.yaml", "get", "pods", "--watch"],
            "unrecognized arguments: --watch; see clusterproof kubectl [TRACE[@STEP]|TARGET] --help",
        ),
        (["web.yaml", "get", "pods", "-v", "debug"], "-v debug: write a level from 0 to 10"),
        (["web.yaml", "get", "pods", "-v", "99"], "-v 99: write a level from 0 to 10"),
        (
            [f"lost/{TRACE}@13", "get", "pods"],
            f"lost/{TRACE}@13: there is no step '13'; write a number from 0, the start, to 12",
        ),
        (
            [f"lost/{TRACE}@-1", "get", "pods"],
            f"lost/{TRACE}@-1: there is no step '-1'; write a number from 0, the start, to 12",
        ),
        (
            [f"lost/{TRACE}@two", "get", "pods"],
            f"lost/{TRACE}@two: there is no step 'two'; write a number from 0, the start, to 12",
        ),
        (["web.yaml@1", "get", "pods"], "web.yaml is no trace, and so it has no step '1'; leave @1 out"),
        (["@1", "get", "pods"], "there is no model '@1'; there are: hello-server"),
        (["philosophers", "get", "pods"], "philosophers is no Kubernetes cluster: kubectl has nothing to ask; try"),
        (["nothing.json", "get", "pods"], "there is no file or directory 'nothing.json'; check the path"),
        (["nobody", "get", "pods"], "there is no model 'nobody'; there are: hello-server"),
        (["--fault", "crash-nod=1", "get", "pods"], "there is no fault 'crash-nod'; did you mean crash-node?"),
    ],
)
def test_what_makes_no_sense_is_one_line(kubectl: Callable[..., Ran], words: list[str], line: str) -> None:
    """Bad words are one line with what to write instead, and exit code 2."""
    ran = kubectl(*words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"clusterproof: {line}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[]", "written.json:1: document: must be a mapping, not a list"),
        ('{"#meta": 5}', "written.json: the trace: '#meta' should be an object, not 5"),
        ('{"exit_code": 0}', "written.json: is no result that check --json has written"),
        ('{"exit_code": 0, "properties": []}', "written.json: holds 0 traces, and one is needed;"),
        (
            '{"exit_code": 0, "properties": [{"trace": {}}, 5]}',
            "written.json: is no result that check --json has written",
        ),
        ('{"exit_code": 0, "properties": [{"trace": {"a": 1}}]}', "written.json: the trace: '#meta' is missing"),
        ('{"exit_code": ', "written.json: is no result that check --json has written"),
        ('{"exit_code": ' + "[" * 100_000, "written.json: is no result that check --json has written"),
    ],
)
def test_what_is_no_trace_is_one_line(kubectl: Callable[..., Ran], text: str, line: str) -> None:
    """A file that is no trace, or a broken one, is refused in one line with exit code 2."""
    Path("written.json").write_text(text)
    ran = kubectl("written.json", "get", "pods")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"clusterproof: {line}")
    assert ran.err.count("\n") == 1


def test_a_trace_of_another_system_is_refused(kubectl: Callable[..., Ran]) -> None:
    """A trace whose manifests have changed does not replay, and is not shown."""
    shutil.copy("lost.json", "written.json")
    changed = Path("written.json").read_text().replace('"crash_node(kind-worker)', '"crash_node(kind-worker9)')
    Path("written.json").write_text(changed.replace("fault.crash_node(kind-worker)", "fault.crash_node(other)"))

    ran = kubectl("written.json", "get", "pods")
    assert (ran.code, ran.out) == (2, "")
    assert "step 1, fault.crash_node(other), is no action of this system" in ran.err
