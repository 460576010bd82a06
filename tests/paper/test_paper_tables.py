"""The paper's numbers, and what a run's and a grid's folder give beside them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulations.paper import PAPER, compare, write_comparison
from simulations.paper.printed import SAME, printed
from simulations.report.rows import paper_rows
from simulations.scoring import LEAKAGE_COLUMNS


def cell(table: int, corpus: str, features: str, **keys: Any) -> Any:
    rows = printed()
    rows = rows[(rows["table"] == table) & (rows["private_corpus"] == corpus) & (rows["features"] == features)]
    for key, value in keys.items():
        rows = rows[rows[key] == value]
    (row,) = rows.itertuples()
    return row


def test_every_cell_is_there() -> None:
    rows = printed()
    assert rows[rows["compared_with"] == SAME]["table"].value_counts().to_dict() == {3: 72, 4: 36, 5: 108, 6: 108}
    assert rows["printed"].notna().all() and rows["features"].nunique() == 6


def test_three_cells_differ_from_the_authors_csv_by_ten_or_twenty_points() -> None:
    rows = printed()
    rows = rows[(rows["compared_with"] == SAME) & ((rows["printed"] - rows["authors_csv"]).abs() > 0.005)]
    found = rows[["table", "private_corpus", "features", "algorithm", "dropout", "printed", "authors_csv"]]
    assert found.values.tolist() == [
        [4, "crema_d", "Emo-Base", "fedsgd", 0.2, 83.07, 73.07],
        [4, "msp_improv", "Vq-APC", "fedavg", 0.2, 83.50, 73.50],
        [6, "crema_d", "Vq-APC", "fedavg", 0.4, 77.51, 57.51],
    ]


def test_some_cells_by_hand() -> None:
    first = cell(5, "iemocap", "Emo-Base", algorithm="fedsgd", layer="dense1")
    assert (first.printed, first.authors_csv, first.authors_fold_sd) == (91.43, 91.43, 2.20)
    assert cell(3, "crema_d", "Tera", algorithm="fedsgd", metric="uar").printed == 68.20


def write_run(folder: Path, corpus: str = "crema_d", **changes: Any) -> Path:
    """A finished run's files, as far as the comparison reads them: a UAR of 0.75 [0.70, 0.80] for the fused cnn."""
    folder.mkdir(parents=True)
    config = {
        "corpora": {"private": {"name": corpus, "corpus": corpus}},
        "features": {"name": "opensmile", "feature_set": "emobase"},
        "algorithm": {"name": "fedsgd"},
        "model": {"dropout": [0.2, 0.2]},
        "defenses": [],
    } | changes
    (folder / "experiment.json").write_text(json.dumps(config))
    row = {"unit": "update", "metric": "uar", "attribute": "gender", "value": 0.75, "low": 0.7, "high": 0.8}
    attacks = [("cnn", "fused"), ("logistic", "dense1"), ("majority", "all")]
    leakage = pd.DataFrame([row | {"attack": a, "layer": layer, "fold_sd": 0.03} for a, layer in attacks])
    leakage = pd.concat([leakage, leakage.assign(unit="speaker", value=1.0)])
    leakage.reindex(columns=LEAKAGE_COLUMNS).to_csv(folder / "leakage.csv", index=False)
    ser = pd.DataFrame({"uar": [0.6, 0.7], "accuracy": [0.5, 0.5]}).assign(role="private", split="test")
    pd.concat([ser, ser.assign(role="shadow", uar=0.1)]).to_csv(folder / "ser.csv", index=False)
    return folder


def test_a_run_stands_beside_its_cells(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    table = write_comparison(run)
    assert sorted(zip(table["table"], table["attack"], strict=True)) == [(3, ""), (3, ""), (4, "cnn"), (5, "logistic")]
    fused = table[table["table"] == 4].iloc[0]
    assert (fused["printed"], fused["authors_csv"], fused["ours"]) == (83.07, 73.07, 75.0)
    assert fused[["difference", "difference_low", "difference_high"]].tolist() == pytest.approx([-8.07, -13.07, -3.07])
    assert fused["difference_to_csv"] == pytest.approx(1.93) and fused["ours_fold_sd"] == pytest.approx(3.0)
    emotion = table[(table["table"] == 3) & (table["metric"] == "uar")].iloc[0]
    # The mean of 60 and 70 with n - 1 = 1: 12.706 * 7.0711 / sqrt(2) is 63.53.
    assert emotion["low"] == pytest.approx(65 - 63.53, abs=0.001) and emotion["printed"] == 63.76
    assert len(pd.read_csv(run / PAPER)) == 4
    (row,) = [line.cells for line in paper_rows(table) if line.cells[0] == "4"]
    assert row[3:] == (
        "83.07", "73.07 ± 2.37", "75.00 ± 3.00", "-8.07 [-13.07, -3.07]", "+1.93 [-3.07, +6.93]"
    )  # fmt: skip


def test_a_grid_gives_the_rows_of_all_its_finished_cells(tmp_path: Path) -> None:
    defended = {"defenses": [{"name": "dropout", "rate": 0.4, "layer": 1}], "algorithm": {"name": "fedavg"}}
    write_run(tmp_path / "cells" / "crema_d" / "fedsgd")
    write_run(tmp_path / "cells" / "iemocap" / "dropout", corpus="iemocap", **defended)
    shutil.rmtree(write_run(tmp_path / "cells" / "unfinished") / "ser.csv", ignore_errors=True)
    (tmp_path / "cells" / "unfinished" / "leakage.csv").unlink()
    table = compare(tmp_path)
    assert sorted(set(table["run"])) == ["crema_d/fedsgd", "iemocap/dropout"]
    assert set(table[table["run"] == "iemocap/dropout"]["table"]) == {6}


def test_another_corpus_stands_beside_the_mean_of_the_papers_and_says_so(tmp_path: Path) -> None:
    table = compare(write_run(tmp_path / "run", corpus="ravdess"))
    assert set(table["compared_with"]) == {"mean of the paper's corpora"}
    fused = table[table["table"] == 4].iloc[0]
    three = [cell(4, name, "Emo-Base", algorithm="fedsgd").printed for name in ("iemocap", "crema_d", "msp_improv")]
    assert fused["printed"] == pytest.approx(sum(three) / 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"features": {"name": "opensmile", "feature_set": "eGeMAPSv02"}},
        {"defenses": [{"name": "noise", "sigma": 0.1}]},
        {"algorithm": {"name": "fedprox"}},
    ],
)
def test_what_the_paper_has_no_cell_of_gives_nothing(changes: dict[str, Any], tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", **changes)
    assert write_comparison(run).empty and not (run / PAPER).exists()
