"""A head that is fitted to activations whose attribute is known: logistic regression, to the end."""

import warnings
from typing import Any

import numpy as np

from fedser.updates.update import Array

ROWS = 4096
"""Public rows that a head is fitted to, at most: of more, so many at even distances."""

LARGE = 1e3
"""Activations are fitted as if they were this large at most, in root mean square about their mean: beside much larger
ones, as models have that diverge, the penalty is lost to rounding, and no solution is the only one."""


def fitted_head(hidden: Array, attributes: np.ndarray[Any, np.dtype[np.int64]], values: int) -> tuple[Array, Array]:
    """Weight [values, width] and bias [values] of the softmax of least cross-entropy over ``hidden`` [rows, width].

    Each value counts alike, and the penalty is |W|^2 / 2 beside the sum over the rows.
    Newton's method finds it to rounding, so that no engine's last bits decide where it stops. It is given the rows less
    their mean, of which the bias makes the same.
    """
    from sklearn.linear_model import LogisticRegression

    chosen = np.linspace(0, len(hidden) - 1, min(ROWS, len(hidden))).astype(np.int64)
    learner = LogisticRegression(solver="newton-cholesky", class_weight="balanced", tol=1e-8, max_iter=200)
    rows = hidden[chosen].astype(np.float64)
    mean = rows.mean(axis=0)
    scale = max(1.0, float(np.sqrt(np.mean(np.square(rows - mean)))) / LARGE)
    with warnings.catch_warnings():
        # Where there is next to nothing to learn, a step is lost in rounding; what takes over would warn by itself.
        warnings.filterwarnings("ignore", message="Line search of Newton solver")
        learner.fit((rows - mean) / scale, attributes[chosen])
    weight = learner.coef_ / scale
    bias = learner.intercept_ - weight @ mean
    if values == 2:  # the second value's logit above the first's
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return weight.astype(np.float32), bias.astype(np.float32)
