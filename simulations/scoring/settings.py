"""How scores are made: the ``scores`` key of an experiment."""

from typing import Annotated

from pydantic import Field

from fedser.config import Frozen
from fedser.metrics.bootstrap import Bootstrap
from fedser.metrics.permutation import Permutation

Observed = Annotated[int, Field(ge=1)]


class Scores(Frozen):
    """The bootstrap and the permutations over speakers, and how finely leakage is followed over rounds and updates."""

    bootstrap: int = Field(1000, ge=100, description="number of resamples of speakers")
    confidence: float = Field(0.95, gt=0, lt=1, description="share of the resamples that an interval holds")
    permutations: int = Field(
        10_000, ge=99, description="dealings of the attribute to the speakers at most; so few as can be are all tried"
    )
    reference: str = Field(
        "best", description="the attack that each is compared with, by its name in leakage.csv, or the best one"
    )
    round_bins: int = Field(20, ge=1, description="most points of the curve of leakage over rounds")
    observed: tuple[Observed, ...] = Field(
        (1, 3, 5, 10), description="how many updates of a client are put together, beside all of them"
    )
    observed_draws: int = Field(20, ge=1, description="how often so many of a client's updates are drawn")
    averaged_draws: int = Field(
        3,
        ge=0,
        description="how often so many are drawn for the attack to be asked about them at once, by their mean"
        " or as a set; 0: it is not asked",
    )
    inputs: bool = Field(
        True,
        description="tell which inputs leak, where they have openSMILE's names: the weights of linear attacks, and what"
        " each family of descriptors gives away alone; learning then takes about twice as long",
    )

    def intervals(self) -> Bootstrap:
        """The bootstrap that these settings describe."""
        return Bootstrap(self.bootstrap, self.confidence)

    def p_values(self) -> Permutation:
        """The permutation test that these settings describe."""
        return Permutation(self.permutations)
