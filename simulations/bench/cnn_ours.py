"""Our side of the CNN bench: the attack's own passes over its own batches, read from the store as it trains."""

from attacks.attack import silent
from attacks.cnn.passes import Passes
from attacks.cnn.training import machinery_of, train_epoch, validate
from fedser.devices import resolve
from simulations.bench.cnn_job import CnnJob


class OurLoop:
    """Trains and validates pass by pass."""

    name = "ours"

    def __init__(self, job: CnnJob) -> None:
        self._job, device = job, resolve(job.cnn.device, "attack cnn: device")
        self.network = job.network().on(device, job.cnn.precision)
        self._passes = Passes(self.network, device, job.cnn.precision, job.cnn.largest_batch)
        self._optimizer = machinery_of(self.network, job.cnn).optimizer

    def train(self, number: int) -> float:
        """Pass ``number`` over the training updates; returns their mean loss."""
        job = self._job
        return train_epoch(
            self._passes, self._optimizer, job.lesson, job.cnn, job.stream("epoch", number), number, silent
        )

    def validate(self) -> float:
        """The mean loss of the validation updates."""
        loss, _ = validate(self._passes, self._job.lesson, self._job.cnn.batch_size)
        return loss
