"""Write a graph to files: always the DOT, and the pictures too where something can draw them."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from clusterproof.checker.render.escape import file_stem, printable

if TYPE_CHECKING:
    import graphviz  # type: ignore[import-untyped]

TIMEOUT_SECONDS = 60
# Legible on a screen of high resolution; SVG needs no resolution.
PNG_DOTS_PER_INCH = "144"
INSTALL = "install Graphviz, or `pip install graphviz-pure`"


@frozen
class Pictures:
    """The files that were written, the DOT first, and a message when not all of them could be."""

    paths: list[Path]
    message: str = ""


def write_graph(graph: graphviz.Digraph, directory: Path, stem: str) -> Pictures:
    """Write `stem`.dot into the directory, and .svg and .png drawn by the system's `dot`, else by graphviz-pure.

    A graph that cannot be drawn is no error: its DOT is there, and the message says what to install.
    """
    directory.mkdir(parents=True, exist_ok=True)
    source = directory / f"{file_stem(stem)}.dot"
    source.write_text(graph.source, encoding="utf-8", newline="\n")
    paths, failures = [source], []
    programs = renderers()
    for form in ("svg", "png"):
        failure = ""
        for program in programs:
            picture = source.with_suffix(f".{form}")
            failure = _draw(program, source, picture, form)
            if not failure:
                paths.append(picture)
                break
        if failure:
            failures.append(f"{form}: {failure}")
    if not programs:
        return Pictures(paths, f"wrote {source.name} only, nothing here draws it: {INSTALL}")
    return Pictures(paths, f"could not draw {source.name} as {'; '.join(failures)}" if failures else "")


def renderers() -> list[Path]:
    """Find the programs that draw a DOT file, best first: the system's `dot`, then the graphviz-pure wheel's."""
    # The wheel installs a program and no module; a virtual environment that is not activated is not on the PATH.
    names = (("dot", None), ("graphviz-pure", None), ("graphviz-pure", sysconfig.get_path("scripts")))
    found = [shutil.which(name, path=path) for name, path in names]
    return list(dict.fromkeys(Path(path) for path in found if path))


def _draw(program: Path, source: Path, picture: Path, form: str) -> str:
    """Draw one picture; what went wrong, or nothing."""
    command = [str(program), f"-T{form}", "-o", str(picture), str(source)]
    if form == "png":
        command.insert(1, f"-Gdpi={PNG_DOTS_PER_INCH}")
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        problem = f"gave up after {TIMEOUT_SECONDS} seconds"
    except OSError as error:
        problem = error.strerror or "does not start"
    else:
        if done.returncode == 0 and picture.is_file():
            return ""
        problem = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
    picture.unlink(missing_ok=True)
    return f"{program.name}: {printable(problem)}"
