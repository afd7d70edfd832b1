"""`clusterproof graph`: a picture of a trace, or of a state space that is small enough to be read."""

from __future__ import annotations

import argparse
from pathlib import Path

from attrs import define, field

from clusterproof.checker.answers import plain
from clusterproof.checker.cli.arguments import request_of
from clusterproof.checker.cli.errors import UsageError, one_line
from clusterproof.checker.cli.reexecution import reexecute
from clusterproof.checker.cli.subject import Preparation, Subject
from clusterproof.checker.cli.targets import expanded, resolve
from clusterproof.checker.cli.words import counted
from clusterproof.checker.differences import Differences
from clusterproof.checker.memo import Memo
from clusterproof.checker.render.dot import MAX_NODES, state_space_graph, trace_graph
from clusterproof.checker.render.escape import printable
from clusterproof.checker.render.itf import read_trace
from clusterproof.checker.render.phrases import change_cells
from clusterproof.checker.render.picture import write_graph
from clusterproof.checker.replay import ReplayError
from clusterproof.compiled import Compiled, Step, text_of


def run(options: argparse.Namespace) -> int:
    """Draw, and say which files were written."""
    path, directory = Path(options.what), Path(options.out)
    if path.is_file() and path.suffix == ".json":
        trace, siblings, note = read_trace(path), {}, ""
        try:
            siblings = _siblings(path, options.python)
        except (UsageError, ReplayError) as error:
            note = f"without the steps that were not taken: {one_line(error)}"
        graph, stem = trace_graph(trace, siblings), path.stem
    else:
        options.target = options.what
        request = expanded(request_of(options))
        subject = resolve(request, Preparation(bounds=request.all_bounds()), title=options.what)
        space = explored(subject, most_depth=request.all_bounds().depth)
        title = f"{subject.title}: {counted(len(space.nodes), 'state')}, {counted(len(space.edges), 'step')}"
        if space.cut:
            title += f" (down to depth {request.all_bounds().depth})"
        graph = state_space_graph(space.nodes, space.edges, initial=space.initial, bad=space.bad, title=title)
        stem, note = f"{subject.title}-states", ""
    pictures = write_graph(graph, directory, stem)
    for line in filter(None, (*(f"wrote {path}" for path in pictures.paths), note, pictures.message)):
        print(printable(line))
    return 0


def _siblings(path: Path, target: str) -> dict[int, list[str]]:
    """For each state of a trace the steps that were possible there and not taken."""
    done = reexecute(path, target)
    compiled = done.compiled
    taken = [*done.trace.run["steps"]]
    siblings: dict[int, list[str]] = {}
    shown = 0
    for row, (name, label) in zip(done.rows, taken, strict=False):
        others = [
            _step_text(step) for step in compiled.steps(row).steps if (str(step.instance), step.label) != (name, label)
        ]
        if not name.startswith("clock."):
            siblings[shown] = list(dict.fromkeys(others))
            shown += 1
    return siblings


def _step_text(step: Step) -> str:
    """A step as traces write it."""
    instance = step.instance
    text = str(instance)
    if instance.fault:
        text = f"FAULT {plain(instance.name)}({', '.join(map(text_of, instance.arguments))})"
    return f"{text} -> {step.label}" if step.label else text


@define
class StateSpace:
    """A whole state space, or its beginning: the nodes as lines, the edges, and which states are which."""

    nodes: list[list[str]] = field(factory=list)
    edges: list[tuple[int, int, str, bool]] = field(factory=list)
    initial: list[int] = field(factory=list)
    bad: list[int] = field(factory=list)
    cut: bool = False


def explored(subject: Subject, most_depth: int | None = None) -> StateSpace:
    """Every state of a small system. Raises UsageError when there are more than can be drawn."""
    compiled = Compiled(subject.system)
    compiled.evaluate_with = Memo(compiled).evaluate
    differences = Differences(compiled)
    rows = compiled.initial_rows()
    space = StateSpace(initial=list(range(len(rows))))
    numbers = {row: number for number, row in enumerate(rows)}
    depths = [0] * len(rows)
    always = [each for each in subject.system.properties if each.kind == "always"]
    judged = [about for each in always for about in compiled.property_instances(each)]
    for number, row in enumerate(rows):  # grows while it is walked
        changed = [change_cells(change) for change in differences.between(rows[0], row)]
        space.nodes.append([str(cells) for cells in changed] or ["as at the start" if number else "the start"])
        if any(not compiled.judge(about, row).holds for about in judged):
            space.bad.append(number)
        if most_depth is not None and depths[number] >= most_depth:
            space.cut = True
            continue
        for step in compiled.steps(row).steps:
            target = numbers.setdefault(step.row, len(rows))
            if target == len(rows):
                rows.append(step.row)
                depths.append(depths[number] + 1)
            if len(rows) > MAX_NODES:
                raise UsageError(
                    f"{subject.title} has more than {MAX_NODES} states, too many to draw; "
                    "write --bound depth=3 for its beginning, or draw one trace of it"
                )
            space.edges.append((number, target, _step_text(step), step.instance.fault))
    return space
