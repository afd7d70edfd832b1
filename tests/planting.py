"""Planting defects: a copy of a system in which some components do something else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

import attrs
from attrs import Factory, frozen

from clusterproof import Action, Bounds, Component, System
from clusterproof.checker.check import check_system
from clusterproof.checker.verdict import Verdict

Function = Callable[..., Any]

MOST = Bounds(states=50_000)
"""A planted system that grows beyond this is too large for a test."""


@frozen(kw_only=True)
class Defect:
    """What is wrong, and what turns red by it.

    instead: action -> the function that takes its place. also: component -> an action it has besides. never: actions
    that are missing. runs_when: component -> when it runs. red: the functions of all properties that become REFUTED.
    """

    name: str
    system: Callable[[], System[Any]]
    instead: Mapping[Action[Any], Function] = Factory(dict)
    also: Mapping[Component, Function] = Factory(dict)
    never: Collection[Action[Any]] = ()
    runs_when: Mapping[Component, Function] = Factory(dict)
    red: frozenset[str] = frozenset()

    def planted(self) -> System[Any]:
        """Return the system with the defect in it."""
        system = self.system()
        copies: dict[Action[Any], Action[Any]] = {}
        components = [self._copy(component, copies) for component in system.components]
        budgets = {copies[action]: budget for action, budget in system.budgets.items()}
        return attrs.evolve(system, components=components, budgets=budgets)

    def _copy(self, component: Component, copies: dict[Action[Any], Action[Any]]) -> Component:
        copy = Component(
            component.name,
            each=component.each,
            runs_when=self.runs_when.get(component, component.runs_when),
            fair=component.fair,
            urgent=component.urgent,
            within_seconds=component.within_seconds,
        )
        for action in component.actions:
            if action not in self.never:
                function = self.instead.get(action, action.function)
                copies[action] = attrs.evolve(action, component=copy, function=function)
                copy.actions.append(copies[action])
        if component in self.also:
            copy.action(self.also[component])
        return copy

    def unused(self) -> set[object]:
        """Return the actions and components that the defect names and the system does not have."""
        components = self.system().components
        known = {*components, *(action for component in components for action in component.actions)}
        return {*self.instead, *self.also, *self.never, *self.runs_when} - known


@cache
def healthy_verdicts(system: Callable[[], System[Any]]) -> dict[str, Verdict]:
    """Return the verdicts of a system without any defect."""
    return verdicts(system())


def verdicts(system: System[Any]) -> dict[str, Verdict]:
    """Return the gravest verdict per function of a property; those that have none are left out."""
    functions = {(part.name, part.doc): part.function.__name__ for part in system.properties}
    found: dict[str, Verdict] = {}
    for result in check_system(system, sliced=False, bounds=MOST, more_seconds=600.0).properties:
        name = functions[result.name, result.doc]
        if result.verdict is not None and found.get(name, Verdict.PROVED) is Verdict.PROVED:
            found[name] = result.verdict
    return found


def refuted(found: Mapping[str, Verdict]) -> set[str]:
    """Return the names that are REFUTED; anything but PROVED and REFUTED is an error."""
    assert {*found.values()} <= {Verdict.PROVED, Verdict.REFUTED}
    return {name for name, verdict in found.items() if verdict is Verdict.REFUTED}
