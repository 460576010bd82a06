"""Whether one attack reads more than another in another run: the difference of their UARs over the same persons.

A bootstrap over the persons whom both runs heard, the same ones drawn in both (Efron & Tibshirani 1993, ch. 8), so that
what makes a person easy to read falls out of the difference.
"""

import numpy as np
import pandas as pd

from fedser.metrics.bootstrap import Resamples
from fedser.metrics.people import People
from fedser.seeds import Stream
from simulations.scoring import Scores


def paired_difference(one: pd.DataFrame, other: pd.DataFrame, scores: Scores, seed: int) -> tuple[float, float, float]:
    """UAR per update of ``one`` minus that of the ``other``, and its interval; NaN where either has no rows.

    Both have the columns of ``leakage_persons.csv``, for one attack on one layer.
    """
    if one.empty or other.empty:
        return (float("nan"),) * 3
    speakers = sorted(set(one["speaker"]) & set(other["speaker"]))
    drawn = [_drawn(each[each["speaker"].isin(speakers)], speakers, scores, seed) for each in (one, other)]
    found = drawn[0].minus(drawn[1]).interval(scores.confidence)
    return found.value, found.low, found.high


def _drawn(read: pd.DataFrame, speakers: list[str], scores: Scores, seed: int) -> Resamples:
    """The UAR per update of what was read, and of its resamples."""
    values, trainings = sorted(set(read["value"])), sorted(set(read["training"]))
    known = read.drop_duplicates("speaker").set_index("speaker").loc[speakers]
    people = People(
        np.array([values.index(value) for value in known["value"]]),
        np.unique(known["person"].to_numpy(str), return_inverse=True)[1],
    )
    counts = np.zeros((len(trainings), len(speakers), len(values), len(values)), dtype=np.int64)
    for row in read.itertuples():
        place, value = (trainings.index(row.training), speakers.index(row.speaker)), values.index(row.value)
        counts[(*place, value, value)] += int(row.right)
        counts[(*place, value, value - 1)] += int(row.updates - row.right)  # which other value was said is all one
    return scores.intervals().drawn(counts, people, "uar", Stream(seed)("grid", "bootstrap").numpy())
