"""The entries of an update that are the largest in magnitude."""

from collections.abc import Callable
from itertools import accumulate
from typing import Literal

import numpy as np

from fedser.updates.update import Array, Arrays

Within = Literal["update", "array"]
"""Among which entries they are the largest: those of the whole update, or of each array for itself."""


def keep_largest(update: Arrays, number: Callable[[int], int], within: Within) -> Arrays:
    """``update`` with zeros in place of all but its largest entries: of n entries, ``number(n)``, which is at least 1.

    Of equal magnitudes at the border, those that come first are kept; what is no number counts as largest.
    """
    if within == "array":
        return {name: _kept(array.ravel(), number).reshape(array.shape) for name, array in update.items()}
    flat = _kept(np.concatenate([array.ravel() for array in update.values()]), number)
    pieces = np.split(flat, list(accumulate(array.size for array in update.values()))[:-1])
    return {name: piece.reshape(array.shape) for (name, array), piece in zip(update.items(), pieces, strict=True)}


def _kept(flat: Array, number: Callable[[int], int]) -> Array:
    count = number(flat.size)
    if count >= flat.size:
        return flat.copy()
    magnitude = np.abs(flat)
    border = np.partition(magnitude, flat.size - count)[flat.size - count]  # the count-th largest
    kept = ~(magnitude <= border)
    equal = np.flatnonzero(magnitude == border)
    kept[equal[: count - np.count_nonzero(kept)]] = True
    return np.where(kept, flat, np.float32(0))
