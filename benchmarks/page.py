"""docs/benchmarks.md and its pictures, made again from the measurements in results/: `python benchmarks/page.py`."""

from __future__ import annotations

import re
from pathlib import Path

import keeping
import pictures
import tables
from peers import PEERS
from rows import GrowthRow, Row, WorkersRow

DOCS = Path(__file__).parent.parent / "docs"
TITLES = {name: peer.title for name, peer in PEERS.items()}


def renew() -> None:
    """Write the tables into the page, and draw the pictures."""
    page = DOCS / "benchmarks.md"
    page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
    pictures.draw_side_by_side(_rows(), TITLES, DOCS / "pictures" / "side-by-side.svg")
    pictures.draw_growth(_growth_rows(), DOCS / "pictures" / "growth.svg")


def with_tables(text: str) -> str:
    """The page with the tables of the measurements that are kept."""
    text = with_table(text, "side-by-side", tables.as_markdown(tables.side_by_side(_rows(), TITLES)))
    text = with_table(text, "growth", tables.as_markdown(tables.growth(_growth_rows())))
    workers = keeping.read_rows(keeping.RESULTS / "workers.csv", WorkersRow)
    return with_table(text, "workers", tables.as_markdown(tables.workers(workers)))


def _rows() -> list[Row]:
    return keeping.read_rows(keeping.RESULTS / "side_by_side.csv", Row)


def _growth_rows() -> list[GrowthRow]:
    return keeping.read_rows(keeping.RESULTS / "growth.csv", GrowthRow)


def with_table(text: str, name: str, table: str) -> str:
    """The page with another table between `<!-- name -->` and `<!-- end of name -->`."""
    place = re.compile(rf"(<!-- {name} -->\n).*(<!-- end of {name} -->)", re.DOTALL)
    return place.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


if __name__ == "__main__":
    renew()
