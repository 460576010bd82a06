"""Logistic regression on the mean input that least squares over the neurons finds in the first layer's gradient."""

from typing import ClassVar, Literal

from pydantic import Field

from attacks.attack import Shapes
from attacks.knowledge import Knowledge
from attacks.linear import LinearAttack
from attacks.reduced_matrix import first_dense
from fedser.updates.reductions import LeastSquares as Reduction
from fedser.updates.reductions.least_squares import Noise


class LeastSquares(LinearAttack):
    """Logistic regression on the mean input, the neurons' ratios combined by (weighted) least squares.

    Measured on RAVDESS (emobase, shadows EmoDB and ASED, 100 rounds): gender UAR per update 0.94 where features are
    normalised over the corpus, by FedSGD and by FedAvg with Adam, beside 0.92 and 0.95 of the sign-weighted mean; at
    chance where they are normalised per speaker, since a speaker's mean input is then zero. Estimated noise does as
    well as equal noise.
    """

    source: ClassVar[str] = "Phong et al. 2018, sec. III; Aitken 1935 (generalised least squares)"
    knowledge: ClassVar[Knowledge] = "updates"
    weighs_inputs: ClassVar[bool] = True
    name: Literal["least_squares"] = "least_squares"
    noise: Noise = Field("equal", description="the neurons' noise: equal, or estimated for each neuron")

    def reduction(self, parameters: Shapes) -> Reduction:
        """The mean input of the first layer, which must be dense."""
        return Reduction(layer=first_dense(parameters, self.name), noise=self.noise)
