"""`clusterproof story`: how a cluster comes up, from apply to running, and what a fault does to it then."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
from attrs import define, field

from clusterproof.checker.cli.arguments import request_of
from clusterproof.checker.cli.errors import UsageError, dashed
from clusterproof.checker.cli.kubectl_lines import (
    apply_lines,
    curl_lines,
    get_control_plane_lines,
    get_pods_lines,
    refusal,
)
from clusterproof.checker.cli.request import FaultChoice, Request
from clusterproof.checker.cli.story_diagram import CONTAINERS_START, story_diagram, story_trace
from clusterproof.checker.cli.story_run import Moment, StoryRun
from clusterproof.checker.cli.subject import Subject
from clusterproof.checker.cli.targets import expanded, is_cluster, resolve
from clusterproof.checker.cli.terminal import Terminal
from clusterproof.checker.render.escape import printable
from clusterproof.checker.render.phrases import change_cells
from clusterproof.compiled import Compiled, text_of

BIRTHS = (
    "deployment-controller.create_new_replica_set",
    "replicaset-controller.create_pod",
    "statefulset-controller.create_pod",
    "daemonset-controller.create_pod",
)


def run(options: argparse.Namespace) -> int:
    """Tell the story, as text and as a sequence diagram; with --out also as files and a picture."""
    asked = request_of(options)
    request = expanded(asked)
    if not is_cluster(request):
        raise UsageError(f"{asked.target} is no cluster: a story begins with kubectl apply; try clusterproof graph")
    subject = resolve(_scope(request), title=asked.target)
    story = StoryRun(Compiled(subject.system), request.all_bounds().seconds)
    teller = _Teller(story, Terminal.of(sys.stdout))
    lines = [printable(line) for line in teller.tell(subject, list(asked.faults))]
    diagram = story_diagram(story.moments[: teller.deployed], story)
    print("\n".join(lines))
    print("\nthe same as a Mermaid sequence diagram, for any Markdown file:\n")
    print(diagram, end="")
    if options.out:
        for line in _write(story, teller.deployed, lines, diagram, Path(options.out)):
            print(line)
    return 0


def _scope(request: Request) -> Request:
    """The same cluster, from apply, on the clock, without faults but those that were asked for."""
    from clusterproof.models.kubernetes.cluster import DEFAULT_FAULTS

    calm = {name: FaultChoice(budget=0) for name in DEFAULT_FAULTS}
    calm |= {dashed(name): attrs.evolve(choice, budget=choice.budget or 1) for name, choice in request.faults.items()}
    settings = {**request.settings, "start": "apply", "timing": "timed"}
    return attrs.evolve(request, faults=calm, settings=settings)


@define
class _Teller:
    """Tells a run, chapter by chapter. deployed: how many steps it took until everything ran."""

    story: StoryRun
    terminal: Terminal
    deployed: int = field(init=False, default=0)

    def tell(self, subject: Subject, faults: Sequence[str]) -> Iterator[str]:
        """All lines of the story."""
        yield f"The story of {subject.title}, from apply to running"
        for heading, text in subject.facts[:2]:
            yield from self.terminal.row(heading, text, 16, indent=2)
        moments = self.story.settle()
        self.deployed = len(self.story.moments)
        yield from self._four_steps(moments, _files(subject.request))
        for fault in faults:
            yield from self._fault(fault)

    # ---------------------------------------------------------------- the four steps
    def _four_steps(self, moments: Sequence[Moment], files: str) -> Iterator[str]:
        yield from ("", "1  kubectl applies; the apiserver stores each object in etcd")
        yield f"     $ kubectl apply {files}"
        for moment in moments:
            if moment.name == "kubectl.apply_document":
                yield from self._applied(moment)
        yield from ("", "   the controllers see it, and create what is missing")
        yield from self._steps([moment for moment in moments if moment.name in BIRTHS])
        yield from ("", "2  the scheduler picks a node for each pod")
        yield from self._steps([moment for moment in moments if moment.name == "scheduler.bind"])
        starts = [moment for moment in moments if moment.name == "kubelet.start_container"]
        yield from ("", "3  the kubelet of that node notices: that is mine")
        mine: dict[str, list[str]] = {}
        for moment in starts:
            mine.setdefault(moment.instance.lane, []).append(text_of(moment.instance.arguments[1]))
        yield from (f"     {lane}: {', '.join(pods)}" for lane, pods in mine.items())
        yield from ("", "4  it asks the container runtime to start the containers")
        yield from self._steps([moment for moment in moments if moment.name in CONTAINERS_START])
        yield from ("", f"Running, after {self.story.seconds} s and {len(moments)} steps")
        yield from self._keyboard()
        yield from self._pending()

    def _applied(self, moment: Moment) -> Iterator[str]:
        before = self.story.compiled.schema.state(moment.before)
        document = before.scope.documents[before.kubectl.applied]
        changed = [str(change_cells(change)) for change in moment.changes]
        for line in apply_lines(document.kind, document.name, exists=_exists(before, document)):
            yield f"     {line}"
        if changed:
            yield f"       etcd  {'; '.join(changed)}"

    def _steps(self, moments: Sequence[Moment]) -> Iterator[str]:
        texts = [f"+{m.at_seconds}s  {_step_text(m)}" for m in moments]
        column = 5 + max((len(text) for text in texts), default=0) + 3
        for moment, text in zip(moments, texts, strict=True):
            changes = "; ".join(str(change_cells(change)) for change in moment.changes)
            if column > self.terminal.width // 2 + 12:
                yield f"     {text}"
                yield from self.terminal.row("", changes, 11)
            else:
                yield from self.terminal.row(text, changes, column, indent=5)
        if not moments:
            yield "     nobody: nothing of this kind happened"

    def _keyboard(self) -> Iterator[str]:
        c = self.story.state
        namespaces = {c.scope.namespace(p, pod.owner) for p, pod in c.pods.items()} or {"default"}
        for namespace in sorted(namespaces):
            yield from (f"     {line}" for line in get_pods_lines(c, namespace=namespace))
        yield from (f"     {line}" for line in curl_lines(c))

    def _pending(self) -> Iterator[str]:
        from clusterproof.models.kubernetes.narration import explain

        yield from (f"     {line}" for line in explain(self.story.state, ""))

    # ---------------------------------------------------------------- the fault
    def _fault(self, fault: str) -> Iterator[str]:
        before = self.story.state
        struck = self.story.strike(fault)
        if struck is None:
            raise UsageError(f"{fault} cannot strike here: there is nothing for it to hit")
        yield from ("", f"The fault: {fault}")
        yield from self._steps([struck, *self._told(self.story.settle())])
        c = self.story.state
        yield from self._keyboard()
        if refused := refusal(c):
            for d in list(c.deployments)[:1]:
                yield f"     $ kubectl scale deployment {d} --replicas={c.deployments[d].replicas + 1}"
                yield f"     {refused}"
        yield from self._containers(before, c)
        healed = self.story.heal()
        if healed is None:
            yield from ("", "Nothing heals it.")
            return
        yield from ("", "It heals")
        yield from self._steps([healed, *self._told(self.story.settle())])
        yield from self._keyboard()
        c = self.story.state
        yield from (f"     {line}" for line in get_control_plane_lines(c))
        yield f"     {_comparison(before, c)}"

    @staticmethod
    def _told(moments: Sequence[Moment]) -> list[Moment]:
        """The steps worth telling: those that anybody can see from outside."""
        return [moment for moment in moments if moment.changes and moment.instance.lane != "clock"]

    @staticmethod
    def _containers(before: Any, now: Any) -> Iterator[str]:
        kept = [p for p in now.containers if p in before.containers]
        yield f"     {len(kept)} of {len(before.containers)} containers keep running:"
        for p in kept:
            container = now.containers[p]
            restarts = now.pods[p].restarts if p in now.pods else 0
            yield f"       {p} on {container.node}: {container.state.value}, RESTARTS {restarts}"


def _files(request: Request) -> str:
    """The files as `kubectl apply` is given them."""
    return " ".join(f"-f {path}" for path in request.manifests) or "-f manifests.yaml"


def _comparison(before: Any, now: Any) -> str:
    if set(before.pods) != set(now.pods):
        gone, new = set(before.pods) - set(now.pods), set(now.pods) - set(before.pods)
        went, came = (", ".join(sorted(pods)) or "none" for pods in (gone, new))
        return f"other pods than before: {went} went, {came} came"
    same = all(before.pods[p].restarts == now.pods[p].restarts for p in now.pods)
    return "the same pods as before, " + ("and none was restarted" if same else "and some were restarted")


def _exists(c: Any, document: Any) -> bool:
    held = {
        "Deployment": c.deployments,
        "ReplicaSet": c.replica_sets,
        "StatefulSet": c.stateful_sets,
        "DaemonSet": c.daemon_sets,
        "CronJob": c.cron_jobs,
        "Pod": c.pods,
    }
    if document.kind == "Job":
        return f"Job/{document.name}" in c.jobs
    if document.kind in held:
        return document.name in held[document.kind]
    if document.kind == "ConfigMap":
        return bool(c.config_maps[document.name].version)
    return bool({"Service": c.services, "PodDisruptionBudget": c.budgets}[document.kind][document.name].exists)


def _step_text(moment: Moment) -> str:
    instance = moment.instance
    if instance.fault:
        return f"FAULT {dashed(instance.name)}({', '.join(map(text_of, instance.arguments))})"
    return f"{instance} -> {moment.label}" if moment.label else str(instance)


def _write(story: StoryRun, deployed: int, lines: Sequence[str], diagram: str, directory: Path) -> Iterator[str]:
    from clusterproof.checker.render.dot import trace_graph
    from clusterproof.checker.render.picture import write_graph

    directory.mkdir(parents=True, exist_ok=True)
    markdown = directory / "story.md"
    text = "\n".join(lines)
    markdown.write_text(f"```text\n{text}\n```\n\n```mermaid\n{diagram}```\n", encoding="utf-8", newline="\n")
    yield f"\nwrote {markdown}"
    pictures = write_graph(trace_graph(story_trace(story, deployed)), directory, "story")
    for path in pictures.paths:
        yield f"wrote {path}"
    if pictures.message:
        yield pictures.message
