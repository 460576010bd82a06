"""Sums over rows, for all rows and for each resample of the persons behind them (see ``fedser.metrics.bootstrap``).

Where persons are not known each row stands for one. Persons are drawn within each set of groups that they have rows of,
so that no group is lost. One draw serves everything that is told of a grouping: differences are paired.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from fedser.metrics.bootstrap import Interval, draw
from fedser.metrics.proportions import newcombe, wilson
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from simulations.bias.grouping import Grouping

_CHUNK = 20_000_000  # drawn numbers that are held at once


@dataclass(frozen=True)
class Resampled:
    """``value`` [...] of all rows, and ``drawn`` [resamples, ...] of each resample."""

    value: Floats
    drawn: Floats


def resampled(
    grouping: Grouping, cells: Ints, weights: Floats, shape: tuple[int, ...], draws: int, stream: Stream
) -> Resampled:
    """Sums of ``weights`` [rows, kinds] in the cells [rows] of each group: [groups, *shape, kinds].

    Cells are numbered from 0 over ``shape``. Equal streams draw equal persons.
    """
    size = int(np.prod(shape))
    places = grouping.by_group(cells, size)
    people, rng = grouping.people, stream.numpy()
    whole = (people.number, len(grouping.values) * size)
    kinds = [csr_array((column, (grouping.units, places)), shape=whole) for column in weights.T]
    full = (len(grouping.values), *shape)
    value = np.stack([np.asarray(kind.sum(axis=0)).reshape(full) for kind in kinds], axis=-1)
    chunk = max(1, _CHUNK // people.number)
    parts = [
        _sums(kinds, draw(people.strata, min(chunk, draws - start), rng), full) for start in range(0, draws, chunk)
    ]
    return Resampled(value, np.concatenate(parts))


def confusion(grouping: Grouping, true: Ints, predicted: Ints, classes: int, draws: int, stream: Stream) -> Resampled:
    """Confusion counts of each group: [groups, classes, classes]."""
    once = np.ones((len(true), 1))
    counted = resampled(grouping, true * classes + predicted, once, (classes, classes), draws, stream)
    return Resampled(counted.value[..., 0], counted.drawn[..., 0])


def interval(value: float, drawn: Floats, confidence: float) -> Interval:
    """The percentile interval over the resamples [resamples] in which the score is defined; NaN where none is."""
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(defined):
        return Interval(value, float("nan"), float("nan"))
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return Interval(value, float(low), float(high))


def of_share(value: float, drawn: Floats, persons: int, confidence: float) -> Interval:
    """The interval of a share. At 0 and 1 all resamples say the same, and Wilson's over persons is honest."""
    return wilson(value, persons, confidence) if at_edge(value) else interval(value, drawn, confidence)


def of_difference(one: Interval, other: Interval, drawn: Floats, confidence: float) -> Interval:
    """The interval of one share minus another; from their own where resamples of one of them do not differ."""
    if at_edge(one.value) or at_edge(other.value):
        return newcombe(one, other)
    return interval(one.value - other.value, drawn, confidence)


def at_edge(value: float) -> bool:
    """Whether a share is 0 or 1."""
    return value in (0.0, 1.0)


def _sums(kinds: list[csr_array], times: Ints, shape: tuple[int, ...]) -> Floats:
    sums = [np.asarray((kind.T @ times.T.astype(np.float64)).T).reshape(len(times), *shape) for kind in kinds]
    return np.stack(sums, axis=-1)
