"""The report's parts: the printed table, the order and names of attacks, labels moved apart, sentences."""

import math
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from rich.console import Console

from fedser.errors import InputError
from simulations.report.attacks import headline, layered, note_of, ordered, units
from simulations.report.balance import balance
from simulations.report.curves import leakage_over_rounds
from simulations.report.rows import ser_rows, version_rows
from simulations.report.spread import spread
from simulations.report.style import house_style
from simulations.report.table import results_table
from simulations.report.words import joined
from simulations.scoring.roles import role_of


def _table(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["attack", "layer"])


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["attack"], table["layer"], strict=True))


def _printed(folder: Path) -> list[list[str]]:
    console = Console(width=100, file=StringIO(), force_terminal=False)
    console.print(results_table(folder))
    written: StringIO = console.file  # type: ignore[assignment]
    return [line.split() for line in written.getvalue().splitlines()]


def test_the_printed_table_shows_uar_interval_chance_and_n(made_up: Path) -> None:
    lines = _printed(made_up)
    assert " ".join(lines[0]) == "What the updates give away of gender"
    assert ["attack", "layer", "unit", "UAR", "interval", "chance", "n"] in lines
    leakage = pd.read_csv(made_up / "leakage.csv")
    rows = leakage[(leakage["metric"] == "uar") & (leakage["attack"] == "logistic")].set_index("unit")
    low, high = (f"{rows.loc['update', name]:.2f}" for name in ("low", "high"))
    value = f"{rows.loc['update', 'value']:.2f}"
    assert ["logistic", "dense1", "update", value, f"[{low},", f"{high}]", "0.50", "2000"] in lines
    assert ["speaker", "1.00", "[1.00,", "1.00]", "0.50", "24"] in lines
    first = [line[0] for line in lines if line and line[0] in ("cnn", "majority", "oracle")]
    assert first == ["cnn"] * 4 + ["majority", "oracle"]


def test_the_printed_table_takes_names_as_words(run_folder: Path) -> None:
    table = pd.read_csv(run_folder / "leakage.csv")
    table["attack"] = table["attack"].replace("logistic", "[red]logistic[/red]")
    table.to_csv(run_folder / "leakage.csv", index=False)
    assert any("[red]logistic[/red]" in line for line in _printed(run_folder))


def test_without_a_leakage_table_nothing_is_printed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"leakage\.csv: missing; the stage attack of `fedser run` makes it$"):
        results_table(tmp_path)


def test_roles_come_from_names_and_second_ones_count_as_the_first() -> None:
    assert [role_of(name) for name in ("cnn", "cnn-2", "majority", "permuted-3", "oracle")] == [
        *("attack", "attack", "control", "control", "reference")
    ]
    assert note_of("cnn", "fused") == "fused layers"
    assert note_of("logistic", "dense1") == "dense1"
    assert note_of("permuted", "dense1") == "control: shuffled labels"


def test_the_headline_has_combined_layers_or_else_each() -> None:
    table = _table(
        ("oracle", "inputs"), ("majority", "all"), ("cnn", "dense1"), ("cnn", "fused"), ("knn", "a"), ("knn", "b")
    )
    assert _pairs(headline(table)) == [
        *(("cnn", "fused"), ("knn", "a"), ("knn", "b"), ("majority", "all"), ("oracle", "inputs"))
    ]
    assert _pairs(layered(table)) == [("cnn", "dense1"), ("cnn", "fused"), ("knn", "a"), ("knn", "b")]
    assert _pairs(ordered(table))[-2:] == [("majority", "all"), ("oracle", "inputs")]


