"""``representations.csv``: how well an attribute is read off utterances as a model represents them.

``model`` is ``trained`` (the selected one), ``initial`` (before training), ``inputs`` (no model: the features, which is
the upper reference), or ``none`` (the majority of what was learned from, the lower one). ``learned_on`` says if the
reader learned on the shadow corpora, as an attacker can, or on other private speakers, to tell what is there at all.
``speakers`` are those whom the model has not heard, or those on whose utterances it was trained.

A speaker's score is the mean of the log-odds of his or her utterances, within one training. The value is the mean over
trainings, the interval a bootstrap over speakers, the same ones in every row; ``difference`` is the paired one to the
same reader on the inputs. Who is asked about is missing among the private speakers that are learned from, so that there
the majority may lie below chance. ``n`` counts different utterances, or speakers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from fedser.metrics.bootstrap import Interval, Resamples
from fedser.metrics.folds import METRICS, chance, deviation
from fedser.metrics.people import People
from fedser.metrics.ranking import Ranked
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from simulations.scoring.answers import Answers, Unit, count, pool
from simulations.scoring.settings import Scores

REPRESENTATIONS_WORDS = ["model", "layer", "reader", "learned_on", "speakers", "unit", "metric"]
REPRESENTATIONS_NUMBERS = [
    "value",
    "low",
    "high",
    "chance",
    "fold_sd",
    "n",
    "persons",
    "difference",
    "difference_low",
    "difference_high",
]
_COLUMNS = REPRESENTATIONS_WORDS + REPRESENTATIONS_NUMBERS
_UNITS: dict[str, Unit] = {"utterance": "update", "speaker": "speaker"}
_LEAST = 1e-9  # of a probability, whose log-odds are taken

Asked = Literal["unheard", "heard"]
ASKED: tuple[Asked, ...] = ("unheard", "heard")
Key = tuple[str, str, str, str]
"""model, layer, reader and learned_on: the first words of a row."""


@dataclass(frozen=True)
class Private:
    """The private utterances: the ``speaker`` of each (an index into ``people``), and which of them each training's
    model has heard, and has not (by speakers), row numbers each.
    """

    speaker: Ints
    people: People
    rows: Sequence[Mapping[Asked, Ints]]


def representations(
    found: Mapping[Key, Sequence[Floats]], private: Private, scores: Scores, stream: Stream
) -> pd.DataFrame:
    """The table for what readers say of every private utterance, by training [utterances, values], in their order."""
    rows: list[dict[str, Any]] = []
    drawn: dict[tuple[str, ...], Resamples] = {}
    for key, by_training in found.items():
        for asked in ASKED:
            answers = _answers(by_training, private, asked)
            for words, resamples, numbers in _scored(answers, scores, stream):
                line = (*key, asked, *words)
                drawn[line] = resamples
                interval = _interval(resamples, scores.confidence)
                known = {"value": interval.value, "low": interval.low, "high": interval.high}
                rows.append(dict(zip(REPRESENTATIONS_WORDS, line, strict=True)) | known | numbers)
    for row in rows:
        row |= _beside(tuple(row[word] for word in REPRESENTATIONS_WORDS), drawn, scores.confidence)
    return pd.DataFrame(rows, columns=_COLUMNS)


def log_odds(scores: Floats) -> Floats:
    """Of each value against all others, from probabilities."""
    kept = np.clip(scores, _LEAST, 1.0 - _LEAST)
    odds: Floats = np.log(kept) - np.log1p(-kept)
    return odds


def _answers(by_training: Sequence[Floats], private: Private, asked: Asked) -> "_Said":
    rows = [groups[asked] for groups in private.rows]
    fold = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
    every = np.concatenate(rows)
    said = np.concatenate([log_odds(scores[own]) for scores, own in zip(by_training, rows, strict=True)])
    speaker = private.speaker[every]
    return _Said(Answers(fold, speaker, speaker, np.zeros_like(fold), said, private.people), every)


@dataclass(frozen=True)
class _Said:
    """What is said of some utterances, each with its row."""

    answers: Answers
    rows: Ints


def _scored(said: _Said, scores: Scores, stream: Stream) -> Iterator[tuple[tuple[str, str], Resamples, dict[str, Any]]]:
    """Unit and metric, the score, and its other numbers."""
    answers = said.answers
    persons = len(np.unique(answers.people.persons[answers.speaker]))
    for name, unit in _UNITS.items():
        n = len(np.unique(said.rows if name == "utterance" else answers.speaker))
        numbers = {"n": n, "persons": persons}
        counts, _ = count(answers, unit)
        folds = counts.sum(axis=1)
        for metric in METRICS:
            drawn = scores.intervals().drawn(counts, answers.people, metric, stream("bootstrap").numpy())
            known = {"chance": chance(folds, metric), "fold_sd": deviation(folds, metric)}
            yield (name, metric), drawn, numbers | known
        pooled = pool(answers, unit)
        ranked = Ranked(pooled.fold, pooled.speaker, pooled.scores, answers.people)
        drawn = ranked.area(scores.bootstrap, stream("bootstrap").numpy())
        yield (name, "auc"), drawn, numbers | {"chance": 0.5, "fold_sd": ranked.deviation()}


def _beside(line: tuple[str, ...], drawn: Mapping[tuple[str, ...], Resamples], confidence: float) -> dict[str, float]:
    """The paired difference to the inputs; none for the inputs themselves and the majority."""
    inputs = ("inputs", "inputs", *line[2:])
    if line[0] not in ("trained", "initial") or inputs not in drawn:
        return {}
    found = _interval(drawn[line].minus(drawn[inputs]), confidence)
    return {"difference": found.value, "difference_low": found.low, "difference_high": found.high}


def _interval(found: Resamples, confidence: float) -> Interval:
    """That of the resamples in which the score is defined: in few folds, one may have no pair of different values."""
    defined = found.drawn[~np.isnan(found.drawn)]
    if np.isnan(found.value) or not len(defined):
        return Interval(np.nan, np.nan, np.nan)
    return Resamples(found.value, defined).interval(confidence)
