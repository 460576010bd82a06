"""How large each array of an update is, and how its values are spread: numbers that no reordering of neurons changes.

Statistics of weight differences are what Al-Ali et al. 2025 (arXiv 2510.13357) attack speech models by; norms are what
gradient-norm attacks on membership read (Nasr et al. 2019, arXiv 1812.00910).
"""

from typing import Any, ClassVar, Literal

import numpy as np

from fedser.updates.public import PublicParameters
from fedser.updates.reductions.kinds import OfArrays
from fedser.updates.reductions.reduction import Shapes, gradient
from fedser.updates.update import Array, Arrays, Update

MOMENTS = ("l1", "l2", "max", "mean", "sd", "skewness", "kurtosis", "zeros")
"""What is told of each array, in this order: three norms, four moments, and the share of values that are zero."""


class Moments(OfArrays):
    """Norms, moments and the share of zeros of each array: eight numbers for each."""

    source: ClassVar[str] = "Al-Ali et al. 2025 (arXiv 2510.13357); Nasr et al. 2019"
    name: Literal["moments"] = "moments"

    def shapes(self, parameters: Shapes) -> Shapes:
        """One array for each parameter, under its name: ``MOMENTS`` [8]."""
        return dict.fromkeys(self.parameters, (len(MOMENTS),))

    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """``moments`` of the gradients, or of the steps from the broadcast model to the client's, not divided by T eta.

        How many steps a client took then shows in the norms, as it does in what was sent.
        """
        return {name: moments(gradient(update, name, broadcast, public)) for name in self.parameters}


def moments(array: Array) -> Array:
    """``MOMENTS`` of the values, float32 [8]; the kurtosis is the excess over the normal distribution's.

    Values that are all alike have no shape: their skewness and kurtosis are 0.
    """
    # One order, since a sum's last bits follow from the layout; float64, since fourth powers leave float32's range.
    values = np.array(array, dtype=np.float64, order="C").ravel()
    size, mean = np.abs(values), values.mean()
    centred: Any = values - mean
    square = centred * centred
    variance = square.mean()
    skewness = (square * centred).mean() / variance**1.5 if variance else 0.0
    kurtosis = (square * square).mean() / variance**2 - 3 if variance else 0.0
    norms = size.sum(), np.sqrt((values * values).sum()), size.max()
    return np.array([*norms, mean, np.sqrt(variance), skewness, kurtosis, (values == 0).mean()], dtype=np.float32)
