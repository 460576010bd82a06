"""The control that reads no gradient: utterances drawn from the normal distribution of strangers' features."""

from typing import ClassVar, Literal

import numpy as np

from attacks.inversion.inverter import Inverter, Observed, Rebuilt, Strangers
from attacks.knowledge import Knowledge
from fedser.seeds import Stream


class Prior(Inverter):
    """Control: as many draws as the batch has utterances, normal with the strangers' mean and deviation."""

    source: ClassVar[str] = "control without any gradient; at chance by construction"
    knowledge: ClassVar[Knowledge] = "updates"
    reads_gradients: ClassVar[bool] = False
    name: Literal["prior"] = "prior"

    def invert(self, observed: Observed, strangers: Strangers, stream: Stream) -> Rebuilt:
        """Draws, with classes drawn from those of the strangers."""
        generator, number = stream.numpy(), observed.update.examples
        noise = generator.standard_normal((number, strangers.x.shape[1]))
        x = (strangers.mean + strangers.deviation * noise).astype(np.float32)
        return Rebuilt(x, strangers.y[generator.integers(0, len(strangers.y), number)].astype(np.int64))
