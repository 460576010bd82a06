"""FedAvg: each client trains for some epochs and sends its model (McMahan et al. 2017; Feng et al. 2021, eq. 2)."""

from typing import ClassVar, Literal

from pydantic import Field

from fedser.algorithms.algorithm import Algorithm, Plan
from fedser.algorithms.batches import batches
from fedser.algorithms.optimizer import Adam, OptimizerConfig
from fedser.algorithms.plateau import Plateau
from fedser.seeds import Stream
from fedser.updates.update import Arrays, Sends


class FedAvg(Algorithm):
    """Local epochs with SGD or Adam; the client sends its model, the server averages the models."""

    source: ClassVar[str] = "McMahan et al. 2017; Feng et al. 2021, eq. 2"
    sends: ClassVar[Sends] = "parameters"
    name: Literal["fedavg"] = "fedavg"
    learning_rate: float = Field(5e-4, gt=0, description="the client's step")
    epochs: int = Field(1, ge=1, description="local epochs in a round")
    optimizer: OptimizerConfig = Adam()
    plateau: Plateau | None = Field(
        None,
        description="smaller steps, and an end before all epochs, where a client's validation loss no longer falls; it"
        " then sends the model of its best epoch",
    )

    def plan(self, utterances: int, stream: Stream) -> Plan:
        """``epochs`` passes over the client's data; n_k is the number of its utterances."""
        passes = (batches(utterances, self.batch_size, stream("batch", epoch)) for epoch in range(self.epochs))
        return Plan(tuple(batch for each in passes for batch in each), utterances)

    @property
    def local_steps(self) -> tuple[OptimizerConfig, float]:
        """The client's own optimiser, new in each round."""
        return self.optimizer, self.learning_rate

    @property
    def watched(self) -> Plateau | None:
        """As chosen."""
        return self.plateau

    def server_step(self, broadcast: Arrays, mean: Arrays) -> Arrays:
        """w <- sum_k (n_k / n) w_k (eq. 2)."""
        return mean

    def as_update(self, sent: Arrays, broadcast: Arrays) -> Arrays:
        """u_k = w - w_k."""
        return {name: broadcast[name] - array for name, array in sent.items()}

    def as_sent(self, update: Arrays, broadcast: Arrays) -> Arrays:
        """w_k = w - u_k."""
        return {name: broadcast[name] - array for name, array in update.items()}
