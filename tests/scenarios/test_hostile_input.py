"""The whole command on files that a tired engineer or an attacker would write: one line, exit code 2, within seconds."""

# ruff: noqa: E501  (messages are one line, and so is each row of their tables)

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clusterproof.checker.cli import main
from clusterproof.models.kubernetes.manifests import files

PATIENCE_SECONDS = 45.0
"""No input may take longer; the slowest ones take ten on a machine of 2020 that does nothing else."""

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: web:1
        ports: [{containerPort: 80}]
"""
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80, nodePort: 30080}]
"""
KIND = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
CHAIN = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {'[' * 50}*a{n - 1}{']' * 50}\n" for n in range(1, 30))


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs a command which has to be refused within seconds, and gives the line."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        started = time.monotonic()
        code = main(words)
        captured = capsys.readouterr()

        assert (code, captured.out) == (2, "")
        line = captured.err.removeprefix("clusterproof: ").removesuffix("\n")
        assert line.isprintable()
        assert time.monotonic() - started < PATIENCE_SECONDS
        return line

    return run


def write(name: str, text: str | bytes) -> None:
    """Write a file here."""
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())


def changed(old: str, new: str) -> str:
    """Return the Deployment with something else in it."""
    assert old in WEB
    return WEB.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # the YAML itself
        (changed("  name: web", "  name: web\n  name: web"), "5: metadata.name: is given twice, first on line 4; remove one"),
        ('{"kind": "Pod",\n "kind": "Pod"}', "2: kind: is given twice, first on line 1; remove one"),
        (BOMB, "6: a5[0]: aliases stand for more than 100000 nodes; write the values out"),
        (CHAIN, f"3: a2{'[0]' * 50}: with the alias *a1, nested deeper than 100 levels; write it flatter"),
        (changed("replicas: 1", "replicas: " + "[" * 9), "8: YAML: not valid YAML: expected ',' or ']', but got ':'"),
        ("{" + '"a": {' * 5000, "1: " + ".".join("a" * 99)[:148]),
        (changed("replicas: 1", "replicas: !!python/object/apply:os.system [id]"), "6: spec.replicas: the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed; leave it out"),
        (changed("replicas: 1", "[a]: 1"), "6: spec: a key must be a string, not a list or mapping"),
        (changed("replicas: 1", "5: 1"), '6: spec["5"]: Kubernetes has no such field here; remove it'),
        (changed("replicas: 1", "replicas: .nan"), "6: spec.replicas: must be a whole number, not the number .nan"),
        (changed("replicas: 1", "replicas: 2024-01-01"), '6: spec.replicas: must be a whole number, not the string "2024-01-01"'),
        (changed("replicas: 1", f"replicas: {'9' * 5000}"), f'6: spec.replicas: must be a whole number, not the string "{"9" * 60}..."'),
        (changed("replicas: 1", f"replicas: {'9' * 300}"), f"6: spec.replicas: is {'9' * 40}; write a number at least 0"),
        (WEB.encode("utf-16"), "1: file: is not UTF-8 (byte 0xff); save it as UTF-8"),
        (WEB.encode() + b"# caf\xe9\n", "17: file: is not UTF-8 (byte 0xe9); save it as UTF-8"),
        ("{{ .Values.web }}\n", "1: YAML: a key must be a string, not a list or mapping; this looks like a template, render it first (for example: helm template)"),
        # what kubectl and the API server refuse
        ("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - kind: List\n    items: [5]\n", "8: items[0]: must be an object; write a mapping"),
        (WEB + "---\n" + WEB, "21: metadata.name: Deployment/web in namespace default is given twice, first at web.yaml:1; remove one"),
        (changed("matchLabels: {app: web}", "matchLabels: {app: wev}"), "7: spec.selector: does not match the labels of the template (app=web); write the same labels in both"),
        (changed("replicas: 1", "strategy: {rollingUpdate: {maxUnavailable: 101%}}"), '6: spec.strategy.rollingUpdate.maxUnavailable: is "101%"; write at most 100%'),
        (changed("replicas: 1", "replicas: -1"), "6: spec.replicas: is -1; write a number at least 0"),
        (changed("replicas: 1", 'replicas: "3"'), '6: spec.replicas: must be a whole number, not the string "3"; write 3 without quotes'),
        (changed("Deployment", "Deploymnet"), "2: kind: apps/v1 has no kind Deploymnet; did you mean Deployment?"),
        (changed("replicas: 1", "replica: 1"), "6: spec.replica: Kubernetes has no such field here; did you mean replicas?"),
        (changed("replicas: 1", f"{'r' * 1000}: 1"), f"6: spec.{'r' * 145}...{'r' * 150}: Kubernetes has no such field here; remove it"),
        (changed("replicas: 1", '"\\e[31m": 1'), '6: spec["\\x1b[31m"]: Kubernetes has no such field here; remove it'),
        (changed("  name: web", '  name: "web\\n\\e]0;x\\a"'), '4: metadata.name: "web\\n\\x1b]0;x\\x07" is not a valid name; write lower-case letters, digits and dashes'),
        (changed("containerPort: 80", "containerPort: 70000"), "16: spec.template.spec.containers[0].ports[0].containerPort: is 70000; write a number between 1 and 65535"),
        (WEB + SERVICE.replace("NAME", "a") + SERVICE.replace("NAME", "b"), "32: spec.ports[0].nodePort: 30080 belongs to Service/a (web.yaml:18); write another port"),
        (WEB + SERVICE.replace("30080", "80").replace("NAME", "a"), "24: spec.ports[0].nodePort: is 80; write a port between 30000 and 32767"),
        # more than can be checked
        (changed("replicas: 1", "replicas: 1000000"), "6: spec.replicas: is 1000000, and at most 250 can be checked; write fewer"),
        ("---\n".join(changed("name: web", f"name: web-{n}") .replace("replicas: 1", "replicas: 100") for n in range(5)), "52: spec: with it there are 800 pods, counting those that replace others, and 600 at most can be checked; write fewer replicas, or check fewer objects"),
        ("---\n".join(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{n}}}\n" for n in range(5000)), "2001: document: there are 5,000 objects to check, and 500 at most can be; check fewer at a time"),
        ("".join("a" * 60 + "\n" for _ in range(90_000)), "1: file: is larger than 5 MiB; split it"),
        ("a: [" + "x," * 200_000 + "]", "1: a[199997]: is one value too many, for 200,000 are read at most; check less at a time"),
    ],
)  # fmt: skip
def test_manifests_are_refused(refused: Callable[..., str], text: str | bytes, line: str) -> None:
    """A manifest that cannot be checked is refused in one line with its file, line and field."""
    write("web.yaml", text)

    assert refused("check", "-f", "web.yaml").startswith(f"web.yaml:{line}")


