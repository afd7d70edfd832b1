"""Tables: columns with their priority, and how kubectl lays rows out.

Source: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1 (TableColumnDefinition), Go's text/tabwriter as cli-runtime's
printers set it up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

ApiObject = Mapping[str, Any]
"""An object of the API as YAML and JSON show it: `metadata`, `spec`, `status`."""

Cells = list[str | int]

NEWEST_MINOR = 35
START = datetime(2026, 1, 1, tzinfo=UTC)
"""The instant at which the clock of a run begins; the model knows no date, and the API wants one."""
PADDING = 3
LEAST_WIDTH = 6
"""Of a column, its padding included."""


@frozen
class Column:
    """A column of a table; `wide` ones are shown with `-o wide` only."""

    name: str
    wide: bool = False


@frozen(kw_only=True)
class Options:
    """How to print. now: what ages are counted to. minor: 35 for Kubernetes 1.35; layouts have changed in between."""

    now: datetime = START
    wide: bool = False
    minor: int = NEWEST_MINOR


@frozen(kw_only=True)
class Printer:
    """How the API server prints one kind: the columns, and the cells of a row, those of wide columns if asked for."""

    columns: Callable[[Options], Sequence[Column]]
    cells: Callable[[ApiObject, Options], Cells]

    def headings(self, options: Options) -> list[str]:
        """The headings as kubectl shows them."""
        return [column.name.upper() for column in self.columns(options) if options.wide or not column.wide]


def always(*columns: Column) -> Callable[[Options], Sequence[Column]]:
    """The same columns in every release."""
    return lambda _: columns


def lay_out(rows: Sequence[Sequence[str | int]]) -> list[str]:
    """The lines of a table: all columns but the last are as wide as their widest cell, and three blanks apart."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(LEAST_WIDTH, PADDING + max(map(len, column))) for column in zip(*texts, strict=True)]
    return [
        "".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))[: _end(row, widths)]
        for row in texts
    ]


def _end(row: Sequence[str], widths: Sequence[int]) -> int:
    """Where a line ends: the last cell has no padding."""
    return sum(widths[:-1]) + len(row[-1])
