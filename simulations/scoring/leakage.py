"""``leakage.csv``: one tidy row per attack, layer, unit and metric, each with its interval and its chance level.

The value is the mean over the private trainings (folds), and the interval a bootstrap over speakers, who are the same
in every row, so that attacks can be compared. ``n`` counts distinct units: updates, clients of a training, persons.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from fedser.metrics.folds import METRICS, chance
from fedser.seeds import Stream
from simulations.scoring.answers import UNITS, Answers, count, join
from simulations.scoring.settings import Scores
from simulations.scoring.tables import AttackScores, Setting, Truth

LEAKAGE_COLUMNS = [
    "private_corpus",
    "shadow_corpora",
    "features",
    "algorithm",
    "defense",
    "attack",
    "layer",
    "attribute",
    "unit",
    "metric",
    "value",
    "low",
    "high",
    "chance",
    "n",
]


def leakage(
    found: Iterable[AttackScores], truth: Truth, setting: Setting, scores: Scores, stream: Stream
) -> pd.DataFrame:
    """The table of all attacks, in their order; raises InputError where scores and truth do not fit."""
    rows: list[dict[str, Any]] = []
    for one in found:
        labels = {"attack": one.attack, "layer": one.layer, "attribute": truth.attribute}
        rows += [setting.columns() | labels | row for row in _rows(join(one, truth), scores, stream)]
    return pd.DataFrame(rows, columns=LEAKAGE_COLUMNS)


def _rows(answers: Answers, scores: Scores, stream: Stream) -> list[dict[str, Any]]:
    bootstrap, rows = scores.intervals(), []
    for unit in UNITS:
        counts, number = count(answers, unit)
        for metric in METRICS:
            found = bootstrap(counts, answers.strata, metric, stream("bootstrap").numpy())
            level = chance(counts.sum(axis=1), metric)
            interval = {"value": found.value, "low": found.low, "high": found.high}
            rows.append({"unit": unit, "metric": metric, **interval, "chance": level, "n": number})
    return rows
