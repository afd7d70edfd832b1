"""Evaluations that are shared by the slices of a system, as the language asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clusterproof.claims import StepInfo
    from clusterproof.compiled import Compiled, Instance, PropertyInstance
    from clusterproof.evaluation import Evaluation, Judgement


class Recall(Protocol):
    """Evaluations known from other slices: None for those that are not."""

    def evaluation(self, part: Compiled, row: str, instance: Instance) -> Evaluation | None:
        """What an instance does on a row of a slice."""
        ...

    def keep(self, part: Compiled, row: str, instance: Instance, evaluation: Evaluation) -> None:
        """Take in what it did."""
        ...

    def judgement(
        self, part: Compiled, about: PropertyInstance, row: str, after: str | None, step: StepInfo | None
    ) -> Judgement | None:
        """What a property says of a row, or of a step."""
        ...

    def keep_judgement(
        self, about: PropertyInstance, row: str, after: str | None, step: StepInfo | None, judgement: Judgement
    ) -> None:
        """Take in what it said."""
        ...
