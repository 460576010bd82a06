"""One round of few clients, in each of the ways in which engines do their arithmetic."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fedser.algorithms.algorithm import Algorithm
from fedser.engine import Cohort, Inline
from fedser.engine.data import TrainingData
from fedser.engine.engine import Engine
from fedser.engine.simulation import Simulation
from fedser.engine.training import Training
from fedser.models import MLP
from fedser.partition.partition import ClientRows, Partition
from fedser.partition.stored import save_partition
from fedser.seeds import Stream
from fedser.tasks import Classification
from fedser.updates.update import Arrays, Update

FEATURES = 9
NAME = "client-00000"

ENGINES: dict[str, Engine] = {
    "inline": Inline(),
    "single": Cohort(method="single", workers=1, device="cpu"),
    "stacked": Cohort(method="stacked", workers=1, device="cpu"),
}


@dataclass(frozen=True)
class Trained:
    """One round: its broadcast model, what each client sent, their mean loss, the next model, a client's stream."""

    broadcast: Arrays
    updates: Mapping[str, Update]
    loss: float
    model: Arrays
    stream: Callable[[str], Stream]

    @property
    def arrays(self) -> Arrays:
        """What the first client sent."""
        return self.updates[NAME].arrays


@pytest.fixture
def data() -> SimpleNamespace:
    """47 utterances: two full batches of 20 and one of 7."""
    return client(47)


def client(utterances: int, seed: int = 1) -> SimpleNamespace:
    """A client of so many utterances."""
    rng = np.random.default_rng(seed)
    return SimpleNamespace(
        x=rng.normal(size=(utterances, FEATURES)).astype(np.float32), y=rng.integers(0, 4, utterances)
    )


@pytest.fixture(params=ENGINES)
def train(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Trained]:
    """Train the clients of one round, all of them, without dropout unless asked for."""

    def train(algorithm: Algorithm, *clients: SimpleNamespace, dropout: float = 0.0, **more: Any) -> Trained:
        simulation = Simulation(
            **{"training": "t", "seed": 8, "task": Classification(), "rounds": 1} | more,
            model=MLP(hidden=(8, 6), dropout=(dropout, dropout)),
            algorithm=algorithm.model_copy(update={"client_fraction": 1.0}),
        )
        seen = []
        training = Training(simulation, _stored(tmp_path, clients), observers=(seen.append,))
        state = ENGINES[request.param].run(training)
        updates = {update.client: update for update in seen[0].updates}
        loss = state.history[0].train_loss
        return Trained(seen[0].broadcast, updates, loss, state.model, lambda name: simulation.stream("client", name, 1))

    return train


def _stored(folder: Path, clients: tuple[SimpleNamespace, ...]) -> TrainingData:
    data = TrainingData(features=folder / "x.npy", labels=folder / "y.npy", partition=folder / "partition.safetensors")
    ends = np.cumsum([0, *(len(held.y) for held in clients)])
    rows = {f"client-{place:05d}": ClientRows(range(*ends[place : place + 2])) for place in range(len(clients))}
    np.save(data.features, np.concatenate([held.x for held in clients]))
    np.save(data.labels, np.concatenate([held.y for held in clients]))
    save_partition(data.partition, Partition.of(rows))
    return data
