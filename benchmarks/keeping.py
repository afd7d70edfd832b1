"""Where measurements are kept: files of comma-separated values, and the options that say so."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs

RESULTS = Path(__file__).parent / "results"
"""The measurements that docs/benchmarks.md shows."""

RowClass = TypeVar("RowClass")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say what is to be kept."""
    parser.add_argument("--out", metavar="DIR", type=Path, help="write the numbers there, as a file of values")
    parser.add_argument("--docs", action="store_true", help="keep the numbers in results/ and renew docs/benchmarks.md")


def keep(options: argparse.Namespace, name: str, rows: Sequence[Any]) -> None:
    """Keep the rows as the options say."""
    import page  # noqa: PLC0415  (draws pictures, which takes a library)

    if options.out is not None:
        write_rows(options.out / name, rows)
    if options.docs:
        write_rows(RESULTS / name, rows)
        page.renew()


def names(known: Sequence[str]) -> Callable[[str], list[str]]:
    """The type of an option that takes some of the known names, separated by commas."""

    def parsed(text: str) -> list[str]:
        unknown = [name for name in text.split(",") if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is none of {', '.join(known)}")
        return text.split(",")

    return parsed


def write_rows(path: Path, rows: Sequence[Any]) -> None:
    """Write rows of one class, with a line of names on top."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in attrs.fields(type(rows[0]))], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _text(value) for name, value in attrs.asdict(row).items()} for row in rows)


def read_rows(path: Path, of: type[RowClass]) -> list[RowClass]:
    """Read rows of a class; none where there is no such file."""
    if not path.exists():
        return []
    kinds = {name: str(kind) for name, kind in of.__annotations__.items()}
    with path.open(newline="", encoding="utf-8") as file:
        return [of(**{name: _value(kinds[name], text) for name, text in row.items()}) for row in csv.DictReader(file)]


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)


def _value(kind: str, text: str) -> Any:
    if kind == "Number":
        return float(text) if text else None
    return int(text) if kind == "int" else text
