"""How many utterances of each class a batch has, from the gradient of the last layer's bias alone.

That gradient is the batch's mean of p - e_y. Of one utterance its only negative element is y (Zhao et al. 2020, iDLG,
arXiv 2001.02610). Of several it is sum_k pi_k (P_k - e_k), with pi_k the share of class k and P_k the mean prediction
for its utterances: unknown of the batch, and taken from strangers' utterances at the broadcast model, as Wainakh et al.
2022 (arXiv 2105.09369) estimate it from auxiliary data. Yin et al. 2021 (arXiv 2104.07586), who take every class for
present at most once, cannot count four emotions in twenty utterances.
"""

import numpy as np
from scipy.optimize import nnls

from fedser.metrics.recall import Floats, Ints

_SURE = 100.0
"""How much more than the gradient it weighs that shares add up to one."""


def classes_of_batch(bias: Floats, predicted: Floats, examples: int) -> Ints:
    """The classes of a batch of ``examples`` in ascending order, int64 [examples].

    ``bias`` [classes] is the gradient of the last bias, ``predicted`` [classes, classes] the mean prediction P_k of
    each class k, in rows.
    """
    if examples == 1:
        return np.array([bias.argmin()])
    number = len(bias)
    equations = np.vstack([(predicted - np.eye(number)).T, np.full((1, number), _SURE)])
    shares, _ = nnls(equations, np.append(bias, _SURE))
    return np.repeat(np.arange(number), _rounded(shares / shares.sum() * examples, examples))


def mean_predictions(probabilities: Floats, y: Ints) -> Floats:
    """P_k [classes, classes]: the mean of ``probabilities`` [utterances, classes] over each class of ``y``; over all
    utterances for a class that has none.
    """
    of_class = (y == np.arange(probabilities.shape[1])[:, None]).astype(np.float64)
    of_class[of_class.sum(axis=1) == 0] = 1.0
    means: Floats = of_class @ probabilities / of_class.sum(axis=1, keepdims=True)
    return means


def _rounded(counts: Floats, total: int) -> Ints:
    """Whole numbers that add up to ``total``: the largest remainders are rounded up."""
    down = np.floor(counts).astype(np.int64)
    up = np.argsort(down - counts, kind="stable")[: total - down.sum()]
    down[up] += 1
    return down
