"""An attack's scores on disk, as plain tables: one row per layer and update, one column per value of the attribute.

``scores.csv`` has what each update is worth in its column ``weight``, empty where that is not known. ``pooled.csv`` has
one row per layer and group of a client's updates, where the attack was asked about groups.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.artifacts.files import write_text
from fedser.metrics.recall import Floats
from simulations.scoring import AttackScores, Pooled

_FILE, _POOLED, _KEY = "scores.csv", "pooled.csv", ["training", "round", "client"]
_WORDS = dict.fromkeys(("training", "client", "observed", "layer", "pooling", "about", "family"), str)


def write_scores(folder: Path, found: Sequence[AttackScores], values: Sequence[str]) -> None:
    """Write the scores of every layer of one attack into ``folder``."""
    tables = [one.updates.assign(layer=one.layer, **named(one.scores, values), weight=one.weights) for one in found]
    write_text(folder / _FILE, pd.concat(tables).to_csv(index=False))
    pooled = [
        one.pooled.groups.assign(layer=one.layer, pooling=one.pooled.pooling, **named(one.pooled.scores, values))
        for one in found
        if one.pooled is not None
    ]
    if pooled:
        write_text(folder / _POOLED, pd.concat(pooled).to_csv(index=False))
    else:
        (folder / _POOLED).unlink(missing_ok=True)


def read_scores(folder: Path, attack: str, values: Sequence[str]) -> list[AttackScores]:
    """The scores in ``folder``, layer by layer, exactly as they were written."""
    table = read_table(folder / _FILE)
    pooled = _read_pooled(folder / _POOLED, values)
    return [
        AttackScores(
            attack,
            str(layer),
            part[_KEY].reset_index(drop=True),
            part[score_columns(values)].to_numpy("float64"),
            None if part["weight"].isna().any() else part["weight"].to_numpy("float64"),
            pooled.get(str(layer)),
        )
        for layer, part in table.groupby("layer", sort=False)
    ]


def _read_pooled(path: Path, values: Sequence[str]) -> dict[str, Pooled]:
    if not path.is_file():
        return {}
    found = {}
    for (layer, pooling), part in read_table(path).groupby(["layer", "pooling"], sort=False):
        groups = part[[*Pooled.COLUMNS]].reset_index(drop=True)
        found[str(layer)] = Pooled(str(pooling), groups, part[score_columns(values)].to_numpy("float64"))
    return found


def read_table(path: Path) -> pd.DataFrame:
    """One of an attack's tables, where an unknown weight alone is missing."""
    unknown = {"weight": [""]}
    table: pd.DataFrame = pd.read_csv(path, dtype=_WORDS, keep_default_na=False, na_values=unknown)
    return table


def named(scores: Floats, values: Sequence[str]) -> dict[str, Any]:
    """Scores [rows, values] as columns."""
    return dict(zip(score_columns(values), scores.T, strict=True))


def score_columns(values: Sequence[str]) -> list[str]:
    """The columns of the attribute's values."""
    return [f"score_{value}" for value in values]
