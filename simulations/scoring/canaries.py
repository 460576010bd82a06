"""What canaries say of epsilon: an estimate, and a lower bound that holds, of what two kinds of onlookers see.

The estimate is Andrew et al.'s (2024, arXiv 2302.03098): the cosines of the canaries that took part are taken for
normal draws, and so are those of the others, N(0, 1) for the last model; epsilon is what tells one distribution from
the other. For the models of all rounds, where each canary has its largest cosine, both are fitted. It is no bound: what
others send hides a canary from whoever does not know it, and a few hundred draws say little of far tails, which its
interval (a bootstrap of the canaries) shows. The lower bound is Steinke et al.'s, of guesses about the canaries' coins,
and needs none of that.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd

from fedser.defenses.guarantee import Guarantee
from fedser.defenses.turns import Schedule
from fedser.engine.canaries import Seen
from fedser.metrics.gaussians import Gaussian, epsilon_between
from fedser.metrics.one_run import Guesses, lower_bound
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from simulations.canaries import Audit

_RESAMPLES = 400
_LAST, _ALL = "all who see only the last model", "all who see the model of every round"


def measured(seen: Seen, audit: Audit, schedule: Schedule, delta: float, stream: Stream) -> Iterator[Guarantee]:
    """The estimate and the lower bound of epsilon at ``delta``, for each kind of onlooker."""
    for against, cosines, null in ((_LAST, seen.final, Gaussian(0.0, 1.0)), (_ALL, seen.nearest, None)):
        there, absent = cosines[seen.took_part], cosines[~seen.took_part]
        resamples = _resampled(there, absent, null, delta, stream(against).numpy())
        tail = (1 - audit.confidence) / 2
        low, high = np.quantile(resamples, [tail, 1 - tail]).tolist()
        estimate = _estimate(there, absent, null, delta)
        assumes = "cosines are normal, and onlookers know nothing of what others send"
        yield _said("estimate", against, estimate, audit, schedule, delta, assumes, (low, high))
        guesses = Guesses.of(cosines, seen.took_part, audit.guessed)
        least = lower_bound(guesses, delta, audit.confidence)
        assumes = f"fair coins; {guesses.right} of {guesses.made} guesses right, confidence {audit.confidence:g}"
        yield _said("lower bound", against, least, audit, schedule, delta, assumes)


def _estimate(there: Floats, absent: Floats, null: Gaussian | None, delta: float) -> float:
    return epsilon_between(null or Gaussian.fitted(absent), Gaussian.fitted(there), delta)


def _resampled(
    there: Floats, absent: Floats, null: Gaussian | None, delta: float, rng: np.random.Generator
) -> list[float]:
    drawn = ((rng.choice(there, len(there)), rng.choice(absent, len(absent))) for _ in range(_RESAMPLES))
    return [_estimate(*each, null, delta) for each in drawn]


def _said(
    kind: Literal["estimate", "lower bound"],
    against: str,
    epsilon: float,
    audit: Audit,
    schedule: Schedule,
    delta: float,
    assumes: str,
    interval: tuple[float, float] | None = None,
) -> Guarantee:
    by = {"estimate": "canaries (Andrew et al. 2024)", "lower bound": "guesses about canaries (Steinke et al. 2023)"}
    return Guarantee(
        kind=kind,
        protects=_whom(audit),
        against=against,
        epsilon=epsilon,
        delta=delta,
        noise=None,
        by=by[kind],
        rate=schedule.fraction if audit.turns == "clients" else audit.turns / schedule.rounds,
        steps=schedule.rounds,
        assumes=assumes,
        interval=interval,
    )


def _whom(audit: Audit) -> str:
    if audit.turns == "clients":
        return "all of one client"
    return "a client that takes part once" if audit.turns == 1 else f"a client that takes part in {audit.turns} rounds"


def canary_table(seen: Seen) -> pd.DataFrame:
    """``canaries.csv``: what was seen of each."""
    return pd.DataFrame({"took_part": seen.took_part, "final": seen.final, "nearest": seen.nearest})
