"""What attacks make of an update before they learn: small enough to be captured in its place."""

from typing import Annotated

from pydantic import Field

from fedser.updates.reductions.mean_input import MeanInput
from fedser.updates.reductions.moments import Moments

Reductions = MeanInput | Moments
ReductionConfig = Annotated[Reductions, Field(discriminator="name")]
"""The closed union of all reductions, told apart by ``name``."""

__all__ = ["MeanInput", "Moments", "ReductionConfig", "Reductions"]
