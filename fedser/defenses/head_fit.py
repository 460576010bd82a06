"""A head that is fitted to activations whose attribute is known: logistic regression, to the end."""

from typing import Any

import numpy as np

from fedser.updates.update import Array

ROWS = 4096
"""Public rows that a head is fitted to, at most: of more, so many at even distances."""


def fitted_head(hidden: Array, attributes: np.ndarray[Any, np.dtype[np.int64]], values: int) -> tuple[Array, Array]:
    """Weight [values, width] and bias [values] of the softmax of least cross-entropy over ``hidden`` [rows, width].

    Each value counts alike, and the penalty is |W|^2 / 2 beside the sum over the rows.
    Newton's method finds it to rounding, so that no engine's last bits decide where it stops.
    """
    from sklearn.linear_model import LogisticRegression

    chosen = np.linspace(0, len(hidden) - 1, min(ROWS, len(hidden))).astype(np.int64)
    learner = LogisticRegression(solver="newton-cholesky", class_weight="balanced", tol=1e-8, max_iter=200)
    learner.fit(hidden[chosen].astype(np.float64), attributes[chosen])
    weight, bias = learner.coef_, learner.intercept_
    if values == 2:  # the second value's logit above the first's
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return weight.astype(np.float32), bias.astype(np.float32)