@pytest.mark.parametrize("text", ["", "# nothing\n---\n# here\n", "---\n...\n", "\ufeff", "null\n", "apiVersion: example.org/v1\nkind: Web\nmetadata: {name: a}\n"])  # fmt: skip
def test_nothing_to_check_is_refused(refused: Callable[..., str], text: str) -> None:
    """Files that hold nothing, or nothing that the model knows, are no proof of anything."""
    write("web.yaml", text)

    assert refused("check", "-f", "web.yaml") == "web.yaml: nothing in there that can be checked, such as a Deployment"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (KIND + "- role: worker\n" * 10_000, "3: nodes: has 10001 nodes, and at most 110 can be checked; write fewer"),
        (KIND + "  capacity: 0\n", "5: nodes[0].capacity: Kubernetes has no such field here; remove it"),
        (KIND + "  extraPortMappings: [{containerPort: 1, listenAddress: localhost}]\n", '5: nodes[0].extraPortMappings[0].listenAddress: "localhost" is not an address; write for example 127.0.0.1'),
        (KIND + "  extraPortMappings: [{containerPort: 0}]\n", "5: nodes[0].extraPortMappings[0].containerPort: is 0; write a number between 1 and 65535"),
        (KIND + f"name: {'k' * 300}\n", f'5: name: "{"k" * 60}..." is not a cluster name; write at most 200 lower-case letters, digits, - and .'),
        ("", "1: document: must hold one kind cluster configuration, not 0 documents; remove the others"),
        (BOMB, "6: a5[0]: aliases stand for more than 100000 nodes; write the values out"),
    ],
)  # fmt: skip
def test_kind_configurations_are_refused(refused: Callable[..., str], text: str, line: str) -> None:
    """A kind configuration that cannot be read is refused in one line with its file, line and field."""
    write("web.yaml", WEB)
    write("kind.yaml", text)

    assert refused("check", "-f", "web.yaml", "--cluster", "kind.yaml") == f"kind.yaml:{line}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("propertis: []", "propertis: a check file has no such key; did you mean properties?"),
        ("properties: [replica-converge]", "properties: there is no property 'replica-converge'; did you mean replicas-converge?"),
        ("faults: {crash-nod: 1}", "faults.crash-nod: there is no fault 'crash-nod'; did you mean crash-node?"),
        ("faults: {crash-node: -1}", "faults.crash-node: '-1' is not a number of times; write 0, 1, 2... or unbounded"),
        ("faults: {crash-node: 10000000000}", "faults.crash-node: '10000000000' is not a number of times; write 0, 1, 2... or unbounded"),
        ("actions: [{drain: multinode-nodeport-worke}]", "actions[0].drain: there is no node 'multinode-nodeport-worke'; did you mean multinode-nodeport-worker?"),
        ("actions: [{scale: deployment/hello-server, replicas: 1..9999}]", "actions[0].replicas: is '1..9999', and at most 250 can be checked; write fewer"),
        ("actions: [{rollout: deployment/hello-server, budget: 1000000}]", "actions[0].rollout: hello-server is rolled out 1000000 times, and at most 20 can be checked; write a smaller budget"),
        ("{target: philosophers, scope: {n: 3}}", 'scope.false: was written as y, n, yes, no, on or off, a boolean; quote it, for example "n"'),
        ('{target: philosophers, scope: {"n": 99999}}', "scope.n: philosophers takes at most 20 here; write a smaller number"),
        ("target: os:system", "target: a check file runs no Python; if you trust os:system, add --target os:system"),
        ("target: 'x:y; rm -rf *'", "target: a check file runs no Python; if you trust x:y; rm -rf *, add --target 'x:y; rm -rf *'"),
        ("scope: {kubernetes_version: 1.35.0.1}", "scope.kubernetes_version: '1.35.0.1' is not a version of Kubernetes; write for example 1.35"),
        ("bounds: {seconds: .inf}", "bounds.seconds: '.inf' is not a bound; write a number above 0, or unbounded"),
        ("manifests: [check.yaml]", "kind: is missing; write for example kind: Deployment"),
        ("b: &b [*b]", "b[0]: the alias *b stands inside its own anchor; write the value out"),
    ],
)  # fmt: skip
def test_check_files_are_refused(refused: Callable[..., str], text: str, line: str) -> None:
    """A check file with a mistake is refused in one line with file, line and field, and the name that was meant."""
    write("check.yaml", text)

    assert refused("check", "check.yaml") == f"check.yaml:1: {line}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[" * 100_000, "is nested too deeply to be a trace"),
        ("9" * 5000, "is not JSON: a number of 5000 digits is too large"),
        ("[1e999]", "is not JSON: 1e999 is too large"),
        ("NaN", "is not JSON: it contains NaN"),
        ('{"a": 1, "a": 2}', "is not JSON: 'a' is given twice"),
        ("[]", "the trace should be an object, not a list"),
        ('{"#meta": {"\x1b[31m": 1}}', "is not JSON: Invalid control character at: line 1 column 13 (char 12)"),
        (b'"\xe9"', "is not JSON: 'utf-8' codec can't decode byte 0xe9 in position 1: invalid continuation byte"),
    ],
)
def test_traces_are_refused(refused: Callable[..., str], text: str | bytes, line: str) -> None:
    """A file that is no trace is refused in one line, to be replayed and to be drawn."""
    write("trace.json", text)

    assert refused("replay", "trace.json") == refused("graph", "trace.json") == f"trace.json: {line}"


