"""An attack's scores on disk: a plain table, one row per layer and update, one column per value of the attribute."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fedser.artifacts.files import write_text
from simulations.scoring import AttackScores

_FILE, _KEY = "scores.csv", ["training", "round", "client"]


def write_scores(folder: Path, found: Sequence[AttackScores], values: Sequence[str]) -> None:
    """Write the scores of every layer of one attack into ``folder``."""
    tables = [
        one.updates.assign(layer=one.layer, **dict(zip(_columns(values), one.scores.T, strict=True))) for one in found
    ]
    write_text(folder / _FILE, pd.concat(tables).to_csv(index=False))


def read_scores(folder: Path, attack: str, values: Sequence[str]) -> list[AttackScores]:
    """The scores in ``folder``, layer by layer, exactly as they were written."""
    table = pd.read_csv(folder / _FILE, dtype=dict.fromkeys(("training", "client"), str))
    return [
        AttackScores(attack, str(layer), part[_KEY].reset_index(drop=True), part[_columns(values)].to_numpy("float64"))
        for layer, part in table.groupby("layer", sort=False)
    ]


def _columns(values: Sequence[str]) -> list[str]:
    return [f"score_{value}" for value in values]
