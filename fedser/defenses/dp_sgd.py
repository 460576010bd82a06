"""DP-SGD in the local steps: the gradient of each example is clipped, and noise added to their sum (Abadi et al. 2016,
arXiv 1607.00133, algorithm 1).

For each local batch, g <- (sum_i g_i / max(1, |g_i| / C) + N(0, (z C)^2)) / B, before the optimiser takes it or, in
FedSGD, the client sends it. What an optimiser makes of such gradients is as private as they are. The noise multiplier z
follows from the target epsilon by opacus's accountant, for each client by itself: the sampling rate is B / n_k, the
steps are those of a round times the rounds in which a client trains on average, q T rounded up. Or z is given, and
epsilon follows. ``privacy.csv`` tells the largest epsilon of a client, with the number of rounds in which it did train:
who is drawn more often than the average has spent more than the target.

Guarantee: whoever sees all that a client sends, the server too, learns of one *utterance* of it no more than (epsilon,
delta); delta is below one over the clients and over the client's utterances unless it is given. Of what all utterances
of a speaker share, which is what an attribute attack reads, it says nothing: for k of them epsilon grows k times or
more. Assumed: batches drawn as a Poisson sample; here they are shuffled, as in most uses, for which the accountant's
number is optimistic (Chua et al. 2024, arXiv 2403.17673). Known breaks: attribute inference, which needs no single
utterance; clients with few utterances have a rate near one, and so much noise that the model learns from others.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from fedser.defenses.accountant import AccountantName, epsilon_of, noise_for
from fedser.defenses.bound import Bound
from fedser.defenses.guarantee import Guarantee
from fedser.defenses.private import Accounted
from fedser.defenses.turns import Schedule, Share


class DPSGD(Accounted):
    """Clip the gradient of each example in the local steps, and add noise, by an accountant's epsilon."""

    source: ClassVar[str] = "Abadi et al. 2016 (arXiv 1607.00133); opacus's accountants"
    bounds_examples: ClassVar[bool] = True
    name: Literal["dp_sgd"] = "dp_sgd"
    epsilon: float | None = Field(None, gt=0, allow_inf_nan=False, description="target of a client over all its rounds")
    noise_multiplier: float | None = Field(None, ge=0, allow_inf_nan=False, description="z, in place of an epsilon")
    delta: float | None = Field(None, gt=0, lt=1, description="by default max(clients, n_k) to the power of -1.1")
    clip: float = Field(1.0, gt=0, allow_inf_nan=False, description="C: norm of an example's gradient, at most")
    accountant: AccountantName = "rdp"

    def on_gradient(self, schedule: Schedule, share: Share) -> Bound:
        """g_i / max(1, |g_i| / C), and N(0, (z C)^2) on their sum."""
        return Bound(self.clip, "example", self.multiplier(schedule, share) * self.clip)

    def multiplier(self, schedule: Schedule, share: Share) -> float:
        """z of a client with this share."""
        if self.epsilon is None:
            return self.noise_multiplier or 0.0
        steps, delta = schedule.turns * share.steps, self._delta(schedule, share)
        return noise_for(self.epsilon, _rate(schedule, share), steps, delta, self.accountant)

    def guarantees(self, schedule: Schedule, shares: Mapping[Share, int]) -> tuple[Guarantee, ...]:
        """The largest epsilon of a client."""
        each = [self._of(schedule, share, turns) for share, turns in shares.items()]
        return (max(each, key=lambda one: one.epsilon),)

    def _of(self, schedule: Schedule, share: Share, turns: int) -> Guarantee:
        noise, rate, steps = self.multiplier(schedule, share), _rate(schedule, share), turns * share.steps
        delta = self._delta(schedule, share)
        return Guarantee(
            kind="accountant",
            protects="one utterance of a client",
            against="the server, and all who see what it sees",
            epsilon=epsilon_of(noise, rate, steps, delta, self.accountant),
            delta=delta,
            noise=noise,
            by=self.accountant,
            rate=rate,
            steps=steps,
            assumes="batches drawn as Poisson samples; here they are shuffled",
        )

    def _delta(self, schedule: Schedule, share: Share) -> float:
        return self.delta or float(max(schedule.clients, share.utterances, 2)) ** -1.1


def _rate(schedule: Schedule, share: Share) -> float:
    return min(1.0, schedule.batch_size / share.utterances)
