"""``detection.csv`` and ``curves.csv``: the measures of each training and over the splits, and the points of curves."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fedser.metrics.detection import MEASURES, measures, over_runs, pr_points, roc_points
from simulations.detection.answers import Split

WORDS = ["run", "corpus", "measure"]


def measured(splits: Sequence[Split]) -> pd.DataFrame:
    """One row per split and measure."""
    rows = [
        {
            "run": one.run,
            "corpus": one.corpus,
            "training": one.training,
            "n": len(one.truth),
            "measure": name,
            "value": v,
        }
        for one in splits
        for name, v in measures(one.truth, one.scores).items()
    ]
    return pd.DataFrame(rows)


def summed_up(table: pd.DataFrame) -> pd.DataFrame:
    """One row per run, corpus and measure: ``mean``, ``sd``, ``low`` and ``high`` over its ``splits``."""
    rows: list[dict[str, Any]] = []
    for key, mine in table.groupby(WORDS, sort=False):
        mean, deviation, low, high = over_runs(mine["value"].to_numpy(float))
        low, high = np.clip([low, high], 0.0, 1.0)  # where all measures lie
        found = {"mean": mean, "sd": deviation, "low": low, "high": high}
        rows.append(dict(zip(WORDS, key, strict=True)) | found | {"splits": len(mine)})
    return pd.DataFrame(rows)


def curves(splits: Sequence[Split]) -> pd.DataFrame:
    """One row per split, curve (``roc``, ``pr``) and point."""
    return pd.concat(_curves(splits), ignore_index=True)


def _curves(splits: Sequence[Split]) -> Iterator[pd.DataFrame]:
    for one in splits:
        for curve, points in (("roc", roc_points), ("pr", pr_points)):
            x, y = points(one.truth, one.scores)
            labels = {"run": one.run, "corpus": one.corpus, "training": one.training, "curve": curve}
            yield pd.DataFrame(labels | {"x": x, "y": y})


def by_run(splits: Sequence[Split]) -> dict[tuple[str, str], list[Split]]:
    """The splits of each run and corpus, in their order."""
    return {key: list(own) for key, own in groupby(splits, key=lambda one: (one.run, one.corpus))}


@cache
def printed() -> pd.DataFrame:
    """Table I of the audio toxicity paper, in percent."""
    return pd.read_csv(Path(__file__).with_name("tables") / "audio_toxicity.csv", comment="#")


PRINTED = MEASURES[:5]
