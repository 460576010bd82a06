"""The server's average: weighted by n_k, summed in float64 and in a fixed order."""

from collections.abc import Sequence

import numpy as np

from fedser.updates.update import Arrays, Update


def weighted_mean(updates: Sequence[Update]) -> Arrays:
    """sum_k (n_k / n) a_k over each array (Feng et al. 2021, eq. 1 and 2), float32, whatever the order given."""
    ordered = sorted(updates, key=lambda update: update.client)
    total = sum(update.examples for update in ordered)
    means: dict[str, np.ndarray] = {}
    for name in ordered[0].arrays:
        sums = np.zeros(ordered[0].arrays[name].shape, dtype=np.float64)
        for update in ordered:
            sums += update.examples / total * update.arrays[name].astype(np.float64)
        means[name] = sums.astype(np.float32)
    return means
