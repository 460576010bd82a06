"""What attacks make of an update before they learn: small enough to be captured in its place."""

from fedser.updates.reductions.mean_input import MeanInput

ReductionConfig = MeanInput
"""The closed union of all reductions, told apart by ``name``."""

__all__ = ["MeanInput", "ReductionConfig"]
