"""The largest magnitude of a dense layer's gradient for each input, over all neurons.

Max-pooling over the outputs of the absolute gradient, then a unit length: what Melis et al. 2019 (arXiv 1805.04049, in
the authors' published code) make of large weight matrices before they ask a random forest. The neurons' order and signs
drop out, and so does any positive factor (T eta).
"""

from math import prod
from typing import ClassVar, Literal

import numpy as np

from fedser.updates.public import PublicParameters
from fedser.updates.reductions.reduction import Reduction, Shapes, gradient
from fedser.updates.update import Arrays, Update


class Pooled(Reduction):
    """The largest magnitude of a dense layer's gradient for each input: as many numbers as the layer has inputs."""

    source: ClassVar[str] = "Melis et al. 2019, and the authors' code"
    name: Literal["pooled"] = "pooled"
    layer: str

    @property
    def key(self) -> str:
        """``pooled.dense1``."""
        return f"{self.name}.{self.layer}"

    @property
    def reads(self) -> tuple[str, ...]:
        """The layer's weight [out, in], or [out, channels, ...] of a convolution."""
        return (f"{self.layer}.weight",)

    def shapes(self, parameters: Shapes) -> Shapes:
        """One array, ``largest`` [in]."""
        return {"largest": (prod(parameters[f"{self.layer}.weight"][1:]),)}

    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """``largest``, of unit length; zeros where the whole gradient is zero."""
        sizes = np.abs(gradient(update, self.reads[0], broadcast, public))
        largest = sizes.reshape(len(sizes), -1).max(axis=0).astype(np.float64)
        length = np.sqrt((largest * largest).sum())
        return {"largest": (largest / (length or 1.0)).astype(np.float32)}
