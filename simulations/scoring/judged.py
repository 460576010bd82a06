"""One row of ``leakage.csv`` in the making: a score with its resamples, before it is compared with others."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fedser.metrics.bootstrap import Resamples
from fedser.metrics.folds import Metric, chance, deviation
from fedser.metrics.numbers import NUMBER_METRICS, NumberMetric, Said
from fedser.metrics.recall import Counts
from fedser.seeds import Stream
from simulations.scoring.answers import Answers, Unit
from simulations.scoring.settings import Scores


class Judgement(NamedTuple):
    """What is said of one score by itself."""

    resamples: Resamples
    chance: float
    fold_sd: float
    p_value: float
    persons: int


@dataclass(frozen=True)
class Judged:
    """A score of one attack on one layer, per one unit."""

    attack: str
    layer: str
    unit: Unit
    metric: Metric | NumberMetric
    n: int
    resamples: Resamples
    chance: float
    fold_sd: float
    p_value: float
    persons: int

    @property
    def name(self) -> str:
        """The attack and its layer, as the column ``reference`` names them."""
        return f"{self.attack}/{self.layer}"

    @property
    def merit(self) -> float:
        """Its value, or for an error minus that: the higher, the more is given away."""
        return -self.resamples.value if self.metric == "mae" else self.resamples.value

    def columns(self, confidence: float) -> dict[str, Any]:
        """The columns that need no other row."""
        interval = self.resamples.interval(confidence)
        names = ("attack", "layer", "unit", "metric", "n", "chance", "fold_sd", "p_value", "persons")
        known = {name: getattr(self, name) for name in names}
        return known | {"value": interval.value, "low": interval.low, "high": interval.high}

    def beside(self, reference: "Judged | None", confidence: float) -> dict[str, Any]:
        """The columns of the paired difference to ``reference``, which are empty where there is none."""
        if reference is None:
            return {"reference": "", "difference": np.nan, "difference_low": np.nan, "difference_high": np.nan}
        found = self.resamples.minus(reference.resamples).interval(confidence)
        bounds = {"difference_low": found.low, "difference_high": found.high}
        return {"reference": reference.name, "difference": found.value, **bounds}


def judge(counts: Counts, answers: Answers, metric: Metric, scores: Scores, stream: Stream) -> Judgement:
    """Judge counts [folds, speakers, values, values]: the same draws for whatever attack on the same people."""
    folds, people = counts.sum(axis=1), answers.people
    return Judgement(
        resamples=scores.intervals().drawn(counts, people, metric, stream("bootstrap").numpy()),
        chance=chance(folds, metric),
        fold_sd=deviation(folds, metric),
        p_value=scores.p_values()(counts, people, metric, stream("permutation").numpy()),
        persons=people.only(counts.sum(axis=(0, 2, 3)) > 0).number,
    )


def judge_number(said: Said, metric: NumberMetric, median: float, scores: Scores, stream: Stream) -> Judgement:
    """Judge what was ``said`` of a number; chance is the error of the shadow persons' ``median``, or no correlation."""
    folds = NUMBER_METRICS[metric](said.true.sum(axis=1)[:, None])
    known = folds[~np.isnan(folds)]
    return Judgement(
        resamples=said.resampled(metric, scores.bootstrap, stream("bootstrap").numpy()),
        chance=median if metric == "mae" else 0.0,
        fold_sd=float(np.std(known, ddof=1)) if len(known) > 1 else float("nan"),
        p_value=said.p_value(metric, scores.p_values(), stream("permutation").numpy()),
        persons=said.people.number,
    )
