"""Stock Flower as a side; Flower itself is loaded only where it runs."""

import math
from dataclasses import dataclass

from fedser.engine.flower.environment import prepare
from fedser.errors import ClientError, ConfigError
from simulations.bench.side import Job, Outcome, Tick


@dataclass(frozen=True)
class StockFlower:
    """Flower's own simulation with ``workers`` processes; it can be run once in a process.

    Its clients are written as Flower's documentation does, or ``lean``.
    """

    name: str
    lean: bool
    workers: int

    def run(self, job: Job, tick: Tick) -> Outcome:
        """Train all clients in every round.

        Raises ConfigError where the job is not FedAvg over all clients, with nothing held out, and ClientError where
        clients were lost: Flower itself would go on without them.
        """
        self._refuse(job)
        prepare()
        from simulations.bench.stock_flower import losses, serve

        result, replies = serve(Job(job.simulation, job.data.absolute()), self.lean, self.workers, tick)
        rounds = job.simulation.rounds
        if replies != [job.cohort] * rounds:
            raise ClientError(f"{self.name}: replies by round {replies}, expected {rounds} rounds of {job.cohort}")
        nothing = (math.nan,) * rounds
        model = {name: array.numpy() for name, array in result.arrays.items()}
        return Outcome(tuple(losses(result)), nothing, nothing, None, model)

    def _refuse(self, job: Job) -> None:
        partition, algorithm = job.data.open().partition, job.simulation.algorithm
        if algorithm.name != "fedavg" or job.cohort != len(partition):
            raise ConfigError(f"{self.name}: Flower's FedAvg is compared on rounds in which every client trains")
        if len(partition.validation.rows) or len(partition.test):
            raise ConfigError(f"{self.name}: it evaluates nothing: give data of which nothing is held out")
