"""What attacks make of an update before they learn: small enough to be captured in its place."""

from typing import Annotated

from pydantic import Field

from fedser.updates.reductions.activations import Activations
from fedser.updates.reductions.biases import Biases
from fedser.updates.reductions.least_squares import LeastSquares
from fedser.updates.reductions.mean_input import MeanInput
from fedser.updates.reductions.moments import Moments
from fedser.updates.reductions.pooled import Pooled
from fedser.updates.reductions.projection import Projection
from fedser.updates.reductions.pull_back import PullBack
from fedser.updates.reductions.recovered_inputs import RecoveredInputs
from fedser.updates.reductions.second_moments import SecondMoments

Reductions = (
    Activations
    | Biases
    | LeastSquares
    | MeanInput
    | Moments
    | Pooled
    | Projection
    | PullBack
    | RecoveredInputs
    | SecondMoments
)
ReductionConfig = Annotated[Reductions, Field(discriminator="name")]
"""The closed union of all reductions, told apart by ``name``."""

__all__ = [
    "Activations",
    "Biases",
    "LeastSquares",
    "MeanInput",
    "Moments",
    "Pooled",
    "Projection",
    "PullBack",
    "RecoveredInputs",
    "ReductionConfig",
    "Reductions",
    "SecondMoments",
]
