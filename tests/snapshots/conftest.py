"""Snapshots: compare what users read with golden files, and the traces that are rendered for it.

After a change that is meant, `pytest tests/snapshots --rewrite-snapshots` writes the golden files anew: read the diff.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from clusterproof.checker.trace import Change, Starved, Trace, TraceStep, Why, Witness

EXPECTED = Path(__file__).parent / "expected"
HOSTILE = '\x1b[31m"\\N" <b>|end;%%\n\u202e</script> `#quot;` $$x$$ @you {z} http://evil.example\r日本'


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to write the golden files anew."""
    parser.addoption("--rewrite-snapshots", action="store_true", help="write the golden files instead of comparing")


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that compares text with the golden file of that name, or writes it when asked to."""

    def compare(name: str, text: str) -> None:
        path = EXPECTED / name
        # The default serves runs that begin at another folder, where the option does not exist.
        if request.config.getoption("--rewrite-snapshots", default=False):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.is_file(), f"no golden file {name}: run `pytest tests/snapshots --rewrite-snapshots`"
        assert text == path.read_text(encoding="utf-8")

    return compare


def change(object_name: str, path: str = "", before: str | None = "", after: str | None = "") -> Change:
    """Make a change; with a name alone, a sentence."""
    return Change(object_name=object_name, path=path, before=before, after=after)


def step(lane: str, action: str, *arguments: str, at: int | None, **more: object) -> TraceStep:
    """Make a step of a lane; its component is the lane without the instance."""
    component = lane.partition("[")[0]
    return TraceStep(lane=lane, component=component, action=action, arguments=arguments, at_seconds=at, **more)


def partition() -> Trace:
    """A pod runs twice behind a partition: safety, timed."""
    ready, deleted = ".status.conditions[Ready]", ".metadata.deletionTimestamp"
    return Trace(
        property_name="at-most-one-runs",
        object_name="Deployment/web",
        says="at most one container of Deployment/web runs",
        doc="No two containers of one replica run at the same time.",
        timing="timed",
        states_seen=812,
        initial=("Deployment/web 1/1", "web-a runs on n1"),
        steps=(
            step(
                "fault",
                "partition-node",
                "n1",
                at=0,
                fault=True,
                changes=(change("link n1-apiserver", "", "up", "cut"),),
            ),
            step(
                "node-lifecycle",
                "mark_unreachable",
                "n1",
                at=50,
                changes=(change("Node/n1", ready, "True", "Unknown"),),
            ),
            step(
                "node-lifecycle",
                "taint_no_execute",
                "n1",
                at=50,
                changes=(change("Node/n1", ".spec.taints", None, "unreachable:NoExecute"),),
            ),
            step("taint-eviction", "delete", "web-a", at=350, changes=(change("Pod/web-a", deleted, "", "set"),)),
            step(
                "replicaset",
                "create_pod",
                "web",
                at=350,
                changes=(change("Pod/web-b", "", None, ""), change("ReplicaSet/web", ".status.replicas", "1", "2")),
            ),
            step(
                "scheduler",
                "bind",
                "web-b",
                at=350,
                choices="node=n2",
                changes=(change("Pod/web-b", ".spec.nodeName", "", "n2"),),
                doc="The scheduler binds a pod to any feasible node.",
                source=("models/kubernetes/scheduler.py", 41),
            ),
            step("kubelet[n2]", "start_container", "web-b", at=351, changes=(change("web-b runs on n2"),)),
        ),
        why=Why(
            says="at most one container of Deployment/web runs",
            witnesses=(
                Witness(text="web-a on n1", since_step=0, note="behind the partition"),
                Witness(text="web-b on n2", since_step=7),
            ),
        ),
        run={"target": "shop.yaml", "scope": {"partition-node": 1}},
    )


def counter() -> Trace:
    """Two threads lose an update: a small classic, untimed, with full states."""
    done = (
        step("thread[a]", "read", at=None, changes=(change("thread[a]", "read", "", "0"),)),
        step("thread[b]", "read", at=None, changes=(change("thread[b]", "read", "", "0"),)),
        step("thread[a]", "write", at=None, changes=(change("counter", "", "0", "1"),)),
        step("thread[b]", "write", at=None, changes=()),
    )
    return Trace(
        property_name="counter-counts",
        states_seen=1,
        shortest=False,
        initial=("counter 0",),
        steps=done,
        states=tuple({"counter": value, "threads": ("a", "b")} for value in (0, 0, 0, 1, 1)),
        why=Why(says="when all threads are done, the counter is their number"),
    )


def oscillation() -> Trace:
    """Two controllers undo each other for ever, and one is never heard: a lasso."""
    toggle = (
        step("hpa", "scale", "web", at=15, changes=(change("Deployment/web", ".spec.replicas", "1", "2"),)),
        step("replicaset", "create_pod", "web", at=15, changes=(change("Pod/web-b", "", None, ""),)),
        step(
            "gitops",
            "sync",
            "web",
            at=60,
            changes=(change("Deployment/web", ".spec.replicas", "2", "1"), change("Pod/web-b", "", "", None)),
        ),
    )
    return Trace(
        property_name="replicas-converge",
        object_name="Deployment/web",
        kind="eventually_always",
        timing="timed",
        states_seen=23_456,
        initial=("Deployment/web 1/1",),
        steps=(
            step("user", "apply", "hpa", at=0, changes=(change("HorizontalPodAutoscaler/web", "", None, ""),)),
            *toggle,
        ),
        loop_from=1,
        starved=(Starved(step="scheduler.bind(web-b)", enabled_in=1, loop_states=3),),
        why=Why(says="pods that are ready = replicas", witnesses=(Witness(text="1 of 2 ready", since_step=2),)),
    )


def unschedulable() -> Trace:
    """A pod fits nowhere: nothing happens any more, and the notes say which filter refuses which node."""
    return evolve(
        oscillation(),
        timing="untimed",
        steps=(step("replicaset", "create_pod", "web", at=None, changes=(change("Pod/web-b", "", None, ""),)),),
        loop_from=None,
        stutters=True,
        starved=(),
        why=Why(
            says="pods that are ready = replicas",
            witnesses=(Witness(text="Pod/web-b has no node", since_step=1),),
            notes=(
                "n1: TaintToleration: the taint control-plane:NoSchedule is not tolerated",
                "n2: NodeResourcesFit: cpu",
            ),
        ),
    )


def hostile() -> Trace:
    """Every name holds what is special to a terminal or to some format."""
    changed = (change(f"Pod/{HOSTILE}", HOSTILE, HOSTILE, HOSTILE), change(HOSTILE, "", None, HOSTILE))
    return Trace(
        property_name=HOSTILE,
        object_name=HOSTILE,
        says=HOSTILE,
        initial=(HOSTILE,),
        steps=(
            step(HOSTILE, HOSTILE, HOSTILE, at=None, choices=HOSTILE, changes=changed),
            step("end", HOSTILE, at=None, fault=True, changes=changed),
        ),
        states=({HOSTILE: HOSTILE}, {HOSTILE: None}, {HOSTILE: {HOSTILE: frozenset({HOSTILE})}}),
        why=Why(says=HOSTILE, witnesses=(Witness(text=HOSTILE, since_step=1, note=HOSTILE),), notes=(HOSTILE,)),
    )


EXAMPLES: dict[str, Trace] = {
    "safety": partition(),
    "untimed": counter(),
    "step": evolve(partition(), kind="step", property_name="deleted-before-replaced", object_name="", shortest=False),
    "lasso": oscillation(),
    "stuttering": unschedulable(),
    "reachable": evolve(partition(), kind="reachable", property_name="two-run", why=None, says="two containers run"),
    "initially": evolve(counter(), steps=(), states=()),
    "hostile": hostile(),
}


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> tuple[str, Trace]:
    """Return each of the example traces, with its name."""
    return request.param, EXAMPLES[request.param]


@pytest.fixture
def examples() -> dict[str, Trace]:
    """Return the example traces by name."""
    return EXAMPLES
