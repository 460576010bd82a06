"""User-level DP as published for this very attack (Feng, Peri & Narayanan 2022; noise of Wei et al. 2021).

A client clips the gradient of each local batch, g <- g / max(1, |g| / C), steps with its optimiser, and adds N(0, s^2)
to every parameter that it sends, s = (2 C / n_k) sqrt(2 q T ln(1 / delta)) / epsilon: n_k are its utterances, q the
share of clients in a round, T the rounds. With FedSGD, which the authors did not defend so, the one gradient is clipped
and gets the same noise.

Guarantee: what its authors claim, and no more. Two things are wrong with it. The sensitivity 2 C / n_k is that of the
mean of clipped gradients of single examples; clipped is the gradient of a batch, and sent is what an optimiser made of
several: Adam divides by the gradient's own size, so that its steps do not grow with C at all. And delta is the
probability with which epsilon may not hold: 0.5, as published, is a coin's, and makes ln(1 / delta) small; a meaningful
one is below one over the number of clients. For an epsilon that holds see ``dp_fedavg`` and ``dp_sgd``.

Known breaks: averaging a client's updates over the rounds removes the noise (to their attacker, whose shadows have no
noise, all of a client's updates give a UAR of 76 % at epsilon 50, and one of them 60 %), and an adaptive one learns
from shadows with noise.
"""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from fedser.defenses.bound import Bound
from fedser.defenses.guarantee import Guarantee
from fedser.defenses.noise import Noise
from fedser.defenses.private import Private
from fedser.defenses.turns import Schedule, Share, Turn


class UserDP(Private):
    """Clip the gradient of each local batch, and add noise to what is sent: epsilon as its authors count it."""

    source: ClassVar[str] = "Feng, Peri & Narayanan 2022 (arXiv 2204.02500); Wei et al. 2021"
    name: Literal["user_dp"] = "user_dp"
    epsilon: float = Field(gt=0, allow_inf_nan=False, description="5, 10, 25 and 50 in the paper")
    clip: float = Field(0.25, gt=0, allow_inf_nan=False, description="C: norm of a batch's gradient, at most")
    delta: float = Field(0.5, gt=0, lt=1, description="as published, and far too large to mean anything")

    def on_gradient(self, schedule: Schedule, share: Share) -> Bound:
        """g <- g / max(1, |g| / C)."""
        return Bound(self.clip, "batch")

    def in_turn(self, turn: Turn) -> Noise:
        """N(0, s^2) on every parameter sent."""
        return Noise(sigma=self.deviation(turn.schedule, turn.share.utterances))

    def deviation(self, schedule: Schedule, utterances: int) -> float:
        """s = (2 C / n_k) sqrt(2 q T ln(1 / delta)) / epsilon."""
        exposures = schedule.fraction * schedule.rounds  # q T
        return 2 * self.clip / utterances * math.sqrt(2 * exposures * math.log(1 / self.delta)) / self.epsilon

    def guarantees(self, schedule: Schedule, shares: Mapping[Share, int]) -> tuple[Guarantee, ...]:
        """Epsilon as the authors count it, whatever holds."""
        return (
            Guarantee(
                kind="as published",
                protects="one client",
                against="the server",
                epsilon=self.epsilon,
                delta=self.delta,
                noise=None,
                by="Wei et al. 2021",
                rate=schedule.fraction,
                steps=schedule.rounds,
                assumes="what is sent moves by 2 C / n_k at most, which does not follow from what is clipped",
            ),
        )
