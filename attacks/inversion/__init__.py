"""Gradient inversion: what utterances a client computed its update from.

A probe of what an update holds, beside the attacks that infer an attribute. How near the rebuilt inputs come to the
true ones is scored in ``simulations``, where these are known.
"""

from typing import Annotated

from pydantic import Field

from attacks.inversion.analytic import Analytic
from attacks.inversion.optimised import Optimised
from attacks.inversion.prior import Prior

InversionConfig = Annotated[Analytic | Optimised | Prior, Field(discriminator="name")]
"""What rebuilds the inputs behind single updates."""
