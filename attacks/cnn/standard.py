"""Element-wise normalisation of updates by the mean and deviation of all shadow updates, in one pass over the disk."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from attacks.attack import Progress
from attacks.update_set import UpdateSet
from fedser.updates.update import Arrays

Sums = dict[str, np.ndarray[Any, np.dtype[np.float64]]]


@dataclass(frozen=True)
class Standard:
    """Mean and scale (deviation + epsilon) of each element of ``weight`` and ``bias``, float32."""

    mean: Arrays
    scale: Arrays

    def __call__(self, gradient: Arrays) -> Arrays:
        """(x - mean) / scale, element by element, float32."""
        return {name: (array - self.mean[name]) / self.scale[name] for name, array in gradient.items()}

    def digest(self) -> str:
        """A hash of all numbers: two sets of updates with the same digest are the same updates."""
        digest = hashlib.sha256()
        for arrays in (self.mean, self.scale):
            for name in sorted(arrays):
                digest.update(np.ascontiguousarray(arrays[name]).tobytes())
        return digest.hexdigest()


def standard(updates: UpdateSet, layer: str, epsilon: float, progress: Progress) -> Standard:
    """The normalisation of ``layer`` over all of ``updates``: Welford's running moments in float64 (1962).

    The deviation is that of the updates at hand (divided by n).
    """
    mean: Sums = {}
    squares: Sums = {}
    for number, gradient in enumerate(updates.gradients(layer), start=1):
        for name, array in gradient.items():
            if name not in mean:
                mean[name], squares[name] = (np.zeros(array.shape) for _ in range(2))
            before = array - mean[name]
            mean[name] += before / number
            squares[name] += before * (array - mean[name])
        progress(f"normalisation of {layer}", number, len(updates))
    scale = {name: np.sqrt(total / len(updates)) + epsilon for name, total in squares.items()}
    return Standard(_single(mean), _single(scale))


def _single(sums: Sums) -> Arrays:
    return {name: array.astype(np.float32) for name, array in sums.items()}
