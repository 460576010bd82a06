"""``parity.csv``: demographic parity and equalised odds of every class, one against the rest, through Fairlearn.

Demographic parity: the class is said of all groups as often (Dwork et al. 2012). Equalised odds: as often right and as
often wrongly (Hardt, Price & Srebro 2016). Both are told as Fairlearn does, the largest difference and the smallest
ratio between any two groups; of equalised odds the worse of TPR and FPR. ``flagged`` counts the groups that are small.
"""

import numpy as np
import pandas as pd

from simulations.bias.counted import Counted

PARITY_COLUMNS = ["grouping", "class", "measure", "value", "groups", "undefined", "flagged"]


def parity_table(counted: Counted) -> pd.DataFrame:
    """A row per class and measure; equalised odds only between groups where both rates are defined.

    ``undefined`` counts the groups that are left out of it so; NaN where fewer than two are left.
    """
    lines = []
    p, grouping = counted.predictions, counted.grouping
    for c, label in enumerate(p.classes):
        both = (counted.rates["tpr"].wholes[:, c] > 0) & (counted.rates["fpr"].wholes[:, c] > 0)
        flagged = counted.small("tpr")[:, c] | counted.small("fpr")[:, c]
        everyone = np.ones(len(both), dtype=bool)
        for measure, groups in (("demographic_parity", everyone), ("equalized_odds", both)):
            rows = groups[grouping.codes]
            values = _fairlearn(measure, p.true[rows] == c, p.predicted[rows] == c, grouping.codes[rows])
            told = (int(groups.sum()), int((~groups).sum()), int((flagged & groups).sum()))
            lines += [
                (grouping.name, label, f"{measure}_{kind}", value, *told)
                for kind, value in zip(("difference", "ratio"), values, strict=True)
            ]
    return pd.DataFrame(lines, columns=PARITY_COLUMNS)


def _fairlearn(measure: str, true: np.ndarray, said: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """Difference and ratio; NaN both where there are no two groups."""
    if len(np.unique(groups)) < 2:
        return float("nan"), float("nan")
    from fairlearn import metrics

    found = [getattr(metrics, f"{measure}_{kind}") for kind in ("difference", "ratio")]
    given = (true.astype(int), said.astype(int))
    return float(found[0](*given, sensitive_features=groups)), float(found[1](*given, sensitive_features=groups))
