"""How many shadow updates are aligned with a private training: the ``aligned`` key of an experiment."""

from typing import Annotated, Literal

from pydantic import Field

from fedser.algorithms import AlgorithmConfig
from fedser.config import Frozen
from fedser.errors import InputError
from fedser.updates.store import Capture


class Aligned(Frozen):
    """At which of the private training's captured models shadow clients are asked, and how many of them at each."""

    every: int = Field(1, ge=1, description="ask at each n-th captured round")
    clients: Annotated[int, Field(ge=1)] | Literal["all"] | None = Field(
        None,
        description="shadow clients, drawn anew at each model; by default as many as a training on the shadow corpora"
        " has in a round, so that all folds together ask as many as that many shadow trainings",
    )

    def rounds(self, capture: Capture, rounds: int) -> list[int]:
        """The numbers of the rounds at whose models shadow clients are asked, ascending."""
        return capture.kept_rounds(rounds)[:: self.every]

    def count(self, algorithm: AlgorithmConfig, clients: int) -> int:
        """How many of so many shadow clients are asked at each model; raises InputError where they are too few."""
        if self.clients is None:
            return algorithm.cohort_size(clients)
        wanted = clients if self.clients == "all" else self.clients
        if wanted > clients:
            raise InputError(
                f"aligned.clients: {wanted}, but the shadow corpora have {clients} clients"
                f" (choose 'all' or a number from 1 to {clients})"
            )
        return wanted