# ---------------------------------------------------------------- paths


def test_paths_that_are_no_files_are_refused(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Directories without manifests or too deep, loops of links, devices and silent pipes are refused in one line."""
    monkeypatch.setattr(files, "PIPE_LIMIT_SECONDS", 0.1)
    Path("empty").mkdir()
    Path("deep" + "/d" * 100).mkdir(parents=True)
    Path("loop.yaml").symlink_to("loop.yaml")
    os.mkfifo("pipe.yaml")
    os.mkfifo("pipe.json")
    Path("odd\n\x1b[31m").mkdir()

    assert refused("check", "empty") == "empty:1: file: holds no file ending in .yaml .yml .json; name another one"
    assert refused("check", "deep") == "deep:1: file: has directories deeper than 50; name the ones you mean"
    assert refused("check", "-f", "loop.yaml").startswith("loop.yaml:1: file: cannot be read: ")
    assert refused("check", "-f", "pipe.yaml").startswith("pipe.yaml:1: file: gave nothing more for 0.1 seconds; ")
    assert refused("check", "-f", "/dev/zero") == "/dev/zero:1: file: is larger than 5 MiB; split it"
    assert refused("check", "--cluster", "empty") == "empty:1: file: cannot be read: Is a directory; check the path"
    assert refused("replay", "pipe.json") == "pipe.json: is no file"
    assert refused("replay", "/dev/zero") == "/dev/zero: is no file"
    assert refused("check", "odd\n\x1b[31m").startswith("odd\\n\\x1b[31m:1: file: holds no file ending in ")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission_are_refused(refused: Callable[..., str]) -> None:
    """A file or directory that may not be read is named."""
    write("web.yaml", WEB)
    Path("web.yaml").chmod(0)

    assert refused("check", "-f", "web.yaml") == "web.yaml:1: file: cannot be read: Permission denied; check the path"


def test_files_that_fail_to_be_read_are_refused(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operating system says of a file that it does not give is passed on, with the file's name."""

    def denied(path: Path, *_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    write("web.yaml", WEB)
    write("trace.json", "{}")
    monkeypatch.setattr(Path, "open", denied)

    assert refused("check", "-f", "web.yaml") == "web.yaml:1: file: cannot be read: Permission denied; check the path"
    assert refused("replay", "trace.json") == "trace.json: cannot be read: Permission denied"


def test_stories_and_footprints_end(refused: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    """A story that would take long is given up in one line when its time is up, and a footprint says what it saw."""
    write("web.yaml", changed("replicas: 1", "replicas: 60"))

    assert refused("story", "-f", "web.yaml", "--bound", "seconds=0.1") == (
        "the story is not at its end after 0.1 seconds; write fewer replicas, or --bound seconds=N for more time"
    )
    assert main(["footprint", "-f", "web.yaml", "--start", "apply", "--bound", "seconds=0.1"]) == 0
    assert "breadth-first and on random walks" in capsys.readouterr().out


# ---------------------------------------------------------------- what the API server accepts


@pytest.mark.parametrize("resources", ["resources: {requests: {cpu: 100}}", "resources: {requests: {memory: 7Ei}}", "resources: {requests: {example.org/gpu: 1}}"])  # fmt: skip
def test_what_no_node_has_room_for_is_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], resources: str
) -> None:
    """Pods that no node has capacity for are accepted, as by the API server, and refute what they break."""
    monkeypatch.chdir(tmp_path)
    write("web.yaml", changed("        image: web:1", f"        image: web:1\n        {resources}"))
    code = main(["check", "-f", "web.yaml", "--property", "replicas-converge", "--fault", "stop-control-plane=0"])

    assert code == 1
    assert "fits no node" in capsys.readouterr().out


def test_more_pods_than_a_node_takes_is_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pods beyond what the nodes hold are no error of the input: the search begins, and says where it ended."""
    monkeypatch.chdir(tmp_path)
    write("web.yaml", changed("replicas: 1", "replicas: 115"))
    write("kind.yaml", KIND)
    words = ("--cluster", "kind.yaml", "--start", "apply", "--bound", "states=20", "--slicing", "off")
    code = main(["check", "-f", "web.yaml", *words, "--property", "node-capacity"])

    assert code == 3
    assert "the bound of 20 states" in capsys.readouterr().out
