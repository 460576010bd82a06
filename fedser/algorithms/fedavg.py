"""FedAvg: each client trains for some epochs and sends its model (McMahan et al. 2017; Feng et al. 2021, eq. 2)."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from fedser.algorithms.aggregate import weighted_mean
from fedser.algorithms.algorithm import Algorithm, ClientData, Local
from fedser.algorithms.batches import batches
from fedser.algorithms.optimizer import Adam, OptimizerConfig
from fedser.models.parameters import parameters
from fedser.seeds import Stream
from fedser.tasks import TaskConfig
from fedser.updates.update import Arrays, Sends, Update


class FedAvg(Algorithm):
    """Local epochs with SGD or Adam; the client sends its model, the server averages the models."""

    source: ClassVar[str] = "McMahan et al. 2017; Feng et al. 2021, eq. 2"
    sends: ClassVar[Sends] = "parameters"
    name: Literal["fedavg"] = "fedavg"
    learning_rate: float = Field(5e-4, gt=0, description="the client's step")
    epochs: int = Field(1, ge=1, description="local epochs in a round")
    optimizer: OptimizerConfig = Adam()

    def local(self, network: nn.Module, task: TaskConfig, data: ClientData, stream: Stream) -> Local:
        """The model after ``epochs`` passes over the client's data; n_k is the number of its utterances."""
        optimizer = self.optimizer.build(network, self.learning_rate)
        masks, loss_sum = stream("dropout").torch(), 0.0
        for epoch in range(self.epochs):
            for x, y in batches(data, self.batch_size, stream("batch", epoch)):
                optimizer.zero_grad()
                loss = task.loss(network, x, y, masks)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                loss_sum += loss.item() * len(y)
        return Local(parameters(network), len(data.y), loss_sum / (self.epochs * len(data.y)))

    def server_step(self, broadcast: Arrays, updates: Sequence[Update]) -> Arrays:
        """w <- sum_k (n_k / n) w_k (eq. 2)."""
        return weighted_mean(updates)

    def as_update(self, sent: Arrays, broadcast: Arrays) -> Arrays:
        """u_k = w - w_k."""
        return {name: broadcast[name] - array for name, array in sent.items()}

    def as_sent(self, update: Arrays, broadcast: Arrays) -> Arrays:
        """w_k = w - u_k."""
        return {name: broadcast[name] - array for name, array in update.items()}
