"""A grid's figures: one per axis, and those of layers, rounds, stages and observed updates over all cells."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from simulations.grid.choice import Axes
from simulations.grid.panels import Scale, draw_panels
from simulations.grid.tables import axis_column
from simulations.report.attacks import headline, layered
from simulations.report.build import Drawing
from simulations.scoring.roles import base_name, role_of

_FEW = 6  # cells, up to which each has a colour of its own
_COMBINED = ("all", "fused")


def grid_drawings(axes: Axes, tables: Mapping[str, pd.DataFrame]) -> list[Drawing]:
    """All figures that there is data for."""
    leakage = tables["leakage.csv"]
    uar = leakage[leakage["metric"] == "uar"].rename(columns={"value": "uar"}).reset_index(drop=True)
    if uar.empty:
        return []
    drawings = [_of_axis(axes, axis, uar, unit) for axis in axes for unit in ("update", "speaker")]
    return [*drawings, *_of_columns(axes, uar, tables)]


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


def _of_columns(axes: Axes, uar: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> list[Drawing]:
    """What is no axis of the grid, but a column of its tables."""
    layers = _each_cell(uar[uar["unit"] == "update"], axes, layered)
    rounds, stages, observed = (
        _each_cell(tables[f"leakage_{name}.csv"], axes, headline) for name in ("rounds", "stages", "accumulated")
    )
    observed = observed[observed.get("pooling", pd.Series(dtype=str)) == "mean"]
    found = []
    if len(layers):
        shown = layers.assign(x=layers["layer"], layer="all")
        found.append(_column(axes, "layers", shown, Scale("layer", _ordered(shown["x"])), "per update, of each layer"))
    if len(rounds):
        middle = (rounds["first_round"] + rounds["last_round"]) / 2.0
        found.append(_column(axes, "rounds", rounds.assign(x=middle), Scale("round"), "per update over the rounds"))
    if len(stages):
        shown = stages.assign(x=_stage_names(stages))
        scale = Scale("third of the training", _ordered(shown["x"]))
        found.append(_column(axes, "stages", shown, scale, "per update in each third of the training"))
    if len(observed):
        shown = observed.assign(x=observed["observed"])
        scale = Scale("updates observed of a client", _ordered(shown["x"]))
        found.append(_column(axes, "observed", shown, scale, "per client, from so many of its updates"))
    return found


def _column(axes: Axes, name: str, rows: pd.DataFrame, scale: Scale, what: str) -> Drawing:
    """Cells in colours and attacks in panels where there are few cells, else the other way round."""
    rows = rows[[base_name(attack) not in ("majority", "oracle") for attack in rows["attack"]]]
    cells, attacks = _titles(rows, [axis for axis in axes if len(axes[axis]) > 1]), _names(rows)
    if cells.nunique() <= _FEW:
        table, role = rows.assign(panel=attacks, series=cells), "attack"
        return Drawing(name, draw_panels(table.assign(role=role), scale), f"UAR {what}, for each cell.")
    table = _roles(rows.assign(panel=cells, series=attacks))
    return Drawing(name, draw_panels(table, scale), f"UAR {what}, one panel for each cell.")


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
