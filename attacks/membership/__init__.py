"""Membership inference: was this utterance among what some client trained on, did this speaker take part?

The adversary holds candidate records and what the threat model grants it: the published model, or every broadcast model
and update. Who took part is joined to the scores in ``simulations``.
"""

from typing import Annotated

from pydantic import Field

from attacks.membership.cosine import Cosine
from attacks.membership.gradient_norm import GradientNorm
from attacks.membership.lira import Lira
from attacks.membership.loss import Loss
from attacks.membership.loss_rounds import LossRounds
from attacks.membership.projection import Projection
from attacks.membership.random import Random

MembershipConfig = Annotated[
    Cosine | GradientNorm | Lira | Loss | LossRounds | Projection | Random, Field(discriminator="name")
]
