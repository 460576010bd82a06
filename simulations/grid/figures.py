"""A grid's figures: one per axis, and those of layers, rounds, stages and observed updates over all cells."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from math import prod

import pandas as pd

from simulations.grid.choice import Axes, Labels
from simulations.grid.ladder import draw_ladder
from simulations.grid.panels import LOWEST, Scale, draw_panels, lowest_named
from simulations.grid.strongest import attacks_of, strongest
from simulations.grid.tables import axis_column
from simulations.report.attacks import headline, layered
from simulations.report.build import Drawing
from simulations.scoring.roles import base_name, role_of

_FEW = 6  # cells, up to which each has a colour of its own
_SOME = 12  # cells or labels, up to which each has a panel
_RUNGS = 10  # labels of an axis, up to which all attacks are drawn against it
_COMBINED = ("all", "fused")


def grid_drawings(axes: Axes, tables: Mapping[str, pd.DataFrame], baselines: Labels) -> list[Drawing]:
    """All figures that there is data for; of an axis with a baseline, the others are set beside that."""
    leakage = tables["leakage.csv"]
    leakage = leakage[leakage["metric"] == "uar"].reset_index(drop=True)
    uar = leakage.rename(columns={"value": "uar"})
    if uar.empty:
        return []
    drawings = []
    for axis, unit in product(axes, ("update", "speaker")):
        if uar[axis_column(axis)].nunique() > _RUNGS:
            drawings.append(_ladder(axes, axis, leakage, unit, baselines.get(axis)))
        elif prod(uar[axis_column(other)].nunique() for other in axes if other != axis) <= _SOME:
            drawings.append(_of_axis(axes, axis, uar, unit))
    return [*drawings, *_of_columns(axes, uar, tables, partial(_column, axes, _best(axes, leakage), baselines))]


def _ladder(axes: Axes, axis: str, leakage: pd.DataFrame, unit: str, baseline: str | None) -> Drawing:
    band = f" The grey band is the interval of {baseline}." if baseline else ""
    caption = (
        f"UAR per {unit} of each cell's strongest attacks, those that know of a defense and those that do not, with"
        f" intervals over speakers; dashes mark chance, dots the upper reference on the true inputs.{band}"
    )
    return Drawing(f"axis-{axis}-{unit}", draw_ladder(axes, axis, leakage, unit, baseline), caption)


def _of_axis(axes: Axes, axis: str, uar: pd.DataFrame, unit: str) -> Drawing:
    rows = _headline(uar[uar["unit"] == unit], axes)
    others = [other for other in axes if other != axis and len(axes[other]) > 1]
    table = rows.assign(panel=_panels(rows, others), x=rows[axis_column(axis)], series=_names(rows))
    beside = f" Panels: {', '.join(others)}." if others else ""
    caption = (
        f"UAR of each attack per {unit} against {axis}, with intervals over speakers. Hollow marks are controls; the"
        f" upper reference reads the true inputs.{beside}"
    )
    present = set(rows[axis_column(axis)])
    scale = Scale(axis, [label for label in axes[axis] if label in present])
    return Drawing(f"axis-{axis}-{unit}", draw_panels(_roles(table), scale), caption)


def _of_columns(
    axes: Axes, uar: pd.DataFrame, tables: Mapping[str, pd.DataFrame], draw: Callable[..., Drawing]
) -> list[Drawing]:
    """What is no axis of the grid, but a column of its tables."""
    layers = _each_cell(uar[uar["unit"] == "update"], axes, layered)
    rounds, stages, observed = (
        _each_cell(tables[f"leakage_{name}.csv"], axes, headline) for name in ("rounds", "stages", "accumulated")
    )
    observed = observed[observed.get("pooling", pd.Series(dtype=str)) == "mean"]
    found = []
    if len(layers):
        shown = layers.assign(x=layers["layer"], layer="all")
        found.append(draw("layers", shown, Scale("layer", _ordered(shown["x"])), "per update, of each layer"))
    if len(rounds):
        middle = (rounds["first_round"] + rounds["last_round"]) / 2.0
        found.append(draw("rounds", rounds.assign(x=middle), Scale("round"), "per update over the rounds"))
    if len(stages):
        shown = stages.assign(x=_stage_names(stages))
        scale = Scale("third of the training", _ordered(shown["x"]))
        found.append(draw("stages", shown, scale, "per update in each third of the training"))
    if len(observed):
        shown = observed.assign(x=observed["observed"])
        scale = Scale("updates observed of a client", _ordered(shown["x"]))
        found.append(draw("observed", shown, scale, "per client, from so many of its updates"))
    return found


def _column(
    axes: Axes, best: Mapping[str, str], baselines: Labels, name: str, rows: pd.DataFrame, scale: Scale, what: str
) -> Drawing:
    """Cells in colours and attacks in panels where there are few cells; with more a panel for each; with many the
    strongest attack of each alone.
    """
    rows = rows[[base_name(attack) not in ("majority", "oracle") for attack in rows["attack"]]]
    cells, attacks = _titles(rows, [axis for axis in axes if len(axes[axis]) > 1]), _names(rows)
    if cells.nunique() <= _FEW:
        table, role = rows.assign(panel=attacks, series=cells), "attack"
        return Drawing(name, draw_panels(table.assign(role=role), scale), f"UAR {what}, for each cell.")
    if cells.nunique() <= _SOME:
        table = _roles(rows.assign(panel=cells, series=attacks))
        return Drawing(name, draw_panels(table, scale), f"UAR {what}, one panel for each cell.")
    longest = max(axes, key=lambda axis: len(axes[axis]))
    mine = rows[rows["attack"] == _titles(rows, list(axes)).map(best)]
    table = mine.assign(series=mine[axis_column(longest)], panel=_panels(mine, [one for one in axes if one != longest]))
    caption = (
        f"UAR {what}, by each cell's strongest attack. Named are {LOWEST} labels of {longest} with the lowest UAR on"
        " average over the cells"
    )
    kept = f", and {baselines[longest]}" if longest in baselines else ""
    return Drawing(name, draw_panels(lowest_named(table, baselines.get(longest)), scale), f"{caption}{kept}.")


def _best(axes: Axes, leakage: pd.DataFrame) -> dict[str, str]:
    """The strongest attack of each cell, by the cell's labels."""
    best = {}
    for labels, part in leakage.groupby([axis_column(axis) for axis in axes], sort=False):
        found = strongest(attacks_of(part))
        if found is not None:
            best[" / ".join(labels)] = str(found["attack"])
    return best


