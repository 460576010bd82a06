"""The cosine between a batch's gradient and a given one, differentiable by the batch, without writing a gradient out.

Of a dense layer the gradient is sum_i delta_i x_i^T, so that <g, G> = sum_i delta_i^T G x_i and
|g|^2 = sum_ij (delta_i . delta_j)(x_i . x_j): for batches far smaller than a layer, a fraction of the arithmetic.
Several batches, the restarts of a search, go through the network together.
"""

import numpy as np
import torch
from torch import Tensor

from attacks.membership.white_box import WhiteBox
from fedser.updates.update import Arrays, model_parameters


class Matching:
    """``gradient`` is what was sent; ``box`` has the model loaded at which it was computed."""

    def __init__(self, box: WhiteBox, gradient: Arrays) -> None:
        self._box = box
        own = model_parameters(gradient)
        self._gradient = {name: torch.from_numpy(np.array(array, np.float32)) for name, array in own.items()}
        self._length = torch.sqrt(sum((each.square().sum() for each in self._gradient.values()), torch.zeros(())))

    def cosine(self, x: Tensor, y: Tensor) -> Tensor:
        """[restarts] for batches ``x`` [restarts, utterances, dims] of classes ``y`` [utterances]."""
        restarts, utterances, dims = x.shape
        product, square = torch.zeros(restarts), torch.zeros(restarts)
        found = self._box.factors(x.reshape(-1, dims), y.repeat(restarts), graph=True)
        for layer, pair in found.items():
            value, delta = (each.view(restarts, utterances, -1) for each in pair)
            weight, bias = (self._gradient[f"{layer}.{name}"] for name in ("weight", "bias"))
            product = product + ((delta @ weight) * value).sum(dim=(1, 2)) + (delta @ bias).sum(dim=1)
            # The bias is the weight of an input of one.
            square = square + ((delta @ delta.mT) * (value @ value.mT + 1)).sum(dim=(1, 2))
        return product / (square.clamp_min(1e-30).sqrt() * self._length.clamp_min(1e-30))
