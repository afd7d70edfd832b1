"""The files that show why a claim is refuted: the trace that `replay` takes, a diagram, and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import Factory, frozen

from clusterproof.checker.render.escape import file_stem
from clusterproof.checker.result import CheckResult
from clusterproof.checker.trace import Trace


@frozen(kw_only=True)
class Evidence:
    """What was written. traces: per trace (by identity) its JSON file. files: all files. message: what is missing."""

    traces: Mapping[int, Path] = Factory(dict)
    files: tuple[Path, ...] = ()
    message: str = ""


def write_evidence(result: CheckResult, directory: Path) -> Evidence:
    """Write every trace of a result into a directory, as JSON, Markdown, DOT and, where possible, SVG and PNG."""
    from clusterproof.checker.render.mermaid import trace_markdown

    traces = trace_files(result.traces, directory)
    files: list[Path] = []
    message = ""
    for trace in result.traces:
        path = traces[id(trace)]
        markdown = directory / f"{path.stem}.md"
        markdown.write_text(trace_markdown(trace), encoding="utf-8", newline="\n")
        drawn, problem = _draw(trace, directory, path.stem)
        files += [path, markdown, *drawn]
        message = message or problem
    return Evidence(traces=traces, files=tuple(files), message=message)


def trace_files(traces: Iterable[Trace], directory: Path) -> dict[int, Path]:
    """Write every trace into a directory, as JSON; the files by the identity of the trace."""
    from clusterproof.checker.render.itf import write_trace

    directory.mkdir(parents=True, exist_ok=True)
    written: dict[int, Path] = {}
    for trace in traces:
        path = directory / f"{_stem(trace, {each.stem for each in written.values()})}.json"
        write_trace(trace, path)
        written[id(trace)] = path
    return written


def _draw(trace: Trace, directory: Path, stem: str) -> tuple[list[Path], str]:
    from clusterproof.checker.render.dot import GraphTooLarge, trace_graph
    from clusterproof.checker.render.picture import write_graph

    try:
        pictures = write_graph(trace_graph(trace), directory, stem)
    except GraphTooLarge as error:
        return [], str(error)
    return pictures.paths, pictures.message


def _stem(trace: Trace, taken: set[str]) -> str:
    stem = file_stem(f"{trace.property_name} {trace.object_name}")
    number, found = 1, stem
    while found in taken:
        number += 1
        found = f"{stem}-{number}"
    return found
