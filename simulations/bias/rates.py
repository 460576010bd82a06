"""``rates.csv``: each rate of each group and class, with interval and support; ``confusion.csv``: the counts."""

import pandas as pd

from fedser.metrics.rates import RATES
from simulations.bias.counted import Counted
from simulations.bias.resampling import of_share

RATES_COLUMNS = ["grouping", "group", "class", "rate", "value", "low", "high", "hits", "n", "persons", "small"]
CONFUSION_COLUMNS = ["grouping", "group", "true", "predicted", "n"]


def rates_table(counted: Counted) -> pd.DataFrame:
    """A row per group, class and rate: ``hits`` of ``n`` rows of ``persons``; NaN where no row is to have the rate."""
    classes, groups = counted.predictions.classes, counted.grouping.values
    confidence, lines = counted.audit.scores.confidence, []
    for g, group in enumerate(groups):
        for c, label in enumerate(classes):
            for rate in RATES:
                share, persons = counted.rates[rate], int(counted.persons[rate][g, c])
                found = of_share(float(share.value[g, c]), counted.drawn[rate][:, g, c], persons, confidence)
                known = (counted.grouping.name, group, label, rate, found.value, found.low, found.high)
                support = (int(share.parts[g, c]), int(share.wholes[g, c]), persons)
                lines.append((*known, *support, bool(counted.small(rate)[g, c])))
    return pd.DataFrame(lines, columns=RATES_COLUMNS)


def confusion_table(counted: Counted) -> pd.DataFrame:
    """A row per group, true class and predicted class."""
    classes, counts = counted.predictions.classes, counted.confusion.value
    lines = [
        (counted.grouping.name, group, true, said, int(counts[g, t, s]))
        for g, group in enumerate(counted.grouping.values)
        for t, true in enumerate(classes)
        for s, said in enumerate(classes)
    ]
    return pd.DataFrame(lines, columns=CONFUSION_COLUMNS)
