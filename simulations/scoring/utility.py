"""``utility.csv``: how well the task is done for speakers whom no training heard, the price that a defense is paid in.

One row per metric: the mean over the private trainings (folds), their standard deviation ``fold_sd``, and a bootstrap
interval over the speakers, each tested in the fold that holds him or her out.
"""

import pandas as pd

from fedser.metrics.folds import METRICS, chance, deviation
from fedser.metrics.people import People
from fedser.metrics.recall import Counts
from fedser.seeds import Stream
from simulations.scoring.settings import Scores

UTILITY_WORDS = ["metric"]
UTILITY_NUMBERS = ["value", "low", "high", "chance", "fold_sd", "n", "persons"]


def utility(counts: Counts, people: People, scores: Scores, stream: Stream) -> pd.DataFrame:
    """The table for counts [folds, speakers, classes, classes] (true, predicted) of test utterances.

    Resamples are drawn from one stream, so that runs on the same speakers with the same seed can be compared.
    """
    there = counts.sum(axis=(0, 2, 3)) > 0
    counts, people = counts[:, there], people.only(there)
    folds, bootstrap = counts.sum(axis=1), scores.intervals()
    lines = []
    for metric in METRICS:
        found = bootstrap.of_classes(counts, people, metric, stream("bootstrap").numpy())
        known = (metric, found.value, found.low, found.high, chance(folds, metric), deviation(folds, metric))
        lines.append((*known, counts.sum(), people.number))
    return pd.DataFrame(lines, columns=UTILITY_WORDS + UTILITY_NUMBERS)
