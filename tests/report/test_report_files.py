"""A run's folder that no report can be built from: every mistake at once, and what makes each file."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fedser.errors import InputError
from simulations.report import build_report
from simulations.report.run_files import read_run


def _refusal(folder: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        build_report(folder)
    return str(refused.value).replace(str(folder), "RUN").splitlines()


def test_an_empty_folder_names_every_missing_file_and_what_makes_it(tmp_path: Path) -> None:
    assert _refusal(tmp_path) == [
        "RUN: no report can be built",
        "RUN/experiment.json: missing; `fedser run` writes it first of all",
        "RUN/corpora.csv: missing; the stage features of `fedser run` makes it",
        "RUN/dropped.csv: missing; the stage features of `fedser run` makes it",
        "RUN/history.csv: missing; the stage simulate of `fedser run` makes it",
        "RUN/ser.csv: missing; the stage simulate of `fedser run` makes it",
        "RUN/leakage.csv: missing; the stage attack of `fedser run` makes it",
        "RUN/leakage_rounds.csv: missing; the stage attack of `fedser run` makes it",
        "RUN/leakage_accumulated.csv: missing; the stage attack of `fedser run` makes it",
        "RUN/attacks.csv: missing; the stage attack of `fedser run` makes it",
        "RUN/membership.csv: missing; the stage membership of `fedser run` makes it",
        "RUN/membership_roc.csv: missing; the stage membership of `fedser run` makes it",
        "RUN: no manifest.json in its folders; every stage of `fedser run` writes one",
    ]


def test_missing_columns_and_words_for_numbers_are_named(run_folder: Path) -> None:
    pd.read_csv(run_folder / "ser.csv").drop(columns=["uar", "n"]).to_csv(run_folder / "ser.csv", index=False)
    pd.read_csv(run_folder / "leakage.csv").assign(low="much").to_csv(run_folder / "leakage.csv", index=False)
    (run_folder / "history.csv").write_text("")
    title, *lines = _refusal(run_folder)
    assert title == "RUN: no report can be built"
    assert lines[0].startswith("RUN/history.csv: not the table that the stage simulate of `fedser run` makes (")
    assert lines[1] == "RUN/ser.csv: without the columns uar, n, which the stage simulate of `fedser run` writes"
    assert lines[2].startswith("RUN/leakage.csv: not the table that the stage attack of `fedser run` makes (")
    assert "'much'" in lines[2]


def test_a_damaged_experiment_is_named(run_folder: Path) -> None:
    place = run_folder / "experiment.json"
    config = json.loads(place.read_text())
    place.write_text(
        json.dumps({key: value for key, value in config.items() if key != "attribute"} | {"rounds": "many"})
    )
    assert _refusal(run_folder)[1:] == [
        "RUN/experiment.json: attribute: Field required",
        "RUN/experiment.json: rounds: Input should be a valid integer, unable to parse string as an integer",
    ]
    place.write_text("{")
    assert _refusal(run_folder)[1].startswith("RUN/experiment.json: not JSON (")


def test_rows_of_two_runs_are_refused(run_folder: Path) -> None:
    table = pd.read_csv(run_folder / "leakage.csv")
    other = table.assign(defense="noise", algorithm="fedavg")
    pd.concat([table, other]).to_csv(run_folder / "leakage.csv", index=False)
    assert _refusal(run_folder) == ["RUN/leakage.csv: rows of more than one run (they differ in algorithm, defense)"]


def test_words_that_look_like_numbers_or_nothing_stay_words(run_folder: Path) -> None:
    table = pd.read_csv(run_folder / "corpora.csv")
    table.loc[table["corpus"] == "emodb", "corpus"] = "NA"
    table.loc[table["corpus"] == "ased", "corpus"] = "007"
    table.to_csv(run_folder / "corpora.csv", index=False)
    assert set(read_run(run_folder).corpora["corpus"]) == {"ravdess", "NA", "007"}


def test_stages_come_in_the_order_of_their_beginning_and_without_the_report(run_folder: Path) -> None:
    manifest = json.loads((run_folder / "features" / "manifest.json").read_text())
    (run_folder / "report").mkdir()
    (run_folder / "report" / "manifest.json").write_text(json.dumps(manifest | {"stage": "report"}))
    places = [str(stage["folder"]) for stage in read_run(run_folder).stages]
    assert places[:2] == ["features", "simulate/private-0"]
    assert places[-2:] == ["attack/cnn", "attack/logistic"]
