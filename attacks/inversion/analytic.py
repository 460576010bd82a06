"""Inputs solved for, not searched: exact for one utterance, and for few in a wide first layer.

Of one utterance, row i of grad W_1 is delta_i x and grad b_1 is delta_i, so that x is their quotient (Phong et al.
2018, section III). All rows say the same, and are taken together by least squares. Dropout only shuts rows off.
Several are sums; what takes them apart, and how it is checked, is in ``fedser.updates.reductions``.
"""

from typing import ClassVar, Literal

import numpy as np

from attacks.dense import dense_layers
from attacks.inversion.inverter import Inputs, Inverter, Observed, Rebuilt, Strangers
from attacks.knowledge import Knowledge
from fedser.metrics.recall import Ints
from fedser.seeds import Stream
from fedser.updates.reductions import RecoveredInputs


class Analytic(Inverter):
    """White box: the quotient of weight and bias gradients for one utterance, SPEAR's sparse columns for several."""

    source: ClassVar[str] = "Phong et al. 2018, section III; Dimitrov et al. 2024 (SPEAR, arXiv 2403.03945)"
    knowledge: ClassVar[Knowledge] = "broadcast"
    name: Literal["analytic"] = "analytic"

    def invert(self, observed: Observed, strangers: Strangers, stream: Stream) -> Rebuilt:
        """As many as are verified: fewer, or none, where rounding, noise or the batch's size hides them."""
        layers = dense_layers(observed.public.parameters, self.name)
        if observed.update.examples == 1:
            return _one(observed, layers[0])
        taken = RecoveredInputs(layers=layers, most=observed.update.examples)
        x, y = taken.apart(observed.update, observed.broadcast, observed.public)
        return Rebuilt(x.astype(np.float32), y)


def _one(observed: Observed, first: str) -> Rebuilt:
    weight, bias = (observed.update.arrays[f"{first}.{name}"].astype(np.float64) for name in ("weight", "bias"))
    size = bias @ bias
    if not size > 0:
        return Rebuilt(np.empty((0, weight.shape[1]), np.float32), np.empty(0, np.int64))
    x: Inputs = ((bias @ weight) / size).astype(np.float32)[None]  # min over x of |grad W - grad b x^T|
    y: Ints = np.array([observed.last_bias.argmin()])  # p - e_y is negative at y alone (Zhao et al. 2020, iDLG)
    return Rebuilt(x, y)
