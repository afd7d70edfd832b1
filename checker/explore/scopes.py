"""The scopes that an exploration draws from: systems of one kind that differ in size or in parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, frozen

from clusterproof.system import System


@frozen(kw_only=True)
class ScopeChoice:
    """One scope, whose system is built when it is drawn for the first time.

    settings: what sets it apart from the others, as `--set` takes it; none where there is only one.
    """

    make: Callable[[], System[Any]]
    settings: Mapping[str, str] = Factory(dict)

    def __str__(self) -> str:
        return ", ".join(f"{key}={value}" for key, value in self.settings.items()) or "as given"
