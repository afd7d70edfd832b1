"""The story as pictures: a sequence diagram of the four steps, and a trace to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from clusterproof.checker.answers import Counterexample
from clusterproof.checker.cli.kubectl_lines import apply_lines
from clusterproof.checker.cli.story_run import Moment, StoryRun
from clusterproof.checker.evidence import build_trace
from clusterproof.checker.render.mermaid import API_SERVER, SequenceDiagram
from clusterproof.checker.search import Path as Execution
from clusterproof.checker.trace import Trace
from clusterproof.claims import Claims, Property, claim
from clusterproof.compiled import PropertyInstance, text_of

CREATE_POD = {
    "replicaset-controller.create_pod",
    "statefulset-controller.create_pod",
    "daemonset-controller.create_pod",
}
CONTAINERS_START = ("kubelet.start_container", "kubelet.finish_init_container")
DRAWN = {
    "kubectl.apply_document",
    "deployment-controller.create_new_replica_set",
    *CREATE_POD,
    "scheduler.bind",
    *CONTAINERS_START,
    "kubelet.become_ready",
}


def story_diagram(moments: Sequence[Moment], story: StoryRun) -> str:
    """A Mermaid sequence diagram of the four steps; one pod stands for all."""
    diagram = SequenceDiagram()
    for lane in ("kubectl", API_SERVER, "etcd"):
        diagram.lane(lane)
    diagram.note_over_all(["1 kubectl applies, the apiserver stores in etcd"])
    pods = 0
    for moment in moments:
        if moment.name == "kubectl.apply_document":
            state = story.compiled.schema.state(moment.before)
            document = state.scope.documents[state.kubectl.applied]
            diagram.message("kubectl", API_SERVER, apply_lines(document.kind, document.name, exists=False)[-1:])
            diagram.message(API_SERVER, "etcd", [f"{document.kind}/{document.name}"])
        elif moment.name == "deployment-controller.create_new_replica_set":
            _write_through(diagram, moment, "creates ReplicaSet")
        elif moment.name in CREATE_POD:
            pods += 1
            if pods == 1:
                _write_through(diagram, moment, "creates Pod")
    first = next((m.instance.arguments[0] for m in moments if m.name == "scheduler.bind"), None)
    for moment in moments:
        if moment.instance.arguments and moment.instance.arguments[-1] == first:
            _add_pod_step(diagram, moment)
    if pods > 1:
        diagram.note_over_all([f"the same for {pods - 1} more pod{'s' * (pods > 2)}"])
    return str(diagram)


def _write_through(diagram: SequenceDiagram, moment: Moment, what: str) -> None:
    made = next((c.object_name for c in moment.changes if c.before is None and not c.path), "")
    diagram.message(moment.instance.lane, API_SERVER, [f"{what} {made.partition('/')[2]}"])
    diagram.message(API_SERVER, "etcd", [made])


def _add_pod_step(diagram: SequenceDiagram, moment: Moment) -> None:
    pod = text_of(moment.instance.arguments[-1])
    if moment.name == "scheduler.bind":
        diagram.note_over_all(["2 the scheduler picks a node"])
        diagram.message("scheduler", API_SERVER, [f"bind {pod}", moment.label])
        diagram.message(API_SERVER, "etcd", [f"Pod/{pod} .spec.nodeName"])
    elif moment.name == "kubelet.start_container":
        lane = moment.instance.lane
        diagram.note_over_all(["3 the kubelet of that node notices: that is mine"])
        diagram.message(API_SERVER, lane, [f"watch: Pod/{pod} is bound to this node"])
        diagram.note_over_all(["4 it asks the container runtime to start the containers"])
        diagram.message(lane, "container runtime", [f"start the container of {pod}"])
    elif moment.name == "kubelet.finish_init_container":
        diagram.message(
            moment.instance.lane, "container runtime", [f"an init container of {pod} is done, start what comes next"]
        )
    elif moment.name == "kubelet.become_ready":
        diagram.note(moment.instance.lane, [f"+{moment.at_seconds}s {pod} is ready"])


def story_trace(story: StoryRun, deployed: int) -> Trace:
    """The run as a trace to draw, without the steps that only carry news."""
    moments = story.moments[:deployed]
    about: Property[Any] = Property(kind="reachable", function=_everything_runs, called="from-apply-to-running")
    path = Execution(
        steps=tuple((moment.instance, moment.label) for moment in moments),
        rows=(moments[0].before, *(moment.after for moment in moments)),
    )
    found = Counterexample(about=PropertyInstance(judged=about), says="every pod has come up", path=path)
    trace = build_trace(story.compiled, found)
    told = [moment.changes for moment in moments if moment.instance is not story.compiled.clock]
    steps = tuple(
        attrs.evolve(step, changes=changes)
        for step, changes in zip(trace.steps, told, strict=False)  # the clock is shown at the end only
        if f"{step.component}.{step.action}" in DRAWN
    )
    return attrs.evolve(trace, steps=steps, states=(), shortest=False, why=None, initial=("an empty cluster",))


def _everything_runs(_state: object) -> Claims:
    """Every pod has come up."""
    yield claim(True, "every pod has come up")
