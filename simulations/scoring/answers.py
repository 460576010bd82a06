"""Scores joined with the truth, averaged over units, and counted per fold and speaker.

An update is one answer; a client's scores are averaged over its updates, a speaker's over all updates of all his or
her clients, always within one training. The answer is the value with the highest (mean) score, the first of equals.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from fedser.errors import InputError
from fedser.metrics.people import People
from fedser.metrics.recall import Counts, Floats, Ints
from simulations.scoring.tables import CLIENT_KEY, AttackScores, Truth, check_scores

Unit = Literal["update", "client", "speaker"]
UNITS: tuple[Unit, ...] = ("update", "client", "speaker")


@dataclass(frozen=True)
class Answers:
    """One row per update: indices of fold, client and speaker, the true value, the round and the scores [n, values].

    ``people`` are all speakers of the truth, whether they sent an update or not; where the attribute is a number,
    ``numbers`` [speakers] are theirs.
    """

    fold: Ints
    client: Ints
    speaker: Ints
    round: Ints
    scores: Floats
    people: People
    numbers: Floats | None = None

    def only(self, rows: np.ndarray[Any, np.dtype[np.bool_]]) -> "Answers":
        """The answers where ``rows`` is True, about the same speakers."""
        columns = (self.fold[rows], self.client[rows], self.speaker[rows], self.round[rows], self.scores[rows])
        return Answers(*columns, self.people, self.numbers)


def join(found: AttackScores, truth: Truth) -> Answers:
    """Join scores with truth; raises InputError when they do not fit or when a value has no update at all."""
    check_scores(found, truth)
    names, people, numbers = _people(truth)
    rows = found.updates.merge(truth.clients, on=CLIENT_KEY, how="left", validate="many_to_one")
    silent = [truth.values[index] for index in sorted(set(truth.clients["value"]) - set(rows["value"]))]
    if silent:
        raise InputError(
            f"scores of {found.attack} on {found.layer}: no captured update is of a client with {truth.attribute}"
            f" {' or '.join(map(repr, silent))}, so that no UAR is defined; train or capture more rounds"
        )
    return Answers(
        fold=rows["training"].astype("category").cat.codes.to_numpy(np.int64),
        client=rows.groupby(CLIENT_KEY).ngroup().to_numpy(np.int64),
        speaker=np.searchsorted(names, rows["speaker"].to_numpy(str)),
        round=rows["round"].to_numpy(np.int64),
        scores=np.asarray(found.scores, dtype=np.float64),
        people=people,
        numbers=numbers,
    )


def _people(truth: Truth) -> tuple[np.ndarray[Any, np.dtype[np.str_]], People, Floats | None]:
    """The speakers' names, sorted, and in this order their values and persons, and their numbers if there are any."""
    names, first = np.unique(truth.clients["speaker"].to_numpy(str), return_index=True)
    values, table = truth.clients["value"].to_numpy(np.int64)[first], truth.clients.iloc[first]
    numbers = None if truth.scale is None else table["number"].to_numpy(np.float64)
    if "person" not in table:
        return names, People.of(values), numbers
    return names, People(values, np.unique(table["person"].to_numpy(str), return_inverse=True)[1]), numbers


class Pooled(NamedTuple):
    """One row per unit: the indices of its fold and speaker, and the mean scores of its updates [units, values]."""

    fold: Ints
    speaker: Ints
    scores: Floats


def pool(answers: Answers, unit: Unit) -> Pooled:
    """The scores averaged over each unit's updates."""
    first, inverse, times = np.unique(
        _groups(answers, unit), return_index=True, return_inverse=True, return_counts=True
    )[1:]
    sums = np.zeros((len(first), answers.scores.shape[1]))
    np.add.at(sums, inverse, answers.scores)
    return Pooled(answers.fold[first], answers.speaker[first], sums / times[:, None])


def count(answers: Answers, unit: Unit) -> tuple[Counts, int]:
    """Counts [folds, speakers, values, values] (true, predicted) of a unit's answers, and how many units there are.

    An update and a client live in one training; a speaker is one, even when several trainings hear him or her.
    """
    pooled = pool(answers, unit)
    predicted, values = pooled.scores.argmax(axis=1), answers.scores.shape[1]
    counts = np.zeros((int(answers.fold.max()) + 1, len(answers.people.values), values, values), dtype=np.int64)
    np.add.at(counts, (pooled.fold, pooled.speaker, answers.people.values[pooled.speaker], predicted), 1)
    return counts, number_of(pooled, unit)


def number_of(pooled: Pooled, unit: Unit) -> int:
    """How many units there are: a speaker is one, even when several trainings hear him or her."""
    return len(np.unique(pooled.speaker)) if unit == "speaker" else len(pooled.speaker)


def _groups(answers: Answers, unit: Unit) -> Ints:
    if unit == "update":
        return np.arange(len(answers.fold))
    if unit == "client":
        return answers.client
    return answers.fold * len(answers.people.values) + answers.speaker
