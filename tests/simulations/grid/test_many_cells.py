"""A grid of many cells: a ladder for an axis of many labels, and names for few of many curves."""

import pandas as pd

from simulations.grid.figures import grid_drawings
from simulations.grid.panels import LOWEST, OTHERS, lowest_named
from simulations.report.style import house_style

DEFENSES = ["none", *(f"noise-{number}" for number in range(12))]
AXES = {"defense": DEFENSES, "algorithm": ["fedsgd", "fedavg"]}


def test_the_lowest_and_the_baseline_keep_their_names() -> None:
    table = pd.DataFrame({"series": [f"s{n}" for n in range(9)] * 2, "uar": [0.9 - n / 100 for n in range(9)] * 2})
    named = lowest_named(table, "s0")
    assert set(named[named["role"] == "attack"]["series"]) == {"s0", "s4", "s5", "s6", "s7", "s8"}
    assert set(named["role"]) == {"attack", OTHERS} and LOWEST == 5


def row(defense: str, algorithm: str, attack: str, unit: str, value: float) -> dict[str, object]:
    known = {"axis defense": defense, "axis algorithm": algorithm, "attack": attack, "layer": "all", "unit": unit}
    return known | {"metric": "uar", "value": value, "low": value - 0.1, "high": value + 0.1, "chance": 0.5}


def test_many_labels_are_rungs_and_many_cells_are_curves_of_their_strongest_attack() -> None:
    strength = {"logistic": 0.8, "bias": 0.6, "logistic-static": 0.7, "majority": 0.5, "oracle": 0.95}
    leakage = pd.DataFrame(
        [
            row(defense, algorithm, attack, unit, value - 0.01 * place * (attack != "oracle"))
            for place, defense in enumerate(DEFENSES)
            for algorithm in AXES["algorithm"]
            for attack, value in strength.items()
            for unit in ("update", "client", "speaker")
        ]
    )
    observed = leakage[leakage["unit"] == "client"].rename(columns={"value": "uar"}).assign(pooling="mean")
    several = pd.concat([observed.assign(observed="1"), observed.assign(observed="3")], ignore_index=True)
    tables = {"leakage.csv": leakage, "leakage_accumulated.csv": several}
    tables |= dict.fromkeys(("leakage_rounds.csv", "leakage_stages.csv"), pd.DataFrame())
    with house_style():
        drawn = {one.name: one for one in grid_drawings(AXES, tables, {"defense": "none"})}
    assert set(drawn) == {"axis-defense-update", "axis-defense-speaker", "observed"}  # algorithm would have 13 panels
    ladder = drawn["axis-defense-update"].figure.axes
    assert [panel.get_title("left") for panel in ladder] == ["fedsgd", "fedavg"]
    assert [label.get_text() for label in ladder[0].get_yticklabels()] == DEFENSES
    curves = drawn["observed"].figure
    assert len(curves.axes) == 2
    entries = [text.get_text() for text in curves.legends[0].get_texts()]
    assert entries == ["none", *DEFENSES[-5:], "others"]
    assert "none" in drawn["observed"].caption
