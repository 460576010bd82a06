"""Whether the probability of the chosen class is how often it is right: reliability, and expected calibration error.

Naeini et al. 2015 ("Obtaining well calibrated probabilities using Bayesian binning"); Guo et al. 2017, eq. 3 and 5.
All follows from sums over rows, so that resamples of groups are cheap.
"""

import numpy as np

from fedser.metrics.recall import Floats, Ints, ratio

SUMS = ("n", "confidence", "right")
"""What is summed in each bin: rows, their probability of the chosen class, and those that are right."""


def bins_of(confidence: Floats, bins: int) -> Ints:
    """The bin of each row: ``bins`` of equal width over 0 to 1, an edge belonging to the lower one (Guo et al.)."""
    numbers: Ints = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    return numbers


def calibration_error(sums: Floats) -> Floats:
    """The mean gap between confidence and accuracy, weighted by rows (eq. 5): [...] from sums [..., bins, 3].

    NaN without a row. It is never below 0 and, of few rows, above it by luck alone.
    """
    gaps = np.abs(sums[..., 1] - sums[..., 2]).sum(axis=-1)
    return ratio(gaps, sums[..., 0].sum(axis=-1))
