"""How scores are made: the ``scores`` key of an experiment."""

from pydantic import Field

from fedser.config import Frozen
from fedser.metrics.bootstrap import Bootstrap


class Scores(Frozen):
    """The bootstrap over speakers, and how finely leakage is followed over the rounds."""

    bootstrap: int = Field(1000, ge=100, description="number of resamples of speakers")
    confidence: float = Field(0.95, gt=0, lt=1, description="share of the resamples that an interval holds")
    round_bins: int = Field(20, ge=1, description="most points of the curve of leakage over rounds")

    def intervals(self) -> Bootstrap:
        """The bootstrap that these settings describe."""
        return Bootstrap(self.bootstrap, self.confidence)
