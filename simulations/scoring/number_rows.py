"""Rows of ``leakage.csv`` about a number: how far an attack's estimates are off, and how they go with the truth."""

from collections.abc import Iterator

import numpy as np

from fedser.metrics.numbers import NUMBER_METRICS, Said
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from simulations.scoring.answers import UNITS, Answers, Pooled, number_of, pool
from simulations.scoring.judged import Judged, judge_number
from simulations.scoring.settings import Scores
from simulations.scoring.tables import AttackScores, Scale


def number_rows(one: AttackScores, answers: Answers, scale: Scale, scores: Scores, stream: Stream) -> Iterator[Judged]:
    """One row per unit and metric; a unit's estimate is the expectation of the bins' means under its mean scores."""
    for unit in UNITS:
        pooled = pool(answers, unit)
        said = _said(pooled, answers, estimates(pooled.scores, scale))
        middle = _said(pooled, answers, np.full(len(pooled.fold), scale.median))
        median = float(NUMBER_METRICS["mae"](middle.true.sum(axis=1)))
        for metric in NUMBER_METRICS:
            judgement = judge_number(said, metric, median, scores, stream)
            yield Judged(one.attack, one.layer, unit, metric, number_of(pooled, unit), *judgement)


def estimates(scores: Floats, scale: Scale) -> Floats:
    """The number [units] that scores [units, bins] expect; those of a unit count by their share."""
    expected: Floats = scores @ scale.means / scores.sum(axis=1)
    return expected


def _said(pooled: Pooled, answers: Answers, said: Floats) -> Said:
    assert answers.numbers is not None
    return Said.of(pooled.fold, pooled.speaker, said, answers.numbers, answers.people.persons)
