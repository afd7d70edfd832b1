"""What to check, as the user asked for it: the command line and a check file come to the same.

A request is plain data. It goes into every trace, so that `replay` can build the same system again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args

import attrs
from attrs import Factory, frozen

from clusterproof.checker.cli.errors import UsageError, dashed, unknown
from clusterproof.checker.memory import parse_bytes
from clusterproof.checker.render.itf_reading import Reader, TraceFileError
from clusterproof.system import Bounds

Budget = int | Literal["unbounded"]

BOUNDS = ("states", "seconds", "depth", "memory")
DEFAULT_SECONDS = 600.0
ActionName = Literal[
    "apply",
    "cordon",
    "delete",
    "delete_namespace",
    "delete_node",
    "demand",
    "drain",
    "replace_member",
    "rollout",
    "rollout_undo",
    "scale",
    "taint_out_of_service",
    "uncordon",
    "untaint_out_of_service",
]
ACTIONS: tuple[str, ...] = get_args(ActionName)
CASCADES = ("background", "foreground", "orphan")
"""What `kubectl delete --cascade` takes."""


@frozen(kw_only=True)
class FaultChoice:
    """How often a fault may strike, and whether what repairs it is in scope."""

    budget: Budget = 1
    heals: bool = True


@frozen(kw_only=True)
class ActionChoice:
    """Something the user of the cluster may do.

    object_name: what with, e.g. "deployment/web" or a node. sizes: what to scale to. to_revision: what to roll back to,
    0 for the last revision but one. cascade: one of CASCADES, empty for kubectl's default. only_if_down: the user looks
    first, and acts only once the machine of the node is down. place: where it was asked for.
    """

    action: str
    object_name: str
    sizes: tuple[int, ...] = ()
    to_revision: int = 0
    cascade: str = ""
    only_if_down: bool = False
    budget: int = 1
    place: str = ""


@frozen(kw_only=True)
class Request:
    """What to check.

    check_file: one that is still to be taken in. group: the objects of the manifests that are looked at, all where it
    is empty. bounds: those that were given. places: where in a check file something stands, e.g.
    {"faults.crash-node": "check.yaml:4: faults.crash-node"}, for messages.
    """

    target: str = ""
    check_file: str = ""
    manifests: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    cluster: str = ""
    faults: Mapping[str, FaultChoice] = Factory(dict)
    actions: tuple[ActionChoice, ...] = ()
    settings: Mapping[str, str] = Factory(dict)
    properties: tuple[str, ...] = ()
    bounds: Mapping[str, float | None] = Factory(dict)
    engine: str = "auto"
    sliced: bool | None = None
    symmetry: bool | None = None
    allow_undetermined: bool = False
    places: Mapping[str, str] = Factory(dict)

    def place(self, *path: str) -> str:
        """Where in the check file something stands; empty when it came from the command line."""
        return self.places.get(".".join(path), "")

    def all_bounds(self) -> Bounds:
        """The bounds, ten minutes where no time is given."""
        states, depth, memory = (self.bounds.get(name) for name in ("states", "depth", "memory"))
        return Bounds(
            states=None if states is None else int(states),
            seconds=self.bounds.get("seconds", DEFAULT_SECONDS),
            depth=None if depth is None else int(depth),
            memory_bytes=None if memory is None else int(memory),
        )

    def to_json(self) -> dict[str, Any]:
        """The request as JSON, without the places; a check file has been taken into it before."""
        data = attrs.asdict(self)
        del data["places"], data["check_file"]
        return data

    @classmethod
    def from_json(cls, data: Any) -> Request:
        """Read what `to_json` wrote. Raises TraceFileError for anything else."""
        top = Reader(data, "'request'")
        faults, settings, bounds = top.inner("faults"), top.inner("settings"), top.inner("bounds")
        return cls(
            target=top.text("target"),
            manifests=top.texts("manifests"),
            group=() if top.get("group") is None else top.texts("group"),
            cluster=top.text("cluster"),
            faults={name: _fault_from_json(faults.inner(name)) for name in faults},
            actions=tuple(map(_action_from_json, top.inners("actions"))),
            settings={key: settings.text(key) for key in settings},
            properties=top.texts("properties"),
            bounds={name: _bound_from_json(name, bounds) for name in bounds},
            engine=top.text("engine"),
            sliced=None if top.get("sliced") is None else top.flag("sliced"),
            symmetry=None if top.get("symmetry") is None else top.flag("symmetry"),
            allow_undetermined=top.flag("allow_undetermined"),
        )


def _fault_from_json(item: Reader) -> FaultChoice:
    budget: Budget = "unbounded" if item.get("budget") == "unbounded" else item.count("budget")
    return FaultChoice(budget=budget, heals=item.flag("heals"))


def _action_from_json(item: Reader) -> ActionChoice:
    name = item.text("action")
    if name not in ACTIONS:
        raise TraceFileError(f"{item.place}: {name!r} is no action; there are {', '.join(ACTIONS)}")
    cascade = "" if item.get("cascade") is None else item.text("cascade")
    if cascade not in ("", *CASCADES):
        raise TraceFileError(f"{item.place}: {cascade!r} is no cascade; there are {', '.join(CASCADES)}")
    return ActionChoice(
        action=name,
        object_name=item.text("object_name"),
        sizes=item.counts("sizes"),
        to_revision=0 if item.get("to_revision") is None else item.count("to_revision"),
        cascade=cascade,
        only_if_down=item.get("only_if_down") is not None and item.flag("only_if_down"),
        budget=item.count("budget"),
        place=item.text("place"),
    )


def _bound_from_json(name: str, bounds: Reader) -> float | None:
    if name not in BOUNDS:
        raise TraceFileError(f"{bounds.place}: {name!r} is no bound; there are {', '.join(BOUNDS)}")
    value = bounds.get(name)
    return None if value is None else bound_value(name, str(value).removesuffix(".0"), f"{bounds.place}, {name!r}")


def merged(first: Request, over: Request) -> Request:
    """A request with what another one says on top of it: a check file, and the command line."""
    return Request(
        target=over.target or first.target,
        manifests=(*first.manifests, *over.manifests),
        cluster=over.cluster or first.cluster,
        faults={**first.faults, **over.faults},
        actions=(*first.actions, *over.actions),
        settings={**first.settings, **over.settings},
        properties=over.properties or first.properties,
        bounds={**first.bounds, **over.bounds},
        engine=over.engine,
        sliced=first.sliced if over.sliced is None else over.sliced,
        symmetry=first.symmetry if over.symmetry is None else over.symmetry,
        allow_undetermined=first.allow_undetermined or over.allow_undetermined,
        places={name: place for name, place in first.places.items() if not _is_overridden(name, over)},
    )


def _is_overridden(name: str, over: Request) -> bool:
    section, _, key = name.partition(".")
    given = {"faults": over.faults, "scope": over.settings, "properties": over.properties, "target": over.target}
    inside = given.get(section, ())
    return bool(inside) if section in ("properties", "target") else key in inside


# ---------------------------------------------------------------- the words of the command line


def parse_faults(words: Iterable[str]) -> dict[str, FaultChoice]:
    """`NAME=N`, `NAME=unbounded`, or `NAME` for once."""
    found = {}
    for word in words:
        name, equals, number = word.partition("=")
        found[dashed(name)] = FaultChoice(budget=parse_budget(number if equals else "1", f"--fault {word}"))
    return found


def parse_budget(text: str, whose: str) -> Budget:
    """A number of times, or `unbounded`."""
    if text == "unbounded":
        return "unbounded"
    if not is_number(text):
        raise UsageError(f"{whose}: {text!r} is not a number of times; write 0, 1, 2... or unbounded")
    return int(text)


def is_number(text: str) -> bool:
    """Whether a word is a whole number from 0 that somebody may mean: at most nine digits."""
    return text.isascii() and text.isdecimal() and len(text) <= 9


def parse_settings(words: Iterable[str]) -> dict[str, str]:
    """`KEY=VALUE`; a key such as `deployment/web.replicas` is a parameter of an object."""
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {word}: write KEY=VALUE, for example --set timing=untimed")
        found[key if "/" in key else key.replace("-", "_")] = value
    return found


def parse_bounds(words: Iterable[str]) -> dict[str, float | None]:
    """`states=N`, `seconds=N`, `depth=N` or `memory=8GiB`; `unbounded` takes a bound away."""
    found: dict[str, float | None] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if name not in BOUNDS:
            raise unknown("bound", name, BOUNDS, f"--bound {word}")
        if not equals:
            raise UsageError(f"--bound {word}: write {name}=N")
        found[name] = bound_value(name, value, f"--bound {word}")
    return found


def bound_value(name: str, text: str, whose: str) -> float | None:
    """A bound that is greater than 0; seconds may have a fraction, memory a unit."""
    if text == "unbounded":
        return None
    read: Callable[[str], float] = parse_bytes if name == "memory" else float if name == "seconds" else int
    try:
        value = read(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        what = "a size such as 8GiB or 500MB" if name == "memory" else "a number above 0"
        raise UsageError(f"{whose}: {text!r} is not a bound; write {what}, or unbounded")
    return value
