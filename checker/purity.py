"""Whether functions depend on the state alone: each is called twice, and compared with what it did in equal states.

Every engine with a memory rests on this: a function that read the same values reads and answers the same again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, define

from clusterproof.checker.judging import JudgeFunction
from clusterproof.checker.memo import Node, insert
from clusterproof.checker.search import Options
from clusterproof.claims import StepInfo
from clusterproof.compiled import Instance, PropertyInstance
from clusterproof.errors import ImpureError
from clusterproof.evaluation import Evaluation, Judgement

EvaluateFunction = Callable[[str, Instance], Evaluation]


def functions_of(
    options: Options, evaluate: EvaluateFunction, judge: JudgeFunction
) -> tuple[EvaluateFunction, JudgeFunction]:
    """The same functions; where the options ask to verify them, they raise ImpureError when they are impure."""
    if not options.verify:
        return evaluate, judge
    doubt = Doubt(evaluate, judge)
    return doubt.evaluate, doubt.judge


@define(eq=False)
class Doubt:
    """Functions that are called twice each time, with a decision tree per function of what it did so far."""

    evaluate_once: EvaluateFunction
    judge_once: JudgeFunction
    _trees: dict[object, Node] = Factory(dict)

    def evaluate(self, row: str, instance: Instance) -> Evaluation:
        """What an instance does on a row. Raises ImpureError when it did something else in an equal state."""
        first, second = self.evaluate_once(row, instance), self.evaluate_once(row, instance)
        self._compare(instance, str(instance), row, first, second)
        return first

    def judge(self, about: PropertyInstance, row: str, after: str = "", step: StepInfo | None = None) -> Judgement:
        """What a property says. Raises ImpureError when it said something else in an equal state."""
        first, second = (self.judge_once(about, row, after or None, step) for _ in range(2))
        self._compare((about, step), about.judged.name, row + after, first, second)
        return first

    def _compare(self, key: object, who: str, row: str, first: Any, second: Any) -> None:
        if first != second:
            message = f"{who} did something else the second time: it depends on more than the state.\n"
            raise ImpureError(message + "  look for random numbers, the wall clock, globals, or the order of a set")
        self._trees[key] = insert(self._trees.get(key), first.reads, row, first, who)
