"""A trace as JSON in the Informal Trace Format, and back without loss.

The format's own fields (`#meta`, `vars`, `states`, `loop`) serve any viewer of it; what only this checker knows stands
under `#meta`, of the whole and of each state. Source: https://apalache-mc.org/docs/adr/015adr-trace.html

Values of a state come back as they went when they are None, a bool, an int, a finite float, text, or a list, tuple,
set or mapping of those (a set as a frozenset, a mapping as a dict). Any other value comes back as its text.
"""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clusterproof.checker.render.itf_reading import Reader, TraceFileError
from clusterproof.checker.render.itf_values import MAX_DIGITS, value_from_json, value_to_json
from clusterproof.checker.render.phrases import title
from clusterproof.checker.trace import Change, Starved, Trace, TraceStep, Why, Witness

__all__ = ["VERSION", "TraceFileError", "from_json", "read_trace", "to_json", "write_trace"]

VERSION = 1
MAX_BYTES = 32 * 1024 * 1024  # read within seconds, into less than a GiB
MAX_STEPS = 100_000
SPECIFICATION = "https://apalache-mc.org/docs/adr/015adr-trace.html"
META = "#meta"


def to_json(trace: Trace) -> dict[str, Any]:
    """Write a trace as JSON-able data. Raises ValueError for a trace whose states do not fit its steps."""
    if trace.states and len(trace.states) != len(trace.steps) + 1:
        raise ValueError(f"a trace of {len(trace.steps)} steps has {len(trace.states)} states, expected one more")
    states: list[dict[str, Any]] = []
    for index in range(len(trace.steps) + 1):
        meta = {"index": index, **(_step_to_json(trace.steps[index - 1]) if index else {})}
        states.append({META: meta, **(_state_to_json(trace.states[index]) if trace.states else {})})
    data: dict[str, Any] = {
        META: _meta_to_json(trace),
        "vars": list(dict.fromkeys(path for state in trace.states for path in state)),
        "states": states,
    }
    if trace.loop_from is not None:
        data["loop"] = trace.loop_from
    return data


def from_json(data: Any) -> Trace:
    """Read what `to_json` wrote. Raises TraceFileError, with one line that says what is wrong and where."""
    top = Reader(data, "the trace")
    meta = top.inner(META)
    _require_version(meta)
    states = top.inners("states")
    if not 1 <= len(states) <= MAX_STEPS + 1:
        raise TraceFileError(f"the trace: 'states' has {len(states)} entries, expected from 1 to {MAX_STEPS + 1}")
    loop_from = top.optional_integer("loop")
    if loop_from is not None and not 0 <= loop_from < len(states):
        raise TraceFileError(f"the trace: 'loop' is {loop_from}, but the states are 0 to {len(states) - 1}")
    names = set(top.texts("vars"))
    why = meta.optional_inner("why")
    return Trace(
        property_name=meta.text("property"),
        object_name=meta.text("object"),
        kind=meta.text("kind"),
        says=meta.text("claim"),
        doc=meta.text("doc"),
        timing=meta.text("timing"),
        states_seen=meta.count("states_seen"),
        shortest=meta.flag("shortest"),
        initial=meta.texts("initial"),
        steps=tuple(_step_from_json(state.inner(META), index) for index, state in enumerate(states) if index),
        states=tuple(_state_from_json(state, names) for state in states) if meta.flag("full_states") else (),
        loop_from=loop_from,
        stutters=meta.flag("stutters"),
        starved=tuple(_starved_from_json(item) for item in meta.inners("starved")),
        why=_why_from_json(why) if why else None,
        run=meta.mapping("run"),
    )


