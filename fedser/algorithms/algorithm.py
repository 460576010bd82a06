"""What every algorithm is: what one client computes and sends, and what the server makes of it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from fedser.config import Plugin
from fedser.seeds import Stream
from fedser.tasks import TaskConfig
from fedser.updates.update import Arrays, Sends, Update

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ClientData:
    """One client's training data: float32 [utterances, dims] and int64 [utterances]."""

    x: np.ndarray[Any, np.dtype[np.float32]]
    y: np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Local:
    """What a client has computed: the arrays to send, the n_k of the average, and its mean training loss."""

    arrays: Arrays
    examples: int
    loss: float


class Algorithm(Plugin):
    """Server formula of both: w <- w - eta sum_k (n_k / n) u_k (Feng et al. 2021, eq. 1 and 2)."""

    sends: ClassVar[Sends]
    client_fraction: float = Field(0.1, gt=0, le=1, description="share of the clients that train in a round")
    batch_size: int = Field(20, ge=1, description="utterances in a local batch, at most")

    @abstractmethod
    def local(self, network: "torch.nn.Module", task: TaskConfig, data: ClientData, stream: Stream) -> Local:
        """Train ``network``, which holds the broadcast model, and return what is sent."""

    @abstractmethod
    def server_step(self, broadcast: Arrays, updates: Sequence[Update]) -> Arrays:
        """The next model from what the clients sent."""

    @abstractmethod
    def as_update(self, sent: Arrays, broadcast: Arrays) -> Arrays:
        """u_k of the server formula, from what is sent: the form in which defenses change it."""

    @abstractmethod
    def as_sent(self, update: Arrays, broadcast: Arrays) -> Arrays:
        """The inverse of ``as_update``."""

    def cohort_size(self, clients: int) -> int:
        """How many of ``clients`` train in a round: int(fraction K), at least one."""
        return max(1, int(self.client_fraction * clients + 1e-9))
