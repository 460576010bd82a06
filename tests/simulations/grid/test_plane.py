"""The plane of privacy and utility: which attack stands for a cell, the front, and what the data decide."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulations.grid.plane import decisions, plane
from simulations.grid.plane_figure import plane_drawing
from simulations.report.style import house_style, save

AXES = {"defense": ["none", "clip", "noise"], "algorithm": ["fedsgd"]}


def leakage(cell: str, attack: str, value: float, layer: str = "all", unit: str = "update") -> dict[str, Any]:
    bounds = {"value": value, "low": value - 0.05, "high": value + 0.05, "chance": 0.5}
    return {"axis defense": cell, "axis algorithm": "fedsgd", "attack": attack, "layer": layer, "unit": unit} | {
        "metric": "uar",
        "private_corpus": "ravdess",
        **bounds,
    }


def tables(leaked: dict[str, float], useful: dict[str, float]) -> dict[str, pd.DataFrame]:
    """Each cell with an attack of that strength, a static one that is weaker, another one, controls and oracle."""
    rows = [
        leakage(cell, attack, value, unit=unit)
        for cell, best in leaked.items()
        for unit in ("update", "client", "speaker")
        for attack, value in {
            "logistic": best,
            "logistic-static": best - 0.2,
            "bias": best - 0.1,
            "majority": 0.5,
            "permuted": 0.9,
            "oracle": 0.97,
        }.items()
    ]
    worth = [
        {"axis defense": cell, "axis algorithm": "fedsgd", "metric": metric, "value": value}
        | {"low": value - 0.04, "high": value + 0.04, "chance": 0.25}
        for cell, value in useful.items()
        for metric in ("accuracy", "uar")
    ]
    return {"leakage.csv": pd.DataFrame(rows), "utility.csv": pd.DataFrame(worth)}


THREE = tables({"none": 0.9, "clip": 0.7, "noise": 0.8}, {"none": 0.60, "clip": 0.57, "noise": 0.50})


def test_who_knows_may_act_as_if_not() -> None:
    stronger = THREE["leakage.csv"].assign(
        value=lambda table: table["value"].where(table["attack"] != "logistic-static", 0.95)
    )
    cells = plane(AXES, THREE | {"leakage.csv": stronger})
    assert set(cells["attack"]) == {"logistic-static"} and set(cells["leaked"]) == {0.95}


def test_corpora_are_not_set_beside_each_other() -> None:
    other = THREE["leakage.csv"].assign(private_corpus=lambda table: table["axis defense"].map(lambda one: f"of {one}"))
    cells = plane(AXES, THREE | {"leakage.csv": other})
    assert cells["front"].all()  # each is alone on its corpus
    assert [said.split(",")[0] for said in decisions(cells)] == ["On of none", "On of clip", "On of noise"]


def test_the_strongest_attack_stands_for_a_cell_in_both_units() -> None:
    cells = plane(AXES, THREE)
    assert set(cells["attack"]) == {"logistic"} and list(cells["unit"]) == ["update", "speaker"] * 3
    assert cells[cells["unit"] == "speaker"].set_index("title")["leaked"].to_dict() == {
        "none/fedsgd": 0.9,
        "clip/fedsgd": 0.7,
        "noise/fedsgd": 0.8,
    }
    assert set(cells["oracle"]) == {0.97}


def test_the_front_is_what_no_other_cell_beats_in_both() -> None:
    front = plane(AXES, THREE).query("unit == 'update'").set_index("title")["front"].to_dict()
    assert front == {"none/fedsgd": True, "clip/fedsgd": True, "noise/fedsgd": False}


def test_equal_cells_are_both_on_the_front() -> None:
    equal = tables({"none": 0.9, "clip": 0.9}, {"none": 0.6, "clip": 0.6})
    assert plane(AXES, equal)["front"].all()


def test_what_the_data_decide_is_said_for_each_loss_that_changes_it() -> None:
    assert decisions(plane(AXES, THREE)) == [
        "Within 0.01 and 0.02 of the highest UAR of the task, none/fedsgd gives least away to a single update: 0.90"
        " [0.85, 0.95], to logistic. No other cell is within it.",
        "Within 0.05 of the highest UAR of the task, clip/fedsgd gives least away to a single update: 0.70 [0.65,"
        " 0.75], to logistic. Its interval lies below.",
        "Within 0.10 of the highest UAR of the task, clip/fedsgd gives least away to a single update: 0.70 [0.65,"
        " 0.75], to logistic. The data cannot decide between it and noise/fedsgd, whose intervals overlap with its"
        " own.",
    ]


def test_cells_without_both_are_not_on_it() -> None:
    nothing = THREE | {"utility.csv": pd.DataFrame()}
    assert plane(AXES, nothing).empty and plane_drawing(AXES, plane(AXES, nothing)) == []
    alone = tables({"none": 0.9}, {"none": 0.6, "clip": 0.5})
    assert plane(AXES, alone)["title"].unique().tolist() == ["none/fedsgd"]
    assert plane_drawing(AXES, plane(AXES, alone)) == []  # nothing to be set beside it


def test_every_mark_tells_of_itself(tmp_path: Path) -> None:
    with house_style():
        (drawing,) = plane_drawing(AXES, plane(AXES, THREE))
        svg = save(drawing.figure, tmp_path, drawing.name)
    assert len(drawing.hovers) == 6 and all(f'<g id="{mark}">' in svg for mark in drawing.hovers)
    assert drawing.hovers["cell-speaker-clip/fedsgd"] == (
        "clip/fedsgd: task 0.57 [0.53, 0.61], logistic 0.70 [0.65, 0.75] per speaker"
    )


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("cells", [1, 2])
def test_a_grids_page_has_the_plane_once_it_has_two_cells(
    fedser: Callable[..., tuple[int, str, str]], file: Callable[..., Path], tmp_path: Path, cells: int
) -> None:
    rates = {f"0.{n}": {"algorithm.learning_rate": n / 10} for n in range(1, cells + 1)}
    path = file(axes={"rate": rates, "shadow": {"own": {"corpora.shadow": [SHADOW]}}})
    code, _, errors = fedser("run", path, "--out", tmp_path / "run")
    assert code == 0, errors
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count("<title>0.1/own: task ") == (2 if cells > 1 else 0)
    sent = pd.read_csv(tmp_path / "run" / "communication.csv").query("target == 'whole training'")
    assert "What it costs" in page and page.count(f">{sent['up_client'].iloc[0] / 1e3:,.1f}</td>") >= cells
    table = pd.read_csv(tmp_path / "run" / "utility.csv")
    assert table["rate"].nunique() == cells and table["value"].between(0, 1).all()


SHADOW = {"name": "synthetic", "corpus": "b", "speakers": 8, "utterances_per_emotion": 1}
