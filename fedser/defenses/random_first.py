"""The first layer is swapped for a public random projection, and stays it (random features: Rahimi and Recht 2007;
nearly orthonormal rows keep distances: Johnson and Lindenstrauss 1984; entries of two values: Achlioptas 2003).

The rows of W1 have a squared norm of 2, on average, so that relu(W1 x) is in the mean square what x is (He et al. 2015,
arXiv 1502.01852, section 2.2), and there is no bias. It is drawn from a public seed: the same in every training, an
attacker's shadow ones among them.

Guarantee: nothing of the layer is sent, nor learnt. It hides nothing by itself: whoever knows W1, as everyone does
here, knows as many coordinates of x from W1 x as there are rows, and x where there are as many as inputs. Known breaks:
the second layer's gradient gives the mean relu(W1 x) (see ``first_layer``), in a basis that is the same in all
trainings, so that what an attacker learns from shadow ones fits the target as it is.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.first_layer import FirstLayer, first_layer
from fedser.defenses.roles import Role
from fedser.seeds import Stream
from fedser.updates.update import Array, Arrays

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Projection = Literal["gaussian", "orthonormal", "rademacher"]


class RandomFirst(FirstLayer):
    """The first layer is a public random projection without a bias, which no client changes."""

    source: ClassVar[str] = "Rahimi and Recht 2007; Achlioptas 2003; scaled as He et al. 2015"
    name: Literal["random_first"] = "random_first"
    role: ClassVar[Role] = "frozen"
    projection: Projection = Field("gaussian", description="its entries, or what its rows are to each other")
    seed: int = Field(0, ge=0, description="from which it is drawn, for all trainings alike")

    def on_start(self, model: Arrays) -> Arrays:
        """The model with this layer in place of its first one, which may be a convolution: a dense layer of patches."""
        weight, *biases = first_layer(list(model))
        return {
            **model,
            weight: self.weights(len(model[weight]), model[weight][0].size).reshape(model[weight].shape),
            **{name: np.zeros_like(model[name]) for name in biases},
        }

    def weights(self, outputs: int, inputs: int) -> Array:
        """W1, float32 [outputs, inputs]."""
        generator, scale = Stream(self.seed)("random_first", self.projection).numpy(), np.sqrt(2 / inputs)
        match self.projection:
            case "gaussian":
                drawn = generator.normal(size=(outputs, inputs)) * scale
            case "rademacher":
                drawn = generator.choice((-scale, scale), size=(outputs, inputs))
            case "orthonormal":
                drawn = _orthonormal(generator, outputs, inputs)
        return np.asarray(drawn, dtype=np.float32)


def _orthonormal(generator: np.random.Generator, outputs: int, inputs: int) -> Matrix:
    """Rows orthogonal to each other, or columns, of which there are fewer; uniform over all such (Mezzadri 2007).

    The Frobenius norm is sqrt(2 outputs), whichever there are more of.
    """
    tall = generator.normal(size=(max(outputs, inputs), min(outputs, inputs)))
    q, r = np.linalg.qr(tall)
    scaled = q * np.sign(np.diag(r)) * np.sqrt(2 * outputs / min(outputs, inputs))
    return np.asarray(scaled if outputs >= inputs else scaled.T)
