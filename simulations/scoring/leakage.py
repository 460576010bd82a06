"""``leakage.csv``: one tidy row per attack, layer, unit and metric, each with its interval and its chance level.

The value is the mean over the private trainings (folds) and ``fold_sd`` their standard deviation; the interval is a
bootstrap over speakers, who are the same in every row, so that attacks can be compared: ``difference`` is the paired
difference to ``reference``, which for a static adversary is the adaptive one with the same attack. ``p_value`` asks by
permutation whether the value is above chance, and ``p_holm`` is that of an attack among all attacks and layers of the
same unit and metric; controls and references are no hypotheses.
Where the attribute is a number, ``uar`` and ``accuracy`` are of its bins, beside its ``mae``, ``pearson`` and ``ccc``.
``n`` counts distinct units: updates, clients of a training, speakers; ``persons`` are who was drawn and permuted.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from fedser.errors import InputError
from fedser.metrics.folds import METRICS
from fedser.metrics.permutation import holm
from fedser.seeds import Stream
from simulations.scoring.answers import UNITS, Answers, count, join
from simulations.scoring.judged import Judged, judge
from simulations.scoring.number_rows import number_rows
from simulations.scoring.references import best_of
from simulations.scoring.roles import adaptive_of, role_of
from simulations.scoring.settings import Scores
from simulations.scoring.tables import UPDATE_KEY, AttackScores, Setting, Truth

LEAKAGE_WORDS = [
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
    "reference",
]
LEAKAGE_NUMBERS = [
    "value",
    "low",
    "high",
    "chance",
    "n",
    "persons",
    "fold_sd",
    "p_value",
    "p_holm",
    "difference",
    "difference_low",
    "difference_high",
]
LEAKAGE_COLUMNS = LEAKAGE_WORDS + LEAKAGE_NUMBERS


def leakage(
    found: Iterable[AttackScores], truth: Truth, setting: Setting, scores: Scores, stream: Stream
) -> pd.DataFrame:
    """The table of all attacks, in their order.

    Raises InputError where scores and truth do not fit, or attacks scored different updates.
    """
    judged: list[Judged] = []
    capture: pd.DataFrame | None = None
    for one in found:
        answers = join(one, truth)
        mine = one.updates[UPDATE_KEY].sort_values(UPDATE_KEY, ignore_index=True)
        capture = mine if capture is None else capture
        if not mine.equals(capture):
            raise InputError(
                f"scores of {one.attack} on {one.layer}: of other updates than the scores of {judged[0].name};"
                " only attacks on the same capture can be compared"
            )
        judged += _judged(one, answers, scores, stream)
        if truth.scale is not None:
            judged += number_rows(one, answers, truth.scale, scores, stream)
    labels = setting.columns() | {"attribute": truth.attribute}
    compared = zip(judged, _compared(judged, scores), _corrected(judged), strict=True)
    rows = [labels | one.columns(scores.confidence) | beside | {"p_holm": p} for one, beside, p in compared]
    return pd.DataFrame(rows, columns=LEAKAGE_COLUMNS)


def _judged(one: AttackScores, answers: Answers, scores: Scores, stream: Stream) -> list[Judged]:
    found = []
    for unit in UNITS:
        counts, number = count(answers, unit)
        for metric in METRICS:
            row = Judged(one.attack, one.layer, unit, metric, number, *judge(counts, answers, metric, scores, stream))
            found.append(row)
    return found


def _corrected(judged: Sequence[Judged]) -> list[float]:
    """Each row's p-value among those of all attacks of its unit and metric (Holm); NaN for what is no attack."""
    table = pd.DataFrame([(one.unit, one.metric, one.p_value) for one in judged], columns=["unit", "metric", "p"])
    table["p"] = table["p"].where([role_of(one.attack) == "attack" for one in judged])
    corrected = table.groupby(["unit", "metric"])["p"].transform(lambda p: holm(p.to_numpy(float)))
    return [float(p) for p in corrected]


def _compared(judged: Sequence[Judged], scores: Scores) -> list[dict[str, Any]]:
    """Each row's paired difference to the reference of its unit and metric; of a static adversary's, to the adaptive
    one's.
    """
    columns = []
    for one in judged:
        alike = [other for other in judged if (other.unit, other.metric) == (one.unit, one.metric)]
        adaptive = [other for other in alike if (other.attack, other.layer) == (adaptive_of(one.attack), one.layer)]
        reference = adaptive[0] if adaptive else best_of(alike, scores.reference)
        columns.append(one.beside(reference, scores.confidence))
    return columns
