"""``leakage_rounds.csv``: the UAR per update in one stretch of rounds after the other.

A round has few clients, so that rounds are pooled into at most ``scores.round_bins`` stretches of equally many captured
rounds. A stretch without any update of some value has no UAR: its cells are empty.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from fedser.metrics.folds import chance
from fedser.seeds import Stream
from simulations.scoring.answers import Answers, count, join
from simulations.scoring.settings import Scores
from simulations.scoring.tables import AttackScores, Truth

ROUND_COLUMNS = ["attack", "layer", "first_round", "last_round", "uar", "low", "high", "chance", "n"]


def leakage_over_rounds(found: Iterable[AttackScores], truth: Truth, scores: Scores, stream: Stream) -> pd.DataFrame:
    """The table of all attacks, in their order; raises InputError where scores and truth do not fit."""
    rows: list[dict[str, Any]] = []
    for one in found:
        labels = {"attack": one.attack, "layer": one.layer}
        rows += [labels | row for row in _rows(join(one, truth), scores, stream)]
    return pd.DataFrame(rows, columns=ROUND_COLUMNS)


def _rows(answers: Answers, scores: Scores, stream: Stream) -> list[dict[str, Any]]:
    captured = np.unique(answers.round)
    stretches = np.array_split(captured, min(scores.round_bins, len(captured)))
    level = {"chance": chance(count(answers, "update")[0].sum(axis=1), "uar")}
    return [level | _row(answers, int(s[0]), int(s[-1]), scores, stream) for s in stretches]


def _row(answers: Answers, first: int, last: int, scores: Scores, stream: Stream) -> dict[str, Any]:
    counts, number = count(answers.only((answers.round >= first) & (answers.round <= last)), "update")
    found = scores.intervals()(counts, answers.people, "uar", stream("bootstrap").numpy())
    interval = {"uar": found.value, "low": found.low, "high": found.high}
    return {"first_round": first, "last_round": last, **interval, "n": number}
