"""``differences.csv``: each group against the reference, class by class and rate by rate: difference, ratio, p-values.

Holm's correction is over all tests of a grouping; TNR and FNR are one less FPR and TPR, whose tests are theirs.
"""

import numpy as np
import pandas as pd

from fedser.metrics.permutation import holm
from fedser.metrics.rates import RATES, Rate
from fedser.metrics.recall import ratio
from simulations.bias.counted import Counted
from simulations.bias.resampling import interval, of_difference, of_share
from simulations.bias.testing import TESTED, p_values

DIFFERENCE_COLUMNS = [
    "grouping", "group", "reference", "class", "rate", "value", "reference_value", "difference", "difference_low",
    "difference_high", "ratio", "ratio_low", "ratio_high", "p_value", "p_holm", "small",
]  # fmt: skip
_TEST_OF: dict[Rate, Rate] = {"tnr": "fpr", "fnr": "tpr"}


def differences_table(counted: Counted) -> pd.DataFrame:
    """A row per group other than the reference, class and rate; NaN where one of the two has no such rate."""
    grouping, classes = counted.grouping, counted.predictions.classes
    others = [g for g in range(len(grouping.values)) if g != grouping.reference]
    raw = np.stack([p_values(counted, g) for g in others])  # [others, classes, tested rates]
    corrected = holm(raw.reshape(-1)).reshape(raw.shape)
    lines = []
    for place, g in enumerate(others):
        for c, label in enumerate(classes):
            for rate in RATES:
                test = TESTED.index(_TEST_OF.get(rate, rate))
                tested = (float(raw[place, c, test]), float(corrected[place, c, test]))
                names = (grouping.name, grouping.values[g], grouping.values[grouping.reference], label, rate)
                lines.append((*names, *_compared(counted, g, c, rate), *tested, _small(counted, g, c, rate)))
    return pd.DataFrame(lines, columns=DIFFERENCE_COLUMNS)


def _compared(counted: Counted, g: int, c: int, rate: Rate) -> tuple[float, ...]:
    """Both values, their difference and their ratio, each with its interval."""
    confidence, to = counted.audit.scores.confidence, counted.grouping.reference
    drawn, persons = counted.drawn[rate], counted.persons[rate]
    mine, theirs = (
        of_share(float(counted.rates[rate].value[place, c]), drawn[:, place, c], int(persons[place, c]), confidence)
        for place in (g, to)
    )
    apart = of_difference(mine, theirs, drawn[:, g, c] - drawn[:, to, c], confidence)
    times = float(ratio(np.array([mine.value]), np.array([theirs.value]))[0])
    found = interval(times, ratio(drawn[:, g, c], drawn[:, to, c]), confidence)
    return mine.value, theirs.value, apart.value, apart.low, apart.high, times, found.low, found.high


def _small(counted: Counted, g: int, c: int, rate: Rate) -> bool:
    flagged = counted.small(rate)
    return bool(flagged[g, c] or flagged[counted.grouping.reference, c])
