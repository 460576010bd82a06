"""What a client does to the gradient of each local batch before it steps or, in FedSGD, sends it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bound:
    """Scale gradients down to the norm C, and add noise.

    ``of`` a batch, g <- g / max(1, |g| / C). Of an example, the batch's gradient becomes
    (sum_i g_i / max(1, |g_i| / C) + N(0, deviation^2)) / B for the gradients g_i of its B examples.
    """

    norm: float
    of: Literal["batch", "example"]
    deviation: float = 0.0
