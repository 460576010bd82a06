"""FedSGD: each client sends the gradient of one batch (McMahan et al. 2017; Feng et al. 2021, eq. 1)."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.algorithms.algorithm import Algorithm, Plan
from fedser.algorithms.batches import batches
from fedser.seeds import Stream
from fedser.updates.update import Arrays, Sends


class FedSGD(Algorithm):
    """One batch per client and round; the client sends its gradient, the server takes the step."""

    source: ClassVar[str] = "McMahan et al. 2017; Feng et al. 2021, eq. 1"
    sends: ClassVar[Sends] = "gradient"
    name: Literal["fedsgd"] = "fedsgd"
    learning_rate: float = Field(0.1, gt=0, description="the server's step; 0.1 in the paper's runs, 0.05 in its text")

    def plan(self, utterances: int, stream: Stream) -> Plan:
        """One drawn batch; n_k is its size."""
        batch = next(batches(utterances, self.batch_size, stream("batch")))
        return Plan((batch,), len(batch))

    @property
    def local_steps(self) -> None:
        """A client takes no step: it sends the gradient of the mean loss over its batch."""
        return

    def server_step(self, broadcast: Arrays, mean: Arrays) -> Arrays:
        """w <- w - eta sum_k (n_k / n) g_k (eq. 1)."""
        eta = np.float32(self.learning_rate)
        return {name: np.subtract(array, step := eta * mean[name], out=step) for name, array in broadcast.items()}

    def as_update(self, sent: Arrays, broadcast: Arrays) -> Arrays:
        """A gradient is the update itself."""
        return sent

    def as_sent(self, update: Arrays, broadcast: Arrays) -> Arrays:
        """A gradient is sent as it is."""
        return update
