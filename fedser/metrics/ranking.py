"""The area under the ROC (AUC) of scores for each value, and its resamples of persons, fold by fold.

The AUC is the share of pairs of one unit that has the value and one that has not of which the former scores higher, a
tie being half a pair (Hanley & McNeil 1982). Counted by the two persons of each pair, all resamples of persons are a
product. As with recalls, folds are averaged first, and then values: each fold has a model of its own, whose scores are
not compared with another's.
"""

from dataclasses import dataclass

import numpy as np

from fedser.errors import InputError
from fedser.metrics.bootstrap import Resamples, draw
from fedser.metrics.folds import mean_of_defined
from fedser.metrics.people import People
from fedser.metrics.recall import Floats, Ints, ratio
from fedser.metrics.roc import Members


@dataclass(frozen=True)
class Ranked:
    """One row per unit: its ``fold`` and ``speaker``, and a score of each value [units, values].

    ``people`` are all speakers with their values. Raises InputError where lengths differ.
    """

    fold: Ints
    speaker: Ints
    scores: Floats
    people: People

    def __post_init__(self) -> None:
        if not len(self.fold) == len(self.speaker) == len(self.scores):
            raise InputError(
                f"ranked: {len(self.fold)} folds, {len(self.speaker)} speakers and {len(self.scores)} scores"
            )

    def area(self, resamples: int, rng: np.random.Generator) -> Resamples:
        """The mean AUC, and that of each resample of persons, who are drawn as ``Bootstrap`` draws them.

        NaN where nobody has a value that others have not.
        """
        there = np.isin(np.arange(len(self.people.values)), self.speaker)
        times = draw(self.people.only(there).strata, resamples, rng).astype(np.float64)
        times = np.vstack([np.ones_like(times[:1]), times])  # first of all, everyone once
        folds = [self._shares(fold, there, times) for fold in np.unique(self.fold)]
        areas = mean_of_defined(mean_of_defined(np.stack(folds, axis=1))[..., None])[..., 0]
        return Resamples(float(areas[0]), areas[1:])

    def deviation(self) -> float:
        """The standard deviation (n - 1) over folds of each fold's own AUC; NaN with fewer than two that have one."""
        there = np.isin(np.arange(len(self.people.values)), self.speaker)
        once = np.ones((1, self.people.only(there).number))
        folds = [mean_of_defined(self._shares(fold, there, once)[0][:, None])[0] for fold in np.unique(self.fold)]
        known = np.array(folds)[~np.isnan(folds)]
        return float(np.std(known, ddof=1)) if len(known) > 1 else float("nan")

    def _shares(self, fold: int, there: Members, times: Floats) -> Floats:
        """[resamples, values]: the AUC of each value in one fold, for how often each resample has each person."""
        people, mine = self.people.only(there), self.fold == fold
        speaker = (np.cumsum(there) - 1)[self.speaker[mine]]
        values, persons = people.values[speaker], people.persons[speaker]
        shares = []
        for value, scores in enumerate(self.scores[mine].T):
            won, pairs = _pairs(scores, persons, values == value, people.number)
            drawn = [np.einsum("rp,pq,rq->r", times, each, times, optimize=True) for each in (won, pairs)]
            shares.append(ratio(drawn[0], drawn[1]))
        return np.stack(shares, axis=1)


def _pairs(scores: Floats, persons: Ints, has: Members, number: int) -> tuple[Floats, Floats]:
    """Pairs won, and pairs, [persons, persons]: of a unit of the first that ``has`` the value, and one that has not."""
    won: Floats = np.zeros((number, number))
    pairs: Floats = np.zeros((number, number))
    for other in np.unique(persons[~has]):
        beside = np.sort(scores[~has & (persons == other)])
        below = sum(np.searchsorted(beside, scores[has], side=side) for side in ("left", "right")) / 2.0
        won[:, other] = np.bincount(persons[has], weights=below, minlength=number)
        pairs[:, other] = np.bincount(persons[has], minlength=number) * len(beside)
    return won, pairs
