"""z-normalisation of features; over what it is done decides what an update can leak."""

from typing import Any, Literal

import numpy as np
import pandas as pd

Features = np.ndarray[Any, np.dtype[np.float32]]
Scope = Literal["speaker", "client", "corpus", "none"]

EPSILON = 1e-5
"""Added to the standard deviation, as in the paper's runs."""

_COLUMNS = 256
"""Features that are in memory as float64 at a time."""


def normalise(matrix: Features, groups: "pd.Series[Any] | None") -> Features:
    """float32 [utterances, dims] with mean 0 and deviation 1 within each group; unchanged where groups is None.

    Statistics are taken in float64 over all utterances of the group, whether they train, validate or test.
    """
    if groups is None:
        return np.asarray(matrix, dtype=np.float32)
    result = np.empty(matrix.shape, dtype=np.float32)
    for rows in groups.groupby(groups, sort=False, dropna=False).indices.values():
        for start in range(0, matrix.shape[1], _COLUMNS):
            columns = slice(start, start + _COLUMNS)
            block = matrix[rows, columns].astype(np.float64)
            result[rows, columns] = (block - block.mean(axis=0)) / (block.std(axis=0) + EPSILON)
    return result


def scope_groups(scope: Scope, utterances: pd.DataFrame, client: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """The group of each utterance under ``scope``; ``client`` tells which client holds each row."""
    if scope == "none":
        return None
    if scope == "client":
        return client
    if scope == "speaker":
        return utterances["speaker"]
    return utterances["corpus"]
