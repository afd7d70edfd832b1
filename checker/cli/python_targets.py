"""Systems that users write: `module:system`, or `FILE.py:system`."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs

from clusterproof.checker.cli.errors import UsageError, dashed, unknown
from clusterproof.checker.cli.request import FaultChoice, Request
from clusterproof.checker.cli.subject import Subject
from clusterproof.compiled import text_of
from clusterproof.components import Action, unbounded
from clusterproof.errors import SpecError, UserCodeError
from clusterproof.system import System


def python_subject(title: str, request: Request, make: Any) -> Subject:
    """A system written in the language, with the settings and fault budgets that were asked for.

    make: the system, or a function that returns it.
    """
    system = _built(title, request, make)
    system = attrs.evolve(system, budgets={**system.budgets, **_budgets(system, request)})
    _require_properties(system, request)
    if request.actions:
        raise UsageError(
            f"{request.actions[0].place}: only clusters have users who act; {request.target} has its own actions"
        )
    if request.cluster or request.manifests:
        raise UsageError(f"{title} is no cluster: it takes neither --cluster nor -f")
    return Subject(
        title=title,
        request=request,
        system=system,
        facts=_facts(title, system),
        named=request.properties,
    )


def _require_properties(system: System[Any], request: Request) -> None:
    known = [judged.name for judged in system.properties]
    known += ["no-deadlock"] if system.deadlock == "forbidden" else []
    for name in request.properties:
        if dashed(name) not in known:
            raise unknown("property", name, known, request.place("properties", dashed(name)))


def _facts(title: str, system: System[Any]) -> tuple[tuple[str, str], ...]:
    actions = [action for component in system.components for action in component.actions]
    inside = {action: budget for action, budget in system.budgets.items() if budget != 0}
    faults = [f"{dashed(a.name)} {_times(inside[a])}" for a in actions if a.fault and a in inside]
    limited = [f"{a.name} {_times(b)}" for a, b in inside.items() if not a.fault]
    count = len(system.initial_states)
    facts = [
        ("system", system.name or title),
        ("components", ", ".join(component.name for component in system.components)),
        ("faults", ", ".join(faults) or "none"),
        ("budgets", ", ".join(limited)),
        ("start", f"{count} initial states" if count > 1 else "1 initial state"),
    ]
    return tuple((heading, text) for heading, text in facts if text)


def _times(budget: Any) -> str:
    return "unbounded" if budget is unbounded else text_of(budget)


# ---------------------------------------------------------------- finding it


def load_object(target: str) -> Any:
    """What `module:attribute` or `FILE.py:attribute` names.

    Raises UsageError, or UserCodeError when loading it fails.
    """
    where, _, attribute = target.rpartition(":")
    sys.path.insert(0, str(Path.cwd()))
    module = _load_file(Path(where)) if where.endswith(".py") else _load_module(where)
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise unknown("attribute", part, _systems(found), target)
        found = getattr(found, part)
    return found


def _systems(module: Any) -> list[str]:
    """What in a module may be a system: systems, and functions of its own."""
    members = vars(module) if hasattr(module, "__dict__") else {}
    own = [n for n, each in members.items() if inspect.isfunction(each) and each.__module__ == module.__name__]
    return [name for name, each in members.items() if isinstance(each, System) or name in own]


def _load_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(f"there is no module {name!r} here or on sys.path; write module:system") from None
        raise UserCodeError(name, error) from error
    except SpecError:
        raise
    except Exception as error:
        raise UserCodeError(name, error) from error


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}; write FILE.py:system")
    name = (
        path.stem if path.stem.isidentifier() and path.stem not in sys.modules else f"clusterproof_target_{path.stem}"
    )
    description = importlib.util.spec_from_file_location(name, path)
    if description is None or description.loader is None:
        raise UsageError(f"{path} cannot be loaded as Python")
    module = importlib.util.module_from_spec(description)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[name] = module  # the annotations of its classes are looked up there
    try:
        description.loader.exec_module(module)
    except SpecError:
        raise
    except SyntaxError as error:
        raise UsageError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    except Exception as error:
        raise UserCodeError(str(path), error) from error
    return module


# ---------------------------------------------------------------- what was asked of it


def _built(title: str, request: Request, make: Any) -> System[Any]:
    settings = dict(request.settings)
    timing = settings.pop("timing", None)
    system: Any = make
    if isinstance(make, System):
        if settings:
            raise unknown("setting", next(iter(settings)), ["timing"], request.place("scope", next(iter(settings))))
    elif callable(make):
        arguments = _arguments(title, request, settings, make)
        try:
            system = make(**arguments)
        except SpecError:
            raise
        except Exception as error:
            raise UserCodeError(title, error) from error
    if not isinstance(system, System):
        raise UsageError(f"{title} is of type {type(system).__name__}; write a System, or a function that returns one")
    if timing is None:
        return system
    return attrs.evolve(system, timing=checked_choice(request, "timing", timing, ("timed", "untimed")))


def checked_choice(request: Request, key: str, value: str, known: tuple[str, ...]) -> Any:
    """A setting that is one of a few words."""
    if value not in known:
        place = request.place("scope", key) or f"--set {key}={value}"
        raise unknown("value", value, known, place)
    return value


def _arguments(
    title: str, request: Request, settings: Mapping[str, str], make: Callable[..., System[Any]]
) -> dict[str, Any]:
    """The settings as arguments of the function that builds the system; numbers become numbers."""
    parameters = inspect.signature(make).parameters
    arguments: dict[str, Any] = {}
    for key, text in settings.items():
        if key not in parameters:
            raise unknown("setting", key, [*parameters, "timing"], request.place("scope", key))
        number = isinstance(parameters[key].default, int)
        if number and not text.isdecimal():
            place = request.place("scope", key) or f"--set {key}={text}"
            raise UsageError(f"{place}: {title} takes a whole number here, not {text!r}")
        arguments[key] = int(text) if text.isdecimal() else text
    missing = [n for n, p in parameters.items() if p.default is p.empty and n not in arguments and p.kind <= 1]
    if missing:
        raise UsageError(f"{title} needs {missing[0]}; write --set {missing[0]}=VALUE")
    return arguments


def _budgets(system: System[Any], request: Request) -> dict[Action[Any], Any]:
    faults = {dashed(a.name): a for component in system.components for a in component.actions if a.fault}
    limited = {dashed(action.name): action for action in system.budgets}
    known = {**faults, **limited}
    budgets: dict[Action[Any], Any] = {}
    for name, choice in request.faults.items():
        if name not in known:
            raise unknown("fault", name, known, request.place("faults", name))
        if not choice.heals:
            place = request.place("faults", name)
            raise UsageError(
                f"{place}: what heals {name} is an action of {system.name or 'the system'}; take it out there"
            )
        budgets[known[name]] = _budget(choice)
    return budgets


def _budget(choice: FaultChoice) -> Any:
    return unbounded if choice.budget == "unbounded" else choice.budget
