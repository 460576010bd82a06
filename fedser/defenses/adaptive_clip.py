"""A clipping norm that follows a quantile of the updates' norms (Andrew et al. 2021, arXiv 1905.03871).

log S travels beside the model, so that everything that carries a model carries it. Each client says whether its update
was within S: b_k = 1 if |u_k| <= S. It sends b_k - gamma in the place of an update of log S, and the server's step,
log S <- log S - eta_S (mean(b) - gamma), is their geometric update (section 3). The bits get noise of their own,
N(0, sigma_b^2) on their sum, for which the updates pay: theirs has z_delta = (z^-2 - (2 sigma_b)^-2)^(-1/2), so that
both together are as private as z alone (theorem 1: a bit less one half moves its sum by one half, and from gamma in its
place that differs by what is public).
"""

import math

import numpy as np
from pydantic import Field

from fedser.config import Frozen
from fedser.updates.update import BESIDE, Array

NORM = f"{BESIDE}clip.log_norm"
"""The array that holds log S."""


class AdaptiveClip(Frozen):
    """Which quantile S follows, and how fast."""

    quantile: float = Field(0.5, gt=0, lt=1, description="gamma: the share of updates that are to be within S")
    rate: float = Field(0.2, gt=0, description="eta_S")
    bit_noise: float | None = Field(
        None, gt=0, description="sigma_b; by default a twentieth of a round's clients, and z at least"
    )

    def deviation(self, noise: float, cohort: int) -> float:
        """sigma_b; raises ValueError where it is too small for any z_delta."""
        own = self.bit_noise if self.bit_noise is not None else max(noise, cohort / 20)
        if 2 * own <= noise:
            raise ValueError(
                f"adaptive.bit_noise: {own:g} leaves no noise to updates (choose one above {noise / 2:.3g})"
            )
        return own

    def of_updates(self, noise: float, cohort: int) -> float:
        """z_delta."""
        return (noise**-2 - (2 * self.deviation(noise, cohort)) ** -2) ** -0.5 if noise else 0.0

    def bit(self, length: float, norm: float) -> Array:
        """b_k - gamma of an update of this length."""
        return np.asarray([(length <= norm) - self.quantile], np.float32)


def start(norm: float) -> Array:
    """log S of the first round."""
    return np.asarray([math.log(norm)], np.float32)
