"""``membership.csv`` and ``membership_roc.csv``: who took part, by each attack, beside what could be measured at all.

Two games for utterances, since the second is the easier one: members are the training rows of the clients, and the
others are validation rows of the same speakers (``same_speakers``), or all rows of the held-out speakers
(``other_speakers``), of whom the model has heard nobody, so that what it finds may be the speaker and not the record.
For speakers, members are those with a training row, the others are the held-out ones.

Trials of all folds are pooled under one threshold; intervals are a bootstrap over persons with all their trials. Where
the different others are fewer than 1 / rate, no recall at that rate of false alarms is given: the same record in
another fold is no further record, so that ``resolution`` is one over the number of different others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fedser.errors import InputError
from fedser.metrics.roc import Detection, Trials
from fedser.seeds import Stream
from simulations.scoring.settings import Scores

RATES = (0.01, 0.001)
MEMBERSHIP_WORDS = ["attack", "unit", "against", "pooling", "metric"]
MEMBERSHIP_NUMBERS = ["value", "low", "high", "chance", "members", "others", "resolution", "persons"]
MEMBERSHIP_COLUMNS = MEMBERSHIP_WORDS + MEMBERSHIP_NUMBERS
ROC_WORDS, ROC_NUMBERS = MEMBERSHIP_WORDS[:4], ["false_positive_rate", "true_positive_rate"]
ROC_COLUMNS = ROC_WORDS + ROC_NUMBERS
GAMES = ("same_speakers", "other_speakers")
_METRICS = {"auc": 0.5, "balanced_accuracy": 0.5} | {f"tpr_at_fpr_{rate:g}": rate for rate in RATES}
_KEY = ["training", "unit", "candidate"]


@dataclass(frozen=True)
class MembershipScores:
    """What one attack says of candidates, in one way of putting it together.

    ``scores`` has the columns ``training``, ``candidate`` (a row of the private matrix, or a speaker's place among the
    sorted speakers) and ``score``; from ``threshold`` on, which shadows alone decided, a candidate is called a member.
    """

    attack: str
    unit: str
    pooling: str
    threshold: float
    scores: pd.DataFrame


def membership(
    found: Iterable[MembershipScores], truth: pd.DataFrame, scores: Scores, stream: Stream
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of all attacks and the points of their ROCs, in their order.

    ``truth`` has the columns ``training``, ``unit``, ``candidate``, ``person`` and ``standing``: member, or the game in
    which the candidate is one of the others. Raises InputError where a score's candidate is not in it.
    """
    rows: list[dict[str, Any]] = []
    points: list[pd.DataFrame] = []
    for one in found:
        joined = _joined(one, truth)
        for against in GAMES:
            game = joined[joined["standing"].isin(["member", against])]
            if game["standing"].nunique() == 2:
                labels = {"attack": one.attack, "unit": one.unit, "against": against, "pooling": one.pooling}
                rows += [labels | row for row in _rows(game, one.threshold, scores, stream("membership"))]
                points.append(_points(game).assign(**labels))
    roc = pd.concat(points)[ROC_COLUMNS] if points else pd.DataFrame(columns=ROC_COLUMNS)
    return pd.DataFrame(rows, columns=MEMBERSHIP_COLUMNS), roc


def _joined(one: MembershipScores, truth: pd.DataFrame) -> pd.DataFrame:
    rows = one.scores.assign(unit=one.unit).merge(truth, on=_KEY, how="left", validate="one_to_one")
    lost = rows[rows["standing"].isna()]
    if len(lost):
        first = lost.iloc[0]
        raise InputError(
            f"membership scores of {one.attack}: {one.unit} {first['candidate']} of {first['training']} is not in the"
            " truth"
        )
    return rows


def _trials(game: pd.DataFrame) -> Trials:
    persons = np.unique(game["person"].to_numpy(str), return_inverse=True)[1]
    return Trials(game["score"].to_numpy(np.float64), (game["standing"] == "member").to_numpy(), persons)


def _rows(game: pd.DataFrame, threshold: float, scores: Scores, stream: Stream) -> Iterator[dict[str, Any]]:
    trials, others = _trials(game), game[game["standing"] != "member"]
    different = others["candidate"].nunique()
    sizes = {
        "members": int(trials.members.sum()),
        "others": different,
        "resolution": 1.0 / different,
        "persons": int(trials.persons.max()) + 1,
    }
    drawn = Detection(RATES, threshold).drawn(trials, scores.bootstrap, stream("bootstrap").numpy())
    for (metric, chance), found in zip(_METRICS.items(), drawn, strict=True):
        labels = {"metric": metric, "chance": chance} | sizes
        if metric.startswith("tpr") and different * chance < 1.0 - 1e-9:
            yield labels | dict.fromkeys(("value", "low", "high"), np.nan)
        else:
            interval = found.interval(scores.confidence)
            yield labels | {"value": interval.value, "low": interval.low, "high": interval.high}


def _points(game: pd.DataFrame) -> pd.DataFrame:
    """The corners of the ROC: between two of them it is a straight line."""
    return pd.DataFrame(dict(zip(ROC_NUMBERS, _trials(game).curve(), strict=True)))
