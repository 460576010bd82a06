"""``paper.csv``: the paper's printed number, the authors' csv, ours, and the difference with its interval.

The interval is ours alone, since of the paper's numbers only the deviation over folds is known, which stands beside.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from simulations.paper.ours import ours, settings_of
from simulations.paper.printed import MEAN, printed
from simulations.scoring import write_csv

PAPER = "paper.csv"
_CELL = ["features", "algorithm", "dropout"]
COLUMNS = [
    "run", "table", "private_corpus", *_CELL, "layer", "metric", "compared_with", "printed", "authors_csv",
    "authors_fold_sd", "attack", "ours", "low", "high", "ours_fold_sd", "interval_over", "difference",
    "difference_low", "difference_high", "difference_to_csv", "difference_to_csv_low", "difference_to_csv_high",
]  # fmt: skip


def compare(folder: Path) -> pd.DataFrame:
    """All numbers of the run in ``folder``, or of the finished cells of a grid there, that a table of the paper has."""
    parts = [_beside(run, folder) for run in _runs(folder)]
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True)[COLUMNS] if found else pd.DataFrame(columns=COLUMNS)


def write_comparison(folder: Path) -> pd.DataFrame:
    """Write ``paper.csv`` into ``folder`` and return it; no file where no number can be compared."""
    table = compare(folder)
    if len(table):
        write_csv(folder / PAPER, table)
    return table


def _runs(folder: Path) -> Iterator[Path]:
    """The folder itself, or those of a grid's cells, where a run has come to its scores."""
    for file in sorted([folder / "experiment.json", *folder.glob("cells/**/experiment.json")]):
        if file.is_file() and (file.parent / "leakage.csv").is_file():
            yield file.parent


def _beside(run: Path, folder: Path) -> pd.DataFrame:
    settings = settings_of(run)
    if settings is None:
        return pd.DataFrame(columns=COLUMNS)
    corpus, known = settings["private_corpus"], printed()
    mine = known["private_corpus"] == corpus
    mine = mine if mine.any() else known["compared_with"] == MEAN
    for key in _CELL:
        mine &= known[key] == settings[key]
    rows = known[mine].drop(columns="private_corpus").merge(ours(run), on=["layer", "metric"])
    rows = rows.assign(run="" if run == folder else str(run.relative_to(folder / "cells")), private_corpus=corpus)
    for name, theirs in (("difference", "printed"), ("difference_to_csv", "authors_csv")):
        for end, value in (("", "ours"), ("_low", "low"), ("_high", "high")):
            rows[name + end] = rows[value] - rows[theirs]
    return rows
