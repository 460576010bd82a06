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
_WORDS = dict.fromkeys(("training", "client", "observed", "layer", "pooling"), str)


def write_scores(folder: Path, found: Sequence[AttackScores], values: Sequence[str]) -> None:
    """Write the scores of every layer of one attack into ``folder``."""
    tables = [one.updates.assign(layer=one.layer, **_named(one.scores, values), weight=one.weights) for one in found]
    write_text(folder / _FILE, pd.concat(tables).to_csv(index=False))
    pooled = [
        one.pooled.groups.assign(layer=one.layer, pooling=one.pooled.pooling, **_named(one.pooled.scores, values))
        for one in found
        if one.pooled is not None
    ]
    if pooled:
        write_text(folder / _POOLED, pd.concat(pooled).to_csv(index=False))
    else:
        (folder / _POOLED).unlink(missing_ok=True)


def read_scores(folder: Path, attack: str, values: Sequence[str]) -> list[AttackScores]:
    """The scores in ``folder``, layer by layer, exactly as they were written."""
    table = _read(folder / _FILE)
    pooled = _read_pooled(folder / _POOLED, values)
    return [
        AttackScores(
            attack,
            str(layer),
            part[_KEY].reset_index(drop=True),
            part[_columns(values)].to_numpy("float64"),
            None if part["weight"].isna().any() else part["weight"].to_numpy("float64"),
            pooled.get(str(layer)),
        )
        for layer, part in table.groupby("layer", sort=False)
    ]


def _read_pooled(path: Path, values: Sequence[str]) -> dict[str, Pooled]:
    if not path.is_file():
        return {}
    found = {}
    for (layer, pooling), part in _read(path).groupby(["layer", "pooling"], sort=False):
        groups = part[[*Pooled.COLUMNS]].reset_index(drop=True)
        found[str(layer)] = Pooled(str(pooling), groups, part[_columns(values)].to_numpy("float64"))
    return found


def _read(path: Path) -> pd.DataFrame:
    unknown = {"weight": [""]}
    table: pd.DataFrame = pd.read_csv(path, dtype=_WORDS, keep_default_na=False, na_values=unknown)
    return table


def _named(scores: Floats, values: Sequence[str]) -> dict[str, Any]:
    return dict(zip(_columns(values), scores.T, strict=True))


def _columns(values: Sequence[str]) -> list[str]:
    return [f"score_{value}" for value in values]
