"""FedSGD: each client sends the gradient of one batch (McMahan et al. 2017; Feng et al. 2021, eq. 1)."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field
from torch import nn

from fedser.algorithms.aggregate import weighted_mean
from fedser.algorithms.algorithm import Algorithm, ClientData, Local
from fedser.algorithms.batches import batches
from fedser.models.parameters import gradients
from fedser.seeds import Stream
from fedser.tasks import TaskConfig
from fedser.updates.update import Arrays, Sends, Update


class FedSGD(Algorithm):
    """One batch per client and round; the client sends its gradient, the server takes the step."""

    source: ClassVar[str] = "McMahan et al. 2017; Feng et al. 2021, eq. 1"
    sends: ClassVar[Sends] = "gradient"
    name: Literal["fedsgd"] = "fedsgd"
    learning_rate: float = Field(0.1, gt=0, description="the server's step; 0.1 in the paper's runs, 0.05 in its text")

    def local(self, network: nn.Module, task: TaskConfig, data: ClientData, stream: Stream) -> Local:
        """The gradient of the mean loss over one drawn batch; n_k is the batch's size."""
        x, y = next(batches(data, self.batch_size, stream("batch")))
        loss = task.loss(network, x, y, stream("dropout").torch())
        loss.backward()  # type: ignore[no-untyped-call]
        return Local(gradients(network), len(y), loss.item())

    def server_step(self, broadcast: Arrays, updates: Sequence[Update]) -> Arrays:
        """w <- w - eta sum_k (n_k / n) g_k (eq. 1)."""
        mean, eta = weighted_mean(updates), np.float32(self.learning_rate)
        return {name: array - eta * mean[name] for name, array in broadcast.items()}

    def as_update(self, sent: Arrays, broadcast: Arrays) -> Arrays:
        """A gradient is the update itself."""
        return sent

    def as_sent(self, update: Arrays, broadcast: Arrays) -> Arrays:
        """A gradient is sent as it is."""
        return update
