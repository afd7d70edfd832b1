"""Pictures of the measurements, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from rows import GrowthRow, Row

COLOURS = ["#0b6e4f", "#c44536", "#e8998d", "#2f6690", "#81a4cd", "#8a8a8a"]
MARKERS = ["o", "s", "^", "D"]


def draw_side_by_side(rows: Sequence[Row], titles: Mapping[str, str], path: Path) -> None:
    """Draw generated steps per CPU second: a group of bars for each model, a bar for each peer."""
    models = list(dict.fromkeys(row.model for row in rows))
    peers = [peer for peer in titles if any(row.peer == peer and row.cpu_seconds for row in rows)]
    figure, (axes,) = _figure(1, 1, width=10, height=4.5)
    width = 0.8 / max(len(peers), 1)
    for i, peer in enumerate(peers):
        measured = {row.model: row.per_cpu_second(row.generated) for row in rows if row.peer == peer}
        places = [k + (i - (len(peers) - 1) / 2) * width for k, model in enumerate(models) if measured.get(model)]
        rates = [measured[model] for model in models if measured.get(model)]
        colour = COLOURS[list(titles).index(peer)]
        axes.bar(places, rates, width, label=titles[peer], color=colour)
    axes.set_xticks(range(len(models)), models)
    axes.set_yscale("log")
    axes.set_ylabel("generated steps per CPU second")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=len(peers), frameon=False)
    _save(figure, path)


def draw_growth(rows: Sequence[GrowthRow], path: Path) -> None:
    """Draw states above CPU seconds, a column for each thing that grows; a hollow mark is what the bound cut short."""
    curves = list(dict.fromkeys(row.curve for row in rows))
    figure, all_axes = _figure(2, max(len(curves), 1), width=2.6 * max(len(curves), 1), height=5.5)
    manners = list(dict.fromkeys(row.manner for row in rows))
    for k, (title, curve) in enumerate(product(("states", "CPU seconds"), curves)):
        axes = all_axes[k]
        for i, manner in enumerate(manners):
            own = [row for row in rows if (row.curve, row.manner) == (curve, manner) and row.cpu_seconds]
            style = {"color": COLOURS[i], "marker": MARKERS[i % len(MARKERS)], "markersize": 7 - i}
            points = [(row.value, row.states if title == "states" else row.cpu_seconds) for row in own]
            axes.plot(*_columns(points), label=manner, **style)
            cut = [point for point, row in zip(points, own, strict=True) if row.undetermined]
            axes.plot(*_columns(cut), linestyle="", **{**style, "markerfacecolor": "white"})
        axes.set_yscale("log")
        axes.set_xticks(sorted({row.value for row in rows if row.curve == curve}))
        axes.set_title(curve if title == "states" else "")
        axes.set_ylabel(title if curve == curves[0] else "")
    if rows:
        figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    _save(figure, path)


def _columns(points: Sequence[tuple[int, float | None]]) -> tuple[list[Any], list[Any]]:
    return [x for x, _ in points], [y for _, y in points]


def _figure(high: int, wide: int, *, width: float, height: float) -> tuple[Any, list[Any]]:
    """A figure of so many inches, and its axes, row by row."""
    import matplotlib as mpl  # noqa: PLC0415  (only who draws needs it)

    mpl.use("svg")
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "clusterproof", "font.size": 9, "axes.axisbelow": True}
    mpl.rcParams |= {"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.grid.axis": "y"}
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(high, wide, figsize=(width, height), layout="constrained", squeeze=False, sharey="row")
    return figure, list(axes.flat)


def _save(figure: Any, path: Path) -> None:
    """Write the picture; the same measurements make the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
