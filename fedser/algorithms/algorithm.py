"""What every algorithm is: which batches a client visits, what it sends, and what the server makes of the average.

An algorithm says what is computed; the engines say how, each in its own way and all to the same result.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from fedser.algorithms.optimizer import OptimizerConfig
from fedser.algorithms.plateau import Plateau
from fedser.config import Plugin
from fedser.seeds import Stream
from fedser.updates.update import Arrays, Sends

Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Plan:
    """One client's work in a round: the rows of each batch (counted within the client's own), and its n_k."""

    batches: tuple[Rows, ...]
    examples: int


class Algorithm(Plugin):
    """Server formula of both: w <- w - eta sum_k (n_k / n) u_k (Feng et al. 2021, eq. 1 and 2)."""

    sends: ClassVar[Sends]
    client_fraction: float = Field(0.1, gt=0, le=1, description="share of the clients that train in a round")
    batch_size: int = Field(20, ge=1, description="utterances in a local batch, at most")

    @abstractmethod
    def plan(self, utterances: int, stream: Stream) -> Plan:
        """The work of a client that holds so many training utterances, drawn from its stream of this round."""

    @property
    @abstractmethod
    def local_steps(self) -> tuple[OptimizerConfig, float] | None:
        """The optimiser and learning rate of the client's own steps; None where it sends its one batch's gradient."""

    @property
    def watched(self) -> Plateau | None:
        """What a client makes of its own validation loss between its epochs; by itself it does not look at it."""
        return None

    @abstractmethod
    def server_step(self, broadcast: Arrays, mean: Arrays) -> Arrays:
        """The next model, from sum_k (n_k / n) a_k over the arrays a_k that the clients sent."""

    @abstractmethod
    def as_update(self, sent: Arrays, broadcast: Arrays) -> Arrays:
        """u_k of the server formula, from what is sent: the form in which defenses change it."""

    @abstractmethod
    def as_sent(self, update: Arrays, broadcast: Arrays) -> Arrays:
        """The inverse of ``as_update``."""

    def cohort_size(self, clients: int) -> int:
        """How many of ``clients`` train in a round: int(fraction K), at least one."""
        return max(1, int(self.client_fraction * clients + 1e-9))