def test_the_client_is_shown_where_it_scores_otherwise_than_the_speaker() -> None:
    rows = [("cnn", "fused", unit, 0.7, 0.6, 0.8) for unit in ("update", "client", "speaker")]
    table = pd.DataFrame(rows, columns=["attack", "layer", "unit", "value", "low", "high"])
    assert units(table) == ("update", "speaker")
    table.loc[table["unit"] == "client", "value"] = 0.71
    assert units(table) == ("update", "client", "speaker")


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0.001, 0.3))
def test_labels_keep_their_order_and_their_distance(places: list[float], gap: float) -> None:
    moved = spread(places, gap)
    order = sorted(range(len(places)), key=lambda index: places[index])
    assert all(moved[b] - moved[a] >= gap - 1e-9 for a, b in pairwise(order))
    assert sum(moved) == pytest.approx(sum(places))


def test_labels_move_only_where_they_must() -> None:
    assert spread([0.9, 0.1, 0.5], 0.1) == pytest.approx([0.9, 0.1, 0.5])
    assert spread([0.5, 0.5, 0.9], 0.1) == pytest.approx([0.45, 0.55, 0.9])
    assert spread([], 0.1) == []


def _drawn(figure: Figure) -> str:
    stream = StringIO()
    figure.savefig(stream, format="svg")
    return stream.getvalue()


def test_many_values_and_long_names_fit_their_figure() -> None:
    """A figure whose parts do not fit makes matplotlib warn, and a warning is an error here."""
    names = ("synthetic", "a-corpus-with-a-rather-long-name")
    counted = [(kind, f"value {n}", 10.0 + n, 1.0 + n) for kind in ("class", "attribute") for n in range(9)]
    rows = [("private", name, *count) for name in names for count in counted]
    columns = ["role", "corpus", "kind", "value", "count_utterances", "count_speakers"]
    with house_style():
        drawn = _drawn(balance(pd.DataFrame(rows, columns=columns), "age"))
    assert drawn.count("<!-- value 8 -->") == 2
    assert drawn.count("<!-- a-corpus-with-a-rather-long-name -->") == 2


def test_a_stretch_without_uar_is_a_gap_and_a_single_one_a_point() -> None:
    columns = ["attack", "layer", "first_round", "last_round", "uar", "low", "high", "chance", "n"]
    gap = [("cnn", "fused", n, n, *([math.nan] * 3 if n == 2 else [0.7, 0.6, 0.8]), 0.5, 9.0) for n in (1, 2, 3, 4)]
    point = [("mean", "dense1", 1, 1, 0.6, 0.5, 0.7, 0.5, 9.0), ("oracle", "inputs", 1, 1, 1.0, 1.0, 1.0, 0.5, 9.0)]
    with house_style():
        figure = leakage_over_rounds(pd.DataFrame(gap + point, columns=columns), (0.4, 1.0))
        drawn = _drawn(figure)
    lines = [line.get_ydata() for line in figure.axes[0].get_lines()]
    assert [len(line) for line in lines] == [4, 1, 2]  # the two attacks and chance: the oracle has no rounds
    assert math.isnan(lines[0][1])
    assert all(f"<!-- {name} -->" in drawn for name in ("cnn", "mean dense1", "chance"))


def test_means_and_deviations_by_hand() -> None:
    rows = [
        ("private-0", "private", "0", "test", 0.5, 0.4, 9.0, 10.0),
        ("private-1", "private", "1", "test", 0.7, 0.5, 4.0, 10.0),
    ]
    ser = pd.DataFrame(rows, columns=["training", "role", "fold", "split", "accuracy", "uar", "round", "n"])
    assert ser_rows(ser)[0].cells == ("private", "test", "2", "0.60 ± 0.14", "0.45 ± 0.07", "4 to 9")
    assert ser_rows(ser[:1])[0].cells == ("private", "test", "1", "0.50", "0.40", "9")


def test_stages_run_with_different_versions_show_both() -> None:
    stages = ({"versions": {"torch": "2.12", "numpy": "2.4"}}, {"versions": {"torch": "2.13", "numpy": "2.4"}})
    assert [row.cells for row in version_rows(stages)] == [("torch", "2.12, 2.13"), ("numpy", "2.4")]


def test_enumerations() -> None:
    assert [joined(list(names)) for names in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
