"""The figures of a bench: how many times faster than others, and what grows with the number of clients."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simulations.bench.cell import ALL, CellBench
from simulations.bench.cell_run import OURS, THEIRS
from simulations.bench.plain import PLAIN
from simulations.bench.ratios import Ratio
from simulations.bench.results import read_ratios, read_values
from simulations.bench.rounds import RoundBench
from simulations.bench.sample import QUANTITIES, Quantity, Sample
from simulations.bench.scale import ScaleBench, registered
from simulations.bench.stock import StockBench
from simulations.report.style import BLUE, CHANCE, COLUMN, INK, SKY, SOFT, VERMILLION, house_style, save

OTHERS = {
    PLAIN.name: ("the paper's style of loop", VERMILLION),
    "stock": ("stock Flower", BLUE),
    "stock-lean": ("stock Flower, lean client", SKY),
    THEIRS: ("the paper's style of loop, extrapolated", VERMILLION),
}
MINE = {"cohort": "cohort", "flower on ray": "our flower engine on Ray", OURS: "ours"}
_WIDTH, _ROW, _FRAME = 5.0, 0.27, 0.45  # inches: across, per row, and for the axis
_BENCHES = (RoundBench.name, StockBench.name, CellBench.name)
_GROWING: tuple[Quantity, ...] = ("client update", "own memory")


def draw(folder: Path) -> None:
    """Write ``speed`` and ``scale``, as SVG and PNG, of all benches whose files lie below ``folder``."""
    ratios = [ratio for name in _BENCHES if (folder / name).is_dir() for ratio in read_ratios(folder / name)]
    shown = _without_single_cells([ratio for ratio in ratios if _shown(ratio)])
    with house_style():
        if shown:
            save(speed(shown), folder, "speed")
        if (folder / ScaleBench.name).is_dir():
            save(scale(read_values(folder / ScaleBench.name)), folder, "scale")


def speed(ratios: Sequence[Ratio]) -> Figure:
    """One row per ratio on a logarithmic axis, from the top down: the median and the range."""
    figure = Figure(figsize=(_WIDTH, _FRAME + _ROW * len(ratios)), layout="constrained")
    axes = figure.subplots()
    for place, ratio in enumerate(ratios):
        colour = OTHERS[ratio.above][1]
        axes.plot([ratio.low, ratio.high], [place, place], color=colour, linewidth=1.1, solid_capstyle="round")
        axes.plot(ratio.median, place, "o", color=colour)
        axes.annotate(
            f"{ratio.median:.1f}x", (ratio.high, place), (5, 0), textcoords="offset points", va="center", color=INK
        )
        _name(axes, place, ratio)
    axes.set_xscale("log")
    axes.set_xlim(0.8 * min(1.0, *(ratio.low for ratio in ratios)), 2 * max(ratio.high for ratio in ratios))
    axes.xaxis.set_major_formatter(_plain_numbers())
    axes.xaxis.set_minor_formatter("")
    axes.set_ylim(len(ratios) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.axvline(1, **CHANCE)
    axes.set_xlabel("times our seconds")
    return figure


def scale(values: Sequence[Sample]) -> Figure:
    """Seconds and memory against the number of registered clients."""
    figure = Figure(figsize=(COLUMN, 2.9), layout="constrained")
    panels: Sequence[Axes] = figure.subplots(len(_GROWING), 1, sharex=True)
    for axes, quantity, colour in zip(panels, _GROWING, (BLUE, VERMILLION), strict=True):
        heading, factor = QUANTITIES[quantity]
        points = {registered(sample.case): factor * sample.value for sample in values if sample.quantity == quantity}
        axes.plot(list(points), list(points.values()), "o-", color=colour)
        axes.set_xscale("log")
        axes.set_ylim(0, 1.3 * max(points.values()))
        axes.set_ylabel(heading, fontsize=6.0)
        axes.grid(axis="y")
        axes.xaxis.set_major_formatter(_plain_numbers())
    panels[-1].set_xlabel("registered clients")
    return figure


def _shown(ratio: Ratio) -> bool:
    """Seconds that both sides need: whole rounds of the loop, client updates in Flower, stages of a cell."""
    quantity = "round" if ratio.above == PLAIN.name else "client update" if ratio.above in OTHERS else None
    return ratio.above in OTHERS and ratio.below in MINE and ratio.quantity in (quantity, "stage")


def _without_single_cells(ratios: Sequence[Ratio]) -> list[Ratio]:
    """Of many cells only what they sum up to."""
    together = any(ratio.case.startswith(ALL) for ratio in ratios)
    return [ratio for ratio in ratios if not together or ratio.quantity != "stage" or ratio.case.startswith(ALL)]


def _name(axes: Axes, place: int, ratio: Ratio) -> None:
    left: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right"}
    quantity = "" if ratio.quantity == "stage" else f"{ratio.quantity}, "
    title, note = f"{OTHERS[ratio.above][0]} / {MINE[ratio.below]}", f"{quantity}{ratio.case}"
    axes.annotate(title, (0, place), (-6, 0.6), va="bottom", fontsize=6.5, color=INK, **left)
    axes.annotate(note, (0, place), (-6, -0.6), va="top", fontsize=5.5, color=SOFT, **left)


def _plain_numbers() -> FuncFormatter:
    return FuncFormatter(lambda value, place: f"{value:,.12g}")