def _each_cell(table: pd.DataFrame, axes: Axes, choose: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """The rows that ``choose`` takes of each cell's table: what stands for an attack may differ between cells."""
    if table.empty:
        return table
    parts = [choose(part) for _, part in table.groupby([axis_column(axis) for axis in axes], sort=False)]
    return pd.concat(parts, ignore_index=True)


def _headline(table: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    return _each_cell(table, axes, headline)


def _titles(rows: pd.DataFrame, axes: Sequence[str]) -> "pd.Series[str]":
    """The labels on some axes in one word."""
    return rows[[axis_column(axis) for axis in axes]].agg(" / ".join, axis=1) if axes else pd.Series("", rows.index)


def _panels(rows: pd.DataFrame, axes: Sequence[str]) -> "pd.Series[str]":
    """The labels on some axes, each after its axis."""
    return _titles(rows.assign(**{axis_column(axis): f"{axis} " + rows[axis_column(axis)] for axis in axes}), axes)


def _names(rows: pd.DataFrame) -> "pd.Series[str]":
    """The attack, with the layer where an attack is shown with several."""
    several = rows.groupby("attack")["layer"].transform("nunique") > 1
    return rows["attack"].where(~several | rows["layer"].isin(_COMBINED), rows["attack"] + " " + rows["layer"])


def _roles(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(role=table["attack"].map(role_of))


def _stage_names(stages: pd.DataFrame) -> "pd.Series[str]":
    """Thirds by name, whatever rounds they hold in each cell."""
    own = [column for column in stages.columns if column.startswith(axis_column(""))]
    place = stages.groupby([*own, "attack", "layer"], sort=False).cumcount()
    return place.map({0: "first", 1: "second", 2: "last"})


def _ordered(labels: "pd.Series[str]") -> list[str]:
    return list(dict.fromkeys(labels))
