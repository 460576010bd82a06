"""p-values of a score by permuting the attribute between people: Fisher (1935, sec. 21); Phipson & Smyth (2010).

The attack's answers stay; were they unrelated to the attribute, every dealing of its values to the people would be as
likely as the true one. Where persons have one value each, values are dealt between persons, each with all of his or her
sessions; where a person's sessions differ, within the person. One-sided: the share of dealings that score no lower.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from fedser.metrics.folds import METRICS, Metric
from fedser.metrics.people import People, who_counts
from fedser.metrics.recall import Counts, Floats, Ints

_CHUNK = 2_000_000  # cells of labels that are turned into counts at once
_ROUNDING = 1e-9  # scores nearer than this are equal: the order of summation must not decide


@dataclass(frozen=True)
class Permutation:
    """How many dealings are drawn; where there are no more than that, each is tried once and the p-value exact."""

    permutations: int = 10_000

    def __call__(self, counts: Counts, people: People, metric: Metric, rng: np.random.Generator) -> float:
        """The p-value of ``metric`` for counts [folds, speakers, values, values] (true, predicted).

        At least 1 / (permutations + 1), or exact: at least one of all dealings. NaN where the score is not defined.
        Raises InputError as ``who_counts`` does.
        """
        there = who_counts(counts, people, "permutation")
        if there is None:
            return float("nan")
        counts, people = there
        observed = float(METRICS[metric](counts.sum(axis=1)))
        return self.share(people, lambda dealt: _scores(dealt, counts, metric), observed, rng)

    def share(
        self, people: People, scores: Callable[[Ints], Floats], observed: float, rng: np.random.Generator
    ) -> float:
        """The p-value of a score ``observed`` of people's own values; ``scores`` [dealings] are those of dealings.

        A dealing is [speakers], an index of a value for each.
        """
        return float(self.shares(people, lambda dealt: scores(dealt)[:, None], np.array([observed]), rng)[0])

    def shares(
        self, people: People, scores: Callable[[Ints], Floats], observed: Floats, rng: np.random.Generator
    ) -> Floats:
        """The p-values of several scores at once, as of ``share``: [scores], from ``scores`` [dealings, scores]."""
        groups = _groups(people)
        exact = math.prod(map(_dealings, groups)) <= self.permutations
        dealt = _all(groups, people) if exact else _drawn(groups, people, self.permutations, rng)
        as_high = (scores(dealt) >= observed - _ROUNDING).sum(axis=0)
        # The true dealing is one of all of them, and beside drawn ones it counts as one more (Phipson & Smyth 2010).
        p_values: Floats = as_high / len(dealt) if exact else (as_high + 1) / (len(dealt) + 1)
        return p_values


@dataclass(frozen=True)
class _Group:
    """Places between which values are dealt: the speakers [n] of each place, and its value."""

    places: tuple[Ints, ...]
    values: tuple[int, ...]


def _groups(people: People) -> list[_Group]:
    """All persons of one value as one group; of each other person the speakers."""
    members = [np.flatnonzero(people.persons == person) for person in range(people.number)]
    single = [own for own in members if len(np.unique(people.values[own])) == 1]
    torn = [own for own in members if len(np.unique(people.values[own])) > 1]
    groups = [_Group(tuple(single), tuple(int(people.values[own[0]]) for own in single))] if single else []
    return groups + [_Group(tuple(own[:, None]), tuple(people.values[own].tolist())) for own in torn]


def _dealings(group: _Group) -> int:
    """In how many ways the group's values can be dealt to its places."""
    times = Counter(group.values).values()
    return math.factorial(len(group.values)) // math.prod(map(math.factorial, times))


def _all(groups: Sequence[_Group], people: People) -> Ints:
    """Every dealing once: values [dealings, speakers]."""
    ways = list(product(*(list(_arrangements(group.values)) for group in groups)))
    dealt = np.empty((len(ways), len(people.values)), dtype=np.int64)
    for number, group in enumerate(groups):
        _deal(dealt, group, np.array([way[number] for way in ways]))
    return dealt


def _drawn(groups: Sequence[_Group], people: People, number: int, rng: np.random.Generator) -> Ints:
    """Dealings drawn at random: values [number, speakers]."""
    dealt = np.empty((number, len(people.values)), dtype=np.int64)
    for group in groups:
        _deal(dealt, group, rng.permuted(np.tile(group.values, (number, 1)), axis=1))
    return dealt


def _deal(dealt: Ints, group: _Group, values: Ints) -> None:
    """Write ``values`` [dealings, places] to the speakers of each place."""
    for place, speakers in enumerate(group.places):
        dealt[:, speakers] = values[:, place, None]


def _arrangements(values: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every distinct order of ``values``."""
    if not values:
        yield ()
    for first in sorted(set(values)):
        rest = list(values)
        rest.remove(first)
        for others in _arrangements(rest):
            yield (first, *others)


def _scores(dealt: Ints, counts: Counts, metric: Metric) -> Floats:
    """The score of the same answers under each dealing, [dealings]."""
    said = counts.sum(axis=2).astype(np.float64)  # [folds, speakers, predicted]; sums below 2^53 are exact
    size = max(1, _CHUNK // (said.shape[1] * said.shape[2]))
    parts = [dealt[start : start + size] for start in range(0, len(dealt), size)]
    return np.concatenate([METRICS[metric](_counted(part, said)) for part in parts])


def _counted(dealt: Ints, said: Floats) -> Floats:
    """Counts [dealings, folds, values, values] of answers ``said`` to speakers of the values ``dealt``."""
    chosen = (dealt[:, :, None] == np.arange(said.shape[2])).astype(np.float64)
    counted: Floats = np.tensordot(chosen, said, axes=([1], [1])).transpose(0, 2, 1, 3)
    return counted


def holm(p_values: Floats) -> Floats:
    """p-values [tests] corrected by Holm (1979) for being several; NaN stays NaN and is no test.

    The family-wise error is held whatever the dependence between the tests.
    """
    corrected: Floats = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return corrected
