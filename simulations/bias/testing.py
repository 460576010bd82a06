"""p-values of a difference of rates between two groups, two-sided.

Where persons are known, groups are dealt anew between persons (see ``fedser.metrics.permutation``): a person's rows
are alike. Where they are not, each row stands for a person, and dealing is Fisher's exact test (1935, sec. 21).
"""

import numpy as np

from fedser.metrics.people import People
from fedser.metrics.rates import Rate, rates
from fedser.metrics.recall import Floats, Ints
from simulations.bias.counted import Counted

TESTED: tuple[Rate, ...] = ("tpr", "fpr", "precision")
_CHUNK = 5_000_000  # labels that are turned into counts at once


def p_values(counted: Counted, group: int) -> Floats:
    """p of the ``group`` against the reference: [classes, tested rates], NaN where one of them has no such rate."""
    return _dealt(counted, group) if counted.predictions.of_subjects else _fisher(counted, group)


def _fisher(counted: Counted, group: int) -> Floats:
    from scipy.stats import fisher_exact

    pair = [group, counted.grouping.reference]
    found: Floats = np.full((len(counted.predictions.classes), len(TESTED)), np.nan)
    for number, rate in enumerate(TESTED):
        share = counted.rates[rate]
        for c in range(len(found)):
            hits, wholes = share.parts[pair, c], share.wholes[pair, c]
            if wholes.all():
                found[c, number] = fisher_exact(np.column_stack([hits, wholes - hits]).astype(np.int64)).pvalue
    return found


def _dealt(counted: Counted, group: int) -> Floats:
    """By dealing; what is not defined in a dealing counts as no smaller a difference, against us."""
    people, counts = _pair(counted, group)
    observed = _gaps(counts, people.values[None])[0]
    number = counted.grouping.name, counted.grouping.values[group]
    rng = counted.audit.stream("permutation", *number).numpy()
    test = counted.audit.scores.dealings(len(people.values))

    def scores(dealt: Ints) -> Floats:
        size = max(1, _CHUNK // dealt.shape[1])
        gaps = np.concatenate([_gaps(counts, dealt[at : at + size]) for at in range(0, len(dealt), size)])
        return np.where(np.isnan(gaps), np.inf, gaps)

    shares = test.shares(people, scores, np.nan_to_num(observed), rng)
    return np.where(np.isnan(observed), np.nan, shares).reshape(-1, len(TESTED))


def _pair(counted: Counted, group: int) -> tuple[People, Floats]:
    """One unit per person and group of the two, its group as 0 or 1 (the reference); counts [units, classes ** 2]."""
    grouping, p = counted.grouping, counted.predictions
    rows = np.flatnonzero(np.isin(grouping.codes, [group, grouping.reference]))
    values = (grouping.codes[rows] == grouping.reference).astype(np.int64)
    pairs, place = np.unique(np.column_stack([grouping.units[rows], values]), axis=0, return_inverse=True)
    classes = len(p.classes)
    counts = np.zeros((len(pairs), classes * classes))
    np.add.at(counts, (place.reshape(-1), p.true[rows] * classes + p.predicted[rows]), 1.0)
    persons = np.unique(pairs[:, 0], return_inverse=True)[1]
    return People(pairs[:, 1], persons), counts


def _gaps(counts: Floats, dealt: Ints) -> Floats:
    """The absolute differences of rates under each dealing [dealings, units]: [dealings, classes * tested rates]."""
    classes = int(np.sqrt(counts.shape[1]))
    theirs = dealt.astype(np.float64) @ counts
    both = np.stack([counts.sum(axis=0) - theirs, theirs]).reshape(2, len(dealt), classes, classes)
    found = rates(both)
    values = np.stack([found[rate].value for rate in TESTED], axis=-1)  # [2, dealings, classes, rates]
    gaps: Floats = np.abs(values[0] - values[1]).reshape(len(dealt), -1)
    return gaps