def write_trace(trace: Trace, path: Path) -> None:
    """Write a trace to a file, for `read_trace` and for any viewer of the format."""
    text = json.dumps(to_json(trace), indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_trace(path: Path) -> Trace:
    """Read a trace from a file. Raises TraceFileError, with one line that names the file."""
    try:
        return from_json(
            json.loads(
                _content(path),
                object_pairs_hook=_without_duplicates,
                parse_float=_finite,
                parse_int=_short,
                parse_constant=_refuse_constant,
            )
        )
    except TraceFileError as error:
        raise TraceFileError(f"{path}: {error}") from None
    except OSError as error:
        raise TraceFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise TraceFileError(f"{path}: is nested too deeply to be a trace") from None
    except ValueError as error:
        raise TraceFileError(f"{path}: is not JSON: {error}") from None


def _content(path: Path) -> str:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise TraceFileError("is no file")
    if found.st_size > MAX_BYTES:
        raise TraceFileError(f"{found.st_size} bytes are too many, the limit is {MAX_BYTES}")
    return path.read_text(encoding="utf-8-sig")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        raise TraceFileError(f"is not JSON: {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return data


def _short(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise TraceFileError(f"is not JSON: a number of {len(text)} digits is too large")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise TraceFileError(f"is not JSON: {text} is too large")
    return number


def _refuse_constant(name: str) -> Any:
    raise TraceFileError(f"is not JSON: it contains {name}")


def _require_version(meta: Reader) -> None:
    if "version" not in meta or meta.get("format") != "ITF":
        raise TraceFileError("this is no trace of clusterproof: '#meta' lacks format 'ITF' or a version")
    version = meta.count("version")
    if version != VERSION:
        raise TraceFileError(
            f"the trace has version {version} and this clusterproof reads version {VERSION}: "
            "use the clusterproof that wrote it, or check again"
        )


def _meta_to_json(trace: Trace) -> dict[str, Any]:
    return {
        "format": "ITF",
        "format-description": SPECIFICATION,
        "source": "clusterproof",
        "description": title(trace),
        "version": VERSION,
        "property": trace.property_name,
        "object": trace.object_name,
        "kind": trace.kind,
        "claim": trace.says,
        "doc": trace.doc,
        "timing": trace.timing,
        "states_seen": trace.states_seen,
        "shortest": trace.shortest,
        "initial": list(trace.initial),
        "full_states": bool(trace.states),
        "stutters": trace.stutters,
        "starved": [
            {"step": item.step, "enabled_in": item.enabled_in, "loop_states": item.loop_states}
            for item in trace.starved
        ],
        "why": _why_to_json(trace.why) if trace.why else None,
        "run": dict(trace.run),
    }


def _step_to_json(step: TraceStep) -> dict[str, Any]:
    return {
        "action": step.action,
        "args": list(step.arguments),
        "lane": step.lane,
        "component": step.component,
        "choices": step.choices,
        "fault": step.fault,
        "at_seconds": step.at_seconds,
        "changes": [
            {"object": change.object_name, "path": change.path, "before": change.before, "after": change.after}
            for change in step.changes
        ],
        "doc": step.doc,
        "source": list(step.source) if step.source else None,
    }


def _step_from_json(meta: Reader, index: int) -> TraceStep:
    if meta.count("index") != index:
        raise TraceFileError(f"{meta.place}: 'index' is {meta.count('index')}, expected {index}")
    return TraceStep(
        lane=meta.text("lane"),
        component=meta.text("component"),
        action=meta.text("action"),
        arguments=meta.texts("args"),
        choices=meta.text("choices"),
        fault=meta.flag("fault"),
        at_seconds=meta.optional_integer("at_seconds"),
        changes=tuple(_change_from_json(item) for item in meta.inners("changes")),
        doc=meta.text("doc"),
        source=meta.optional_source("source"),
    )


def _change_from_json(item: Reader) -> Change:
    return Change(
        object_name=item.text("object"),
        path=item.text("path"),
        before=item.optional_text("before"),
        after=item.optional_text("after"),
    )


def _starved_from_json(item: Reader) -> Starved:
    return Starved(step=item.text("step"), enabled_in=item.count("enabled_in"), loop_states=item.count("loop_states"))


def _why_to_json(why: Why) -> dict[str, Any]:
    witnesses = [{"text": item.text, "since_step": item.since_step, "note": item.note} for item in why.witnesses]
    return {"says": why.says, "witnesses": witnesses, "notes": list(why.notes)}


def _why_from_json(why: Reader) -> Why:
    witnesses = tuple(
        Witness(text=item.text("text"), since_step=item.count("since_step"), note=item.text("note"))
        for item in why.inners("witnesses")
    )
    return Why(says=why.text("says"), witnesses=witnesses, notes=why.texts("notes"))


def _state_to_json(state: Mapping[str, Any]) -> dict[str, Any]:
    if META in state:
        raise ValueError(f"a slot cannot be named {META!r}: the trace format keeps that name for itself")
    return {path: value_to_json(value) for path, value in state.items()}


def _state_from_json(state: Reader, names: set[str]) -> dict[str, Any]:
    unknown = [path for path in state if path != META and path not in names]
    if unknown:
        raise TraceFileError(f"{state.place}: {unknown[0]!r} is not listed in 'vars'")
    return {path: value_from_json(state.get(path), f"{state.place}, {path!r}") for path in state if path != META}
