"""Confusion counts, accuracy and unweighted average recall (UAR).

UAR is the mean of the classes' recalls, so that a guess reaches 1/classes however unbalanced the classes are: the
measure of the Interspeech 2009 Emotion Challenge (Schuller, Steidl & Batliner 2009).
"""

from typing import Any

import numpy as np

from fedser.errors import InputError

Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]
Counts = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def confusion(true: Ints, predicted: Ints, classes: int) -> Counts:
    """How often each true class (rows) was taken for each class (columns): int64 [classes, classes].

    ``true`` and ``predicted`` are class indices [n] in 0 .. classes - 1; others raise InputError.
    """
    true, predicted = np.asarray(true), np.asarray(predicted)
    if true.shape != predicted.shape or true.ndim != 1:
        raise InputError(
            f"confusion: {true.shape} true and {predicted.shape} predicted classes; give two of shape (n,)"
        )
    for name, found in (("true", true), ("predicted", predicted)):
        wrong = found[(found < 0) | (found >= classes)]
        if wrong.size:
            raise InputError(f"confusion: {name} class {wrong[0]} (choose from 0 to {classes - 1})")
    cells = np.bincount(true.astype(np.int64) * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.int64)


def recalls(counts: Counts | Floats) -> Floats:
    """Each class's recall, [..., classes] from counts [..., classes, classes]; NaN for a class without examples."""
    hits: Counts = np.diagonal(counts, axis1=-2, axis2=-1)
    return ratio(hits, counts.sum(axis=-1))


def ratio(parts: Counts | Floats, wholes: Counts | Floats) -> Floats:
    """``parts / wholes`` element by element, NaN where the whole is zero."""
    shares: Floats = np.full(wholes.shape, np.nan)
    np.divide(parts, wholes, out=shares, where=wholes > 0)
    return shares


def mean_recall(hits: Counts, sizes: Counts) -> Floats:
    """The mean of hits / sizes over the classes that have a size: [...] from two of [..., classes]; NaN without any."""
    shares: Floats = np.zeros(sizes.shape)
    np.divide(hits, sizes, out=shares, where=sizes > 0)
    return ratio(shares.sum(axis=-1), np.asarray(np.count_nonzero(sizes, axis=-1)))


def uar(counts: Counts) -> float:
    """The mean recall over the classes present in the truth, from counts [classes, classes].

    Raises InputError when there is no example at all.
    """
    _refuse_empty(counts)
    return float(mean_recall(np.diagonal(counts), counts.sum(axis=-1)))


def accuracy(counts: Counts) -> float:
    """The share of examples on the diagonal of counts [classes, classes]; raises InputError when there is none."""
    _refuse_empty(counts)
    return float(np.trace(counts) / counts.sum())


def client_weighted_uar(hits: Counts, sizes: Counts) -> float:
    """The mean of the clients' own UARs, weighted by their sizes, from right answers and examples [clients, classes].

    By it Feng et al. 2021 ("Attribute Inference Attack of Speech Emotion Recognition in Federated Learning Settings")
    choose the best round. Clients without examples have no weight; raises InputError when there is no example at all.
    """
    _refuse_empty(sizes)
    weights = sizes.sum(axis=-1)
    present = weights > 0
    return float(np.average(mean_recall(hits[present], sizes[present]), weights=weights[present]))


def _refuse_empty(counts: Counts) -> None:
    if counts.sum() == 0:
        raise InputError("no examples: accuracy and recall are not defined")
