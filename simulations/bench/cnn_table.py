"""The CNN bench's printed result: ratios and milliseconds, then why they may be believed."""

from statistics import median

from rich.console import Group
from rich.table import Table
from rich.text import Text

from simulations.bench.cnn_agreement import EPOCHS, LOSS, MODEL
from simulations.bench.cnn_results import CnnRatio, CnnResults


def render_cnn(results: CnnResults) -> Group:
    """Everything, ready for a console."""
    return Group(_table(results), "", _verdict(results))


def _table(results: CnnResults) -> Table:
    table = Table(
        title="CNN attack, CPU ms per update and pass: median of repetitions",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for name in ("layer", "pass"):
        table.add_column(name)
    for name in ("plain / ours", "(lowest-highest)", "plain", "ours"):
        table.add_column(name, justify="right")
    for ratio in results.ratios:
        times = (f"{_milliseconds(results, side, ratio):.2f}" for side in ("plain", "ours"))
        table.add_row(ratio.layer, ratio.unit, f"{ratio.median:.2f}", f"({ratio.low:.2f}-{ratio.high:.2f})", *times)
    return table


def _milliseconds(results: CnnResults, side: str, of: CnnRatio) -> float:
    key = (side, of.layer, of.unit)
    return 1e3 * median(s.seconds for s in results.samples if (s.side, s.layer, s.unit) == key)


def _verdict(results: CnnResults) -> Text:
    lines = [
        f"Same arithmetic? {EPOCHS} epochs from the same weights, on the same batches and dropout masks; tolerances:"
        f" loss {LOSS:g} (relative), model {MODEL:g} of the way it moved."
    ]
    for a in results.agreements:
        word = "agrees" if a.holds else "DIFFERS"
        lines.append(f"  {a.layer}: {word} (loss {a.loss:.0e}, model {a.model:.0e})")
    return Text("\n".join(lines), style="" if results.agree else "bold red")
