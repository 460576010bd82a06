"""A grid's tables, figures and page, from the made-up results of its cells."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fedser.errors import InputError
from simulations.grid.panels import Scale, draw_panels
from simulations.grid.report import build_grid_report

CELLS = [("one", "fedsgd"), ("one", "fedavg"), ("two", "fedsgd"), ("two", "fedavg")]
RATE = {("one", "fedsgd"): 0.9, ("one", "fedavg"): 0.8, ("two", "fedsgd"): 0.7, ("two", "fedavg"): 0.6}


def make_cell(folder: Path, value: float) -> None:
    """The tables of a finished cell in which an attack reaches ``value``."""
    folder.mkdir(parents=True)
    setting = {"private_corpus": "a", "shadow_corpora": "b", "features": "f", "algorithm": "own", "defense": "none"}
    numbers = {"chance": 0.5, "n": 8, "persons": 8, "fold_sd": 0.1, "p_value": 0.01, "p_holm": 0.01}
    numbers |= {"difference": 0.0, "difference_low": 0.0, "difference_high": 0.0}
    scored = {("cnn", "dense1"): value - 0.1, ("cnn", "dense2"): 0.5, ("cnn", "fused"): value}
    scored |= {("majority", "all"): 0.5, ("oracle", "inputs"): 0.95}
    interval = {name: (uar, uar - 0.1, min(uar + 0.1, 1.0)) for name, uar in scored.items()}
    rows = [
        setting
        | {"attack": attack, "layer": layer, "attribute": "gender", "unit": unit, "metric": "uar", "reference": "cnn"}
        | dict(zip(("value", "low", "high"), found, strict=True))
        | numbers
        for (attack, layer), found in interval.items()
        for unit in ("update", "client", "speaker")
    ]
    pd.DataFrame(rows).to_csv(folder / "leakage.csv", index=False)
    names = [dict(zip(("attack", "layer"), name, strict=True)) for name in scored]
    found = [dict(zip(("uar", "low", "high"), interval[name], strict=True)) for name in scored]
    own = [name | uar | {"chance": 0.5, "n": 8} for name, uar in zip(names, found, strict=True)]
    spans = [(1, 10), (11, 20), (21, 30)]
    parts = [one | {"first_round": first, "last_round": last} for one in own for first, last in spans]
    for name in ("leakage_rounds.csv", "leakage_stages.csv"):
        pd.DataFrame(parts).to_csv(folder / name, index=False)
    observed = [("1", 1.0), ("3", 3.0), ("all", 6.5)]
    pooled = [one | {"pooling": "mean", "observed": m, "updates": n} for one in own for m, n in observed]
    pd.DataFrame(pooled).to_csv(folder / "leakage_accumulated.csv", index=False)
    ser = {"training": "private-0", "role": "private", "fold": 0, "split": "test", "accuracy": 0.6, "uar": 0.55}
    pd.DataFrame([ser | {"round": 20, "n": 40}]).to_csv(folder / "ser.csv", index=False)
    (folder / "report.html").write_text("its own")


@pytest.fixture
def made_up(tmp_path: Path) -> Callable[..., Path]:
    """Makes a grid's folder in which some of the cells are finished."""

    def make(done: list[tuple[str, str]] = CELLS) -> Path:
        out = tmp_path / "run"
        for cell in done:
            make_cell(out / "cells" / "/".join(cell), RATE[cell])
        axes = {"shadow": ["one", "two"], "algorithm": ["fedsgd", "fedavg"]}
        (out / "grid.json").write_text(json.dumps({"name": "made-up", "axes": axes, "cells": CELLS}))
        return out

    return make


def test_the_tables_of_all_cells_have_the_axes_in_front_and_lose_no_column(made_up: Callable[..., Path]) -> None:
    out = made_up()
    build_grid_report(out)
    leakage = pd.read_csv(out / "leakage.csv")
    assert list(leakage.columns[:2]) == ["shadow", "algorithm"] and set(leakage["run_algorithm"]) == {"own"}
    mine = leakage[(leakage["attack"] == "cnn") & (leakage["layer"] == "fused") & (leakage["unit"] == "update")]
    assert {(r.shadow, r.algorithm): r.value for r in mine.itertuples()} == RATE
    for name in ("leakage_rounds.csv", "leakage_stages.csv", "leakage_accumulated.csv", "ser.csv"):
        assert list(pd.read_csv(out / name).columns[:2]) == ["shadow", "algorithm"]


def test_the_page_has_a_figure_per_axis_and_column_and_a_line_per_cell(made_up: Callable[..., Path]) -> None:
    out = made_up(CELLS[:3])
    page = build_grid_report(out).read_text()
    figures = re.findall(r'id="figure-([\w-]+)"', page)
    units = ("update", "speaker")
    expected = [f"axis-{axis}-{unit}" for axis in ("shadow", "algorithm") for unit in units]
    assert figures == [*expected, "layers", "rounds", "stages", "observed"]
    assert {path.stem for path in (out / "figures").glob("*.svg")} == set(figures)
    assert "3 of 4 cells are finished" in page and page.count("not run") == 1
    links = re.findall(r'href="(cells/[^"]+)"', page)
    assert links == [f"cells/{'/'.join(cell)}/report.html" for cell in CELLS[:3]]
    assert all((out / link).is_file() for link in links)
    assert "0.90 [0.80, 1.00]" in page and "0.50 to 0.50" in page
    assert "<script" not in page and "http" not in page and "<!doctype html>" in page


@pytest.mark.usefixtures("drawn")
def test_equal_files_give_equal_bytes(made_up: Callable[..., Path]) -> None:
    out = made_up(CELLS[:1])
    assert build_grid_report(out).read_bytes() == build_grid_report(out).read_bytes()


def test_a_grid_without_a_finished_cell_or_with_a_damaged_one_has_no_report(made_up: Callable[..., Path]) -> None:
    out = made_up(CELLS[:1])
    (out / "cells/one/fedsgd/leakage.csv").unlink()
    with pytest.raises(InputError, match=r"one/fedsgd/leakage.csv: missing"):
        build_grid_report(out)
    (out / "cells/one/fedsgd/report.html").unlink()
    with pytest.raises(InputError, match="no cell of this grid is finished"):
        build_grid_report(out)


def test_labels_that_are_numbers_stand_where_these_are() -> None:
    assert Scale("x", ("1", "10", "100")).numbers == [1.0, 10.0, 100.0] and Scale("x", ("0.1", "0.2")).numeric
    assert Scale("x", ("one", "two")).numbers == [0.0, 1.0] and not Scale("x", ("one", "two")).numeric
    row = {"panel": "", "series": "a", "role": "attack", "uar": 0.7, "low": 0.6, "high": 0.8, "chance": 0.5}
    table = pd.DataFrame([row | {"x": label} for label in ("1", "10", "100")])
    axes = draw_panels(table, Scale("x", ("1", "10", "100"))).axes[0]
    assert axes.get_xscale() == "log" and list(axes.get_xticks()) == [1.0, 10.0, 100.0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "10", "100"]
    drawn = next(line for line in axes.lines if len(line.get_xdata()) == 3)
    assert list(drawn.get_xdata()) == [1.0, 10.0, 100.0] and list(drawn.get_ydata()) == [0.7] * 3
