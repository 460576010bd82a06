"""Client-level differential privacy: DP-FedAvg (McMahan et al. 2018, arXiv 1710.06963, flat clipping).

A client's whole update is clipped to the norm S, all clients weigh alike in the average (n_k = 1), so that one of the m
of a round moves the mean by S / m at most, and N(0, (z S / m)^2) is added to the mean. The noise multiplier z follows
from the target epsilon by opacus's accountant for T rounds at the rate q = m / K; or z is given, and epsilon follows.
FedSGD's gradients are treated alike, which the paper calls DP-FedSGD.

Where the noise is added decides from whom it protects:

- ``noise: server`` (central): the server adds it to the mean. Guarantee: who sees only the models, also all of them,
  learns of one client's whole data no more than (epsilon, delta). The server itself sees updates that are clipped and
  otherwise bare, and so does the observer of a capture: against this one there is no guarantee at all.
- ``noise: clients`` (distributed): each adds its share, N(0, z^2 S^2 / m), before it sends. The sum of a round then has
  the whole noise, and with ``secure_aggregation`` the server has no more than that sum. Of an update that is seen by
  itself only its own share protects, which is local privacy with a far larger epsilon: ``privacy.csv`` has it in a row
  of its own. It assumes that all m clients are honest; of those that are not, the share is missing (Kairouz et al.
  2021, arXiv 2102.06387, where noise is discrete and sums are modular, as here they are not).

With ``adaptive`` S follows a quantile of the updates' norms (see ``adaptive_clip``), at the same epsilon.

Assumed by the accountant: each client is in each round by itself with the probability q; here just m are drawn, for
which the same number is customary. Known breaks: none of what is promised; but an attribute of a speaker who takes part
is no secret of the client alone where others of that value behave alike, and who is unlike the rest is clipped most.
"""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.accountant import AccountantName, epsilon_of, noise_for
from fedser.defenses.adaptive_clip import NORM, AdaptiveClip, start
from fedser.defenses.clip import Clip, length_of
from fedser.defenses.defense import Defense
from fedser.defenses.guarantee import Guarantee
from fedser.defenses.noise import Noise
from fedser.defenses.private import Accounted
from fedser.defenses.turns import Schedule, Share, Turn
from fedser.errors import ConfigError
from fedser.models import ModelConfig
from fedser.seeds import Stream
from fedser.updates.update import Arrays

_SAMPLING = "clients in a round by themselves with the same probability; here a fixed number is drawn"


