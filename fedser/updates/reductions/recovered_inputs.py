"""The means of single inputs that were taken out of a small batch's gradient: overall, and of each class.

What ``sparse_columns`` takes for an utterance is checked against the broadcast model: where its error is not zero, its
input must open that neuron's ReLU. Its class is read off its error, which is M^T (p - e_y) with gates that are known
now: p - e_y has one negative element, at y. What fails the check is left out.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field
from threadpoolctl import threadpool_limits

from fedser.updates.public import PublicParameters
from fedser.updates.reductions.backward import Floats, backward_map, output_errors
from fedser.updates.reductions.reduction import Reduction, Shapes, gradient
from fedser.updates.reductions.sparse_columns import Recovered, recover
from fedser.updates.update import Array, Arrays, Update

OPEN = 0.9
"""The share of an utterance's neurons with an error that its input must open: of mixtures about half are."""


class RecoveredInputs(Reduction):
    """The mean of the recovered inputs [in], and of each class [classes, in]; zeros where none was recovered.

    The order of utterances and of neurons is in neither. Exact for FedSGD's gradients of batches of up to about a tenth
    of the layer's width; for local SGD, whose steps add up, as long as the weights move little. Adam's steps are of
    full rank, and nothing is recovered from them.
    """

    source: ClassVar[str] = "Dimitrov et al. 2024 (SPEAR, arXiv 2403.03945); Spielman et al. 2012 (arXiv 1206.5882)"
    name: Literal["recovered_inputs"] = "recovered_inputs"
    layers: tuple[str, ...] = Field(min_length=2, description="all dense layers, input side first")
    most: int = Field(64, ge=1, description="utterances that are taken apart at most; of more, nothing is told")

    @property
    def key(self) -> str:
        """``recovered_inputs.64.dense1+dense2+dense3``."""
        return f"{self.name}.{self.most}.{'+'.join(self.layers)}"

    @property
    def reads(self) -> tuple[str, ...]:
        """The first layer's weight [out, in] and bias [out]."""
        return f"{self.layers[0]}.weight", f"{self.layers[0]}.bias"

    @property
    def knows(self) -> tuple[str, ...]:
        """All weights, and the biases of the hidden layers."""
        return *(f"{layer}.weight" for layer in self.layers), *(f"{layer}.bias" for layer in self.layers[:-1])

    def shapes(self, parameters: Shapes) -> Shapes:
        """``mean`` [in] and ``classes`` [classes, in]."""
        first, last = (parameters[f"{layer}.weight"] for layer in (self.layers[0], self.layers[-1]))
        return {"mean": first[1:], "classes": (last[0], first[1])}

    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """``mean`` and ``classes``, of the gradient or of the pseudo-gradient, whose T eta drops out.

        Zeros for more utterances than ``most``, or no fewer than the layer has inputs or outputs.
        """
        # The sums of a decomposition are added in an order that depends on its threads.
        with threadpool_limits(limits=1, user_api="blas"):
            return class_means(*self.apart(update, broadcast, public), len(broadcast[f"{self.layers[-1]}.weight"]))

    def apart(self, update: Update, broadcast: Arrays, public: PublicParameters) -> tuple[Floats, np.ndarray]:
        """The verified utterances, inputs [n, in] and their classes [n]; none where ``__call__`` gives zeros."""
        weights = [broadcast[f"{layer}.weight"].astype(np.float64) for layer in self.layers]
        if update.examples > self.most or update.examples >= min(weights[0].shape):
            return np.empty((0, weights[0].shape[1])), np.empty(0, np.int64)
        biases = [broadcast[f"{layer}.bias"].astype(np.float64) for layer in self.layers[:-1]]
        weight, bias = (gradient(update, name, broadcast, public).astype(np.float64) for name in self.reads)
        with threadpool_limits(limits=1, user_api="blas"):
            found = verified(recover(weight, bias, update.examples), weights[0], biases[0])
            return found.inputs, classes_of(found, weights, biases)


def verified(found: Recovered, weight: Floats, bias: Floats) -> Recovered:
    """Those utterances whose inputs open the ReLUs that their errors came through."""
    errors = found.errors.T != 0
    opened = errors & (found.inputs @ weight.T + bias > 0)
    true = opened.sum(axis=1) >= OPEN * np.maximum(errors.sum(axis=1), 1)
    return Recovered(found.errors[:, true], found.inputs[true])


def classes_of(found: Recovered, weights: list[Floats], biases: list[Floats]) -> np.ndarray:
    """The class of each utterance [n]: where p - e_y is lowest. Second and later dropout masks are not known."""
    labels = np.empty(len(found.inputs), dtype=np.int64)
    for number, (error, value) in enumerate(zip(found.errors.T, found.inputs, strict=True)):
        gates: list[Floats] = []
        hidden = value
        for weight, bias in zip(weights[:-1], biases, strict=True):
            hidden = np.maximum(weight @ hidden + bias, 0)
            hidden = hidden if gates else hidden * (error != 0)  # the first layer's mask shows in the error
            gates.append((hidden > 0).astype(np.float64))
        gates[0] = (error != 0).astype(np.float64)
        labels[number] = output_errors(backward_map(weights[1:], gates), error[:, None])[:, 0].argmin()
    return labels


def class_means(inputs: Floats, labels: np.ndarray, classes: int) -> dict[str, Array]:
    """``mean`` [in] of the inputs [n, in], and the means of each class, ``classes`` [classes, in]; of none, zeros."""
    of_class = labels == np.arange(classes)[:, None]
    sums, counts = of_class.astype(np.float64) @ inputs, of_class.sum(axis=1, keepdims=True)
    means = sums / np.maximum(counts, 1)
    mean = inputs.sum(axis=0) / max(len(inputs), 1)
    return {"mean": mean.astype(np.float32), "classes": means.astype(np.float32)}
