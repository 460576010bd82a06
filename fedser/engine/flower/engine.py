"""The same training as a Flower ServerApp and ClientApp: on Ray's virtual nodes, or in this process."""

import os
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedser.engine.engine import Engine
from fedser.engine.flower.environment import prepare
from fedser.engine.history import State
from fedser.engine.training import Training
from fedser.errors import ConfigError


class Flower(Engine):
    """A Flower ServerApp whose nodes each train a group of clients: in Ray's workers, or in this process.

    With ``grid: ray`` the observers are called in the ServerApp's thread of this process. ``grid: in_process`` starts
    no other process: for tests and small runs.
    """

    source: ClassVar[str] = "Beutel et al. 2020 (Flower)"
    name: Literal["flower"] = "flower"
    grid: Literal["ray", "in_process"] = "ray"
    nodes: int | Literal["per_client"] | None = Field(
        None, description="among which the clients are dealt, at most one each; by default one per worker or core"
    )
    workers: int | None = Field(
        None, ge=1, description="ray: processes of one core each that train the nodes; by default one per core"
    )
    timeout: float = Field(
        300, gt=0, description="ray: seconds without any reply, or until the nodes are there, that end the training"
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if isinstance(self.nodes, int) and self.nodes < 1:
            raise ValueError(f"nodes: should be at least 1 or 'per_client', got {self.nodes}")
        if self.workers is not None and self.grid == "in_process":
            raise ValueError("workers: the grid in_process has none; leave it out, or choose grid: ray")
        return self

    def run(self, training: Training) -> State:
        """Train over Flower messages, one per node and round; raises ClientError as the inline engine does.

        Raises ConfigError where this machine has fewer cores than workers, and EngineError where Ray cannot start.
        """
        clients, workers = len(training.data.open().clients), self._possible_workers()
        nodes = clients if self.nodes == "per_client" else min(self.nodes or workers, clients)
        prepare()
        from fedser.engine.flower.server import Server

        server = Server(training, nodes, self.timeout)
        if self.grid == "in_process":
            from fedser.engine.flower.in_process import run_in_process

            return run_in_process(server)
        from fedser.engine.flower.ray_grid import run_on_ray

        return run_on_ray(server, min(workers, nodes))

    def _possible_workers(self) -> int:
        cores = len(os.sched_getaffinity(0))
        if self.workers is not None and self.workers > cores:
            raise ConfigError(
                f"engine.workers: {self.workers} processes of one core each, but there are {cores} cores;"
                f" choose at most {cores}, or leave it out"
            )
        return self.workers or cores