class DPFedAvg(Accounted):
    """Clip whole updates, weigh clients alike, and add noise to their mean, by an accountant's epsilon."""

    source: ClassVar[str] = "McMahan et al. 2018 (arXiv 1710.06963); opacus's accountants"
    uniform: ClassVar[bool] = True
    name: Literal["dp_fedavg"] = "dp_fedavg"
    epsilon: float | None = Field(None, gt=0, allow_inf_nan=False, description="target over all rounds")
    noise_multiplier: float | None = Field(None, ge=0, allow_inf_nan=False, description="z, in place of an epsilon")
    delta: float | None = Field(None, gt=0, lt=1, description="by default clients to the power of -1.1")
    clip: float = Field(gt=0, allow_inf_nan=False, description="S: norm of a client's update, at most")
    noise: Literal["server", "clients"] = Field("server", description="who adds it, and so from whom it protects")
    accountant: AccountantName = "rdp"
    adaptive: AdaptiveClip | None = Field(
        None, description="whether S, from ``clip`` on, follows a quantile of the norms"
    )

    def beside(self, model: ModelConfig, features: int, stream: Stream) -> Arrays:
        """log S, where it is adapted."""
        return {NORM: start(self.clip)} if self.adaptive else {}

    def in_turn(self, turn: Turn) -> Defense:
        """u / max(1, |u| / S), and where clients add noise, N(0, z^2 S^2 / m)."""
        apart = math.sqrt(turn.schedule.cohort) if self.noise == "clients" else math.inf
        norm, (z, bits) = self._norm(turn.broadcast), self._noises(turn.schedule)
        return _Noisy(norm=norm, deviation=z * norm / apart, bits=bits / apart, adaptive=self.adaptive)

    def longest(self, before: float | None, broadcast: Arrays) -> float | None:
        """S of this round, or less."""
        norm = self._norm(broadcast)
        return norm if before is None else min(before, norm)

    def on_mean(self, mean: Arrays, broadcast: Arrays, schedule: Schedule, stream: Stream) -> Arrays:
        """N(0, (z S / m)^2), where the server adds it; and the step of log S, where it is adapted."""
        together = schedule.cohort if self.noise == "server" else math.inf
        norm, (z, bits) = self._norm(broadcast), self._noises(schedule)
        stepped = noisy(_without_norm(mean), z * norm / together, stream)
        if self.adaptive is None or NORM not in mean:
            return stepped
        moved = noisy({NORM: mean[NORM]}, bits / together, stream)[NORM]
        return {**stepped, NORM: moved * np.float32(self.adaptive.rate / schedule.rate)}

    def _norm(self, broadcast: Arrays) -> float:
        """S of this round."""
        return math.exp(float(broadcast[NORM][0])) if self.adaptive and NORM in broadcast else self.clip

    def _noises(self, schedule: Schedule) -> tuple[float, float]:
        """The noise multiplier of updates, and the deviation of the noise on the sum of bits."""
        z = self.multiplier(schedule)
        if self.adaptive is None:
            return z, 0.0
        try:
            bits = self.adaptive.deviation(z, schedule.cohort) if z else 0.0
            return self.adaptive.of_updates(z, schedule.cohort), bits
        except ValueError as error:
            raise ConfigError(f"defenses: {self.name}.{error}") from error

    def multiplier(self, schedule: Schedule) -> float:
        """z."""
        if self.epsilon is None:
            return self.noise_multiplier or 0.0
        delta = self._delta(schedule)
        return noise_for(self.epsilon, schedule.fraction, schedule.rounds, delta, self.accountant)

    def guarantees(self, schedule: Schedule, shares: Mapping[Share, int]) -> tuple[Guarantee, ...]:
        """What holds against those who see less than the server, and what against the server."""
        few = "all who see only models" if self.noise == "server" else "all who see only sums of rounds, and models"
        z = self.multiplier(schedule)
        promised = self._promise(schedule, few, z, schedule.fraction, schedule.rounds, _SAMPLING, self.accountant)
        if self.noise == "server":
            bare = "updates are clipped, and have no noise"
            return promised, self._promise(schedule, "the server", 0.0, 1.0, schedule.rounds, bare, "rdp")
        # Any update of the norm S may stand in another's place, 2 S away; who sends it is not hidden by sampling.
        alone, most = z / (2 * math.sqrt(schedule.cohort)), max(shares.values(), default=schedule.turns)
        local = "a client's own share of the noise, in each of its rounds"
        # PRV's grid would have to reach as far as this large an epsilon.
        return promised, self._promise(schedule, "the server, of single updates", alone, 1.0, most, local, "rdp")

    def _promise(
        self,
        schedule: Schedule,
        against: str,
        noise: float,
        rate: float,
        steps: int,
        assumes: str,
        accountant: AccountantName,
    ) -> Guarantee:
        delta = self._delta(schedule)
        return Guarantee(
            kind="accountant",
            protects="all of one client",
            against=against,
            epsilon=epsilon_of(noise, rate, steps, delta, accountant),
            delta=delta,
            noise=noise,
            by=accountant,
            rate=rate,
            steps=steps,
            assumes=assumes,
        )

    def _delta(self, schedule: Schedule) -> float:
        return self.delta or schedule.delta


class _Noisy(Clip):
    """Clipped, with a client's share of the noise, and where the norm is adapted, with what it says of it."""

    deviation: float
    bits: float
    adaptive: AdaptiveClip | None

    def on_update(self, update: Arrays, stream: Stream) -> Arrays:
        moved = _without_norm(update)
        sent = noisy(super().on_update(moved, stream), self.deviation, stream)
        if self.adaptive is None or NORM not in update:
            return sent
        return {**sent, **noisy({NORM: self.adaptive.bit(length_of(moved), self.norm)}, self.bits, stream)}


def _without_norm(update: Arrays) -> Arrays:
    return {name: array for name, array in update.items() if name != NORM}


def noisy(update: Arrays, deviation: float, stream: Stream) -> Arrays:
    """The arrays with N(0, deviation^2) on each element; without any, as they are."""
    return Noise(sigma=deviation).on_update(update, stream) if deviation else update
