"""The same training as a Flower ServerApp and ClientApp: on Ray's virtual nodes, or in this process."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedser.algorithms.average import BLOCKS
from fedser.defenses import DefenseConfig
from fedser.engine.cohort.compute import Compute
from fedser.engine.engine import Engine
from fedser.engine.flower.environment import prepare
from fedser.engine.history import State
from fedser.engine.training import Training
from fedser.errors import ConfigError
from fedser.pool import cores

SUMS_FROM = 4 * BLOCKS
"""Clients of a round from which on sums are less than updates, by far: four in a block."""


class Flower(Compute, Engine):
    """A Flower ServerApp whose nodes each train a group of clients: in Ray's workers, or in this process.

    With ``grid: ray`` the workers are kept from one training of this process to the next. ``grid: in_process`` starts
    no other process: for tests and small runs.
    """

    source: ClassVar[str] = "Beutel et al. 2020 (Flower)"
    name: Literal["flower"] = "flower"
    grid: Literal["ray", "in_process"] = "ray"
    nodes: int | Literal["per_client"] | None = Field(
        None, description="among which the clients are dealt, at most one each; by default one per worker"
    )
    workers: int | None = Field(
        None, ge=1, description="ray: processes that train the nodes; by default one per core, or one per GPU"
    )
    timeout: float = Field(
        300, gt=0, description="ray: seconds to wait for the next reply, or for the nodes, before the training ends"
    )
    replies: Literal["auto", "updates", "sums"] = Field(
        "auto",
        description="what nodes send: updates, or the sums of what they have captured themselves;"
        " by default sums from 64 clients a round on",
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if isinstance(self.nodes, int) and self.nodes < 1:
            raise ValueError(f"nodes: should be at least 1 or 'per_client', got {self.nodes}")
        if self.workers is not None and self.grid == "in_process":
            raise ValueError("workers: the grid in_process has none; leave it out, or choose grid: ray")
        if self.grid == "ray" and ":" in self.device:
            raise ValueError(f"device: {self.device}, but Ray gives each worker a GPU of its own; choose cuda")
        return self

    def check(self) -> None:
        """Raise ConfigError where this machine has not the device, or fewer cores or GPUs than workers."""
        self._workers(self.torch_device.type)

    def run(self, training: Training) -> State:
        """Train over Flower messages; raises ClientError as the inline engine does.

        Raises ConfigError where there are fewer cores or GPUs than workers, and EngineError where Ray cannot start.
        """
        self.admit(training.simulation)
        device = self.torch_device.type
        clients, workers = len(training.data.open().clients), self._workers(device)
        nodes = clients if self.nodes == "per_client" else min(self.nodes or workers, clients)
        by_sums = self._by_sums(training)
        prepare()
        from fedser.engine.flower.server import Server

        server = Server(training, self.compute, nodes, self.timeout, by_sums)
        if self.grid == "in_process":
            from fedser.engine.flower.in_process import InProcessGrid

            return server.serve(InProcessGrid(nodes))
        from fedser.engine.flower.ray_cluster import ray_workers
        from fedser.engine.flower.ray_grid import RayGrid

        with ray_workers(min(workers, nodes), on_gpus=device == "cuda") as hired:
            return server.serve(RayGrid(nodes, hired))

    def run_all(
        self, trainings: Sequence[Training], finished: Callable[[int, State], None], workers: int | None = None
    ) -> None:
        """One training after the other, on the same workers: ``workers`` at most, whatever the engine's own number."""
        engine = self
        if workers is not None and self.grid == "ray":
            most = self._workers(self.torch_device.type)
            engine = self.model_copy(update={"workers": min(workers, most)})
        super(Flower, engine).run_all(trainings, finished)

    def _workers(self, device: str) -> int:
        """Processes, each with a core or a GPU of its own; one node is enough for this process."""
        if self.grid == "in_process":
            return 1
        most, kind = cores(), "core"
        if device == "cuda":
            import torch

            most, kind = torch.cuda.device_count(), "GPU"
        if self.workers is not None and self.workers > most:
            raise ConfigError(
                f"engine.workers: {self.workers} processes of one {kind} each, but there are {most} {kind}s;"
                f" choose at most {most}, or leave it out"
            )
        return self.workers or most

    def _by_sums(self, training: Training) -> bool:
        """Whether nodes send sums: never where updates are to be seen whole."""
        if self.replies == "sums" and training.observers:
            raise ConfigError("engine.replies: sums, but someone looks at the updates; choose auto or updates")
        if self.replies != "auto":
            return self.replies == "sums"
        cohort = training.simulation.algorithm.cohort_size(len(training.data.open().clients))
        return cohort >= SUMS_FROM and not training.observers and training.simulation.grouping is None

    def check_groups(self, defense: DefenseConfig) -> None:
        """Nodes that answer by sums keep no group, whose clients may lie on several nodes; parties are one each."""
        if self.replies == "sums":
            told = f"no group of {defense.name} is made; choose auto or updates"
            raise ConfigError(f"engine.replies: sums, of which {told}")
        if defense.between_nodes and self.nodes != "per_client":
            raise ConfigError(
                f"engine.nodes: {self.nodes}, but in {defense.label} each client is a party; choose per_client"
            )
