"""LiRA: is the record more certain here than in models that never saw it? (Carlini et al. 2022, arXiv 2112.03570)

Their offline attack: with the logit-scaled confidence phi = log(p_y / (1 - p_y)), which is about normal, the score is
how far phi at the target lies above the mean of phi over the adversary's shadow models that did not learn from the
record. Each record has a mean of its own, and all share one variance, as they advise where shadow models are few. Their
probability, 1 - Pr[Z > phi], grows with the standardised distance, which is given in its place: it does not saturate.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from attacks.attack import Progress
from attacks.knowledge import Knowledge
from attacks.membership.attack import Answers, MembershipAttack
from attacks.membership.candidates import Candidates
from attacks.membership.seen import Mask, Outside, Seen
from fedser.metrics.recall import Floats
from fedser.seeds import Stream


class Lira(MembershipAttack):
    """Likelihood ratio, offline: certainty beyond that of shadow models that never saw the record."""

    source: ClassVar[str] = "Carlini et al. 2022 (arXiv 2112.03570), offline"
    knowledge: ClassVar[Knowledge] = "final_model"
    shadows_needed: ClassVar[int] = 2
    name: Literal["lira"] = "lira"

    def _answers(
        self, candidates: Candidates, seen: Seen, outside: Sequence[Outside], stream: Stream, progress: Progress
    ) -> Answers:
        from attacks.membership.white_box import WhiteBox

        def phi(one: Seen) -> Floats:
            return WhiteBox(one.public).log_odds(one.final, candidates.x, candidates.y)

        shadows = np.array([phi(one.seen) for one in outside])
        return Answers(standardised(phi(seen), shadows, np.array([one.out for one in outside])))


def standardised(target: Floats, shadows: Floats, out: Mask) -> Floats:
    """(phi - mean_out) / sigma_out of each record [records]; NaN where no shadow model is without the record.

    ``shadows`` and ``out`` are [models, records]; sigma is common: the root of the variance pooled over all records
    that two or more models are without, or 1 where there is none, or none that varies.
    """
    models = out.sum(axis=0)
    sums = np.where(out, shadows, 0.0).sum(axis=0)
    mean = np.divide(sums, models, out=np.full(len(target), np.nan), where=models > 0)
    apart = np.where(out, shadows - mean, 0.0)[:, models > 1]
    freedom = int((models[models > 1] - 1).sum())
    sigma = float(np.sqrt((apart**2).sum() / freedom)) if freedom else 1.0
    scores: Floats = (target - mean) / (sigma or 1.0)
    return scores
