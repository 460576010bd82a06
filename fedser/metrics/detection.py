"""How well one of two classes is detected, by the measures of Yousefi and Emmanouilidou 2021, section IV, and areas.

The second class is what is detected. Weighted accuracy is the mean of the two classes' recalls. The area below the
precision-recall curve is the average precision, which interpolates nothing (Davis and Goadrich 2006).
"""

from typing import Any

import numpy as np

from fedser.errors import InputError
from fedser.metrics.recall import Floats, Ints

MEASURES = ("accuracy", "weighted_accuracy", "precision", "recall", "f_score", "roc_auc", "pr_auc")


def measures(truth: Ints, scores: Floats) -> dict[str, float]:
    """``MEASURES`` of ``scores`` [rows], the probability of class 1, for ``truth`` [rows] of 0 and 1; said is 1 above
    a half. NaN for the precision of who says nothing. Raises InputError unless both classes are there.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    if not 0 < truth.sum() < len(truth):
        raise InputError(f"detection: {int(truth.sum())} of {len(truth)} rows are of class 1; both classes are needed")
    said, is_it = scores > 0.5, truth == 1
    hits, alarms = int((said & is_it).sum()), int((said & ~is_it).sum())
    recall, rejected = hits / is_it.sum(), 1 - alarms / (~is_it).sum()
    precision = hits / (hits + alarms) if hits + alarms else float("nan")
    found = (
        (said == is_it).mean(),
        (recall + rejected) / 2,
        precision,
        recall,
        2 * hits / (hits + alarms + is_it.sum()),
        roc_auc_score(truth, scores),
        average_precision_score(truth, scores),
    )
    return dict(zip(MEASURES, map(float, found), strict=True))


def roc_points(truth: Ints, scores: Floats) -> tuple[Floats, Floats]:
    """False and true positive rates, from (0, 0) to (1, 1)."""
    from sklearn.metrics import roc_curve

    alarms, found, _ = roc_curve(truth, scores)
    return alarms, found


def pr_points(truth: Ints, scores: Floats) -> tuple[Floats, Floats]:
    """Recall and precision, by falling threshold."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(truth, scores)
    return recall[::-1], precision[::-1]


def over_runs(values: Floats, confidence: float = 0.95) -> tuple[float, float, float, float]:
    """Mean, standard deviation (n - 1) and Student's interval of the mean over runs [runs]; NaN what one run leaves.

    Splits of one corpus share utterances, so that the interval is of these runs, and optimistic for others.
    """
    from scipy.stats import t

    mean: Any = np.mean(values)
    if len(values) < 2:
        return float(mean), *(float("nan"),) * 3
    deviation = float(np.std(values, ddof=1))
    half = float(t.ppf((1 + confidence) / 2, len(values) - 1)) * deviation / np.sqrt(len(values))
    return float(mean), deviation, float(mean - half), float(mean + half)
