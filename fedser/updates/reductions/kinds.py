"""What reductions of a kind have in common: those of one dense layer, and those of any arrays."""

from abc import abstractmethod
from math import prod
from typing import final

from pydantic import Field

from fedser.updates.public import PublicParameters
from fedser.updates.reductions.reduction import Reduction, Shapes, gradient
from fedser.updates.update import Array, Arrays, Update


class OfDenseLayer(Reduction):
    """Made of the gradient of one dense layer, weight [out, in] and bias [out], without regard to its scale.

    Or of a convolution, weight [out, channels, ...]: it is a dense layer whose inputs are the elements of all patches.
    """

    layer: str

    @property
    def key(self) -> str:
        """Name and layer, such as ``mean_input.dense1``."""
        return f"{self.name}.{self.layer}"

    @final
    @property
    def reads(self) -> tuple[str, ...]:
        """The layer's weight [out, in] and bias [out]."""
        return f"{self.layer}.weight", f"{self.layer}.bias"

    @final
    def shapes(self, parameters: Shapes) -> Shapes:
        """One array [in], under the name that the kind of number has."""
        return {self.gives: (prod(parameters[f"{self.layer}.weight"][1:]),)}

    @property
    @abstractmethod
    def gives(self) -> str:
        """The name of the array."""

    @abstractmethod
    def of(self, weight: Array, bias: Array) -> Array:
        """The numbers, float32 [in]: of a gradient, or of T eta times a pseudo-gradient, which gives the same."""

    @final
    def __call__(self, update: Update, broadcast: Arrays, public: PublicParameters) -> Arrays:
        """``of`` the layer's gradient or pseudo-gradient."""
        weight, bias = (gradient(update, name, broadcast, public) for name in self.reads)
        return {self.gives: self.of(weight.reshape(len(weight), -1), bias)}


class OfArrays(Reduction):
    """Made of some of an update's arrays."""

    parameters: tuple[str, ...] = Field(min_length=1, description="the arrays, such as dense1.weight")

    @property
    def key(self) -> str:
        """Name and arrays, such as ``biases.dense1.bias+dense2.bias``."""
        return f"{self.name}.{'+'.join(self.parameters)}"

    @final
    @property
    def reads(self) -> tuple[str, ...]:
        """The arrays themselves."""
        return self.parameters
