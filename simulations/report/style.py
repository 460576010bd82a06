"""The look of all figures: one column of a paper wide, colours that colour-blind readers tell apart.

Palette: Okabe & Ito 2008, "Color Universal Design". Text is drawn as outlines of the font that matplotlib ships, so
that a figure looks the same everywhere, and equal tables give equal bytes.
"""

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fedser.artifacts.files import write_atomic, write_text

BLUE, VERMILLION, GREEN, ORANGE = "#0072b2", "#d55e00", "#009e73", "#e69f00"
SKY, PURPLE, YELLOW, GREY = "#56b4e9", "#cc79a7", "#f0e442", "#999999"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
INK, SOFT, FAINT, PAPER = "#1b1f24", "#6b7280", "#d9dce1", "#ffffff"
ON_LIGHT, ON_DARK = "#1a1d22", "#fefefe"  # text on a filled area, the same on a light and on a dark page
CHANCE: dict[str, Any] = {"color": SOFT, "linewidth": 0.8, "linestyle": (0, (4, 3)), "zorder": 1}
COLUMN = 3.5  # inches: a column of a two-column paper
_SVG_DPI = 72.0

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.0,
    "axes.labelsize": 7.0,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,  # labels are data: a corpus may be called $x$
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.3,
    "lines.markersize": 4.0,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "fedser",
}


def house_style() -> AbstractContextManager[None]:
    """Draw and save within it; the user's own matplotlib settings neither matter nor change."""
    return style.context(["default", _STYLE])


def new_figure(height: float) -> tuple[Figure, Axes]:
    """A figure of one column's width and ``height`` inches, with one set of axes."""
    figure = Figure(figsize=(COLUMN, height), layout="constrained")
    return figure, figure.subplots()


def save(figure: Figure, folder: Path, name: str) -> str:
    """Write ``name.svg`` and ``name.png`` (300 dots per inch, on white) into ``folder``; returns the SVG's text."""
    figure.set_dpi(_SVG_DPI)
    figure.draw_without_rendering()
    figure.set_layout_engine(None)  # laid out once for both, which is most of the work
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    write_text(folder / f"{name}.svg", stream.getvalue())
    write_atomic(folder / f"{name}.png", lambda part: figure.savefig(part, format="png", dpi=300, facecolor=PAPER))
    return stream.getvalue()
