"""Small trainings with ragged clients, and a way to run one and keep all that it leaves behind."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedser.algorithms import FedSGD
from fedser.engine.data import TrainingData
from fedser.engine.engine import Engine
from fedser.engine.history import State
from fedser.engine.simulation import Simulation
from fedser.engine.training import Keep, Observer, Training
from fedser.models import MLP
from fedser.models.parameters import parameters
from fedser.partition.partition import ClientRows, Partition
from fedser.partition.stored import save_partition
from fedser.tasks import Classification
from fedser.updates.public import PublicParameters
from fedser.updates.store import Capture, StoreWriter

FEATURES = 12
SIZES = (30, 7, 1, 25, 12)
"""Utterances of each client: more than a batch, fewer, one alone (without validation)."""


@dataclass(frozen=True)
class World:
    """A simulation and its data."""

    simulation: Simulation
    data: TrainingData


@dataclass(frozen=True)
class Left:
    """What a training leaves behind: its final state (None where it raised) and every file it wrote."""

    state: State | None
    error: BaseException | None
    files: dict[str, bytes]


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., World]:
    """Make a training; ``broken`` lists clients that train on what is no number, ``where`` is a folder for its data.

    Where its model reads frames, an utterance has from one to nine.
    """

    def make(
        sizes: Iterable[int] = SIZES,
        broken: Iterable[int] = (),
        features: int = FEATURES,
        where: str = ".",
        **changes: Any,
    ) -> World:
        rng, clients, start = np.random.default_rng(0), {}, 0
        folder = tmp_path / where
        folder.mkdir(exist_ok=True)
        spans = []
        for number, size in enumerate(sizes):
            train = max(1, int(0.8 * size))
            rows = tuple(range(start, start + size))
            clients[f"client-{number:05d}"] = ClientRows(train=rows[:train], validation=rows[train:])
            spans.append(slice(start, start + train))
            start += size
        y = rng.integers(0, 4, start + 40)
        x = (rng.normal(size=(len(y), features)) + 3 * np.eye(4, features)[y]).astype(np.float32)
        for number in broken:
            x[spans[number]] = np.nan
        settings: dict[str, Any] = {
            "training": "private-0",
            "seed": 3,
            "task": Classification(),
            "model": MLP(hidden=(8, 6)),
            "algorithm": FedSGD(client_fraction=0.6),
            "rounds": 5,
        }
        settings |= changes
        offsets = None
        if settings["model"].framed:
            lengths, offsets = rng.integers(1, 10, len(y)), folder / "offsets.npy"
            x = np.repeat(x, lengths, axis=0)
            np.save(offsets, np.cumsum([0, *lengths]))
        np.save(folder / "x.npy", x)
        np.save(folder / "y.npy", y)
        attributes = np.empty_like(y)
        for number, rows in enumerate(clients.values()):
            attributes[[*rows.train, *rows.validation]] = number % 2  # each client has one value
        attributes[start:] = np.arange(len(y) - start) % 2
        np.save(folder / "attributes.npy", attributes)
        data = TrainingData(
            features=folder / "x.npy",
            labels=folder / "y.npy",
            partition=folder / "partition.safetensors",
            attributes=folder / "attributes.npy",
            offsets=offsets,
        )
        save_partition(data.partition, Partition.of(clients, test=range(start, len(y))))
        return World(Simulation(**settings), data)

    return make


@pytest.fixture
def run() -> Callable[..., Left]:
    """Run a world in an engine, capturing every update and keeping its state every second round."""

    def run(engine: Engine, world: World, folder: Path, *observers: Observer, every: int = 2) -> Left:
        state, error = None, None
        try:
            state = engine.run(_training(world, folder, observers=observers, every=every))
        except BaseException as raised:  # noqa: BLE001 - what was raised is what the tests look at
            error = raised
        return Left(state, error, _files(folder))

    return run


@pytest.fixture
def run_all() -> Callable[..., list[Left]]:
    """Run worlds in an engine as ``run`` does, each in the folder of its training's name, all handed over at once."""

    def run_all(engine: Engine, worlds: Sequence[World], folder: Path, **more: Any) -> list[Left]:
        folders = [folder / world.simulation.training for world in worlds]
        trainings = [_training(world, place, **more) for world, place in zip(worlds, folders, strict=True)]
        states: dict[int, State] = {}
        error = None
        try:
            engine.run_all(trainings, states.__setitem__)
        except BaseException as raised:  # noqa: BLE001 - as above
            error = raised
        return [Left(states.get(number), error, _files(place)) for number, place in enumerate(folders)]

    return run_all


@pytest.fixture
def training() -> Callable[..., Training]:
    """A training of a world that leaves in a folder what ``run`` looks for there."""
    return _training


def _training(world: World, folder: Path, every: int = 2, **more: Any) -> Training:
    features = np.load(world.data.features, mmap_mode="r").shape[1]
    store = StoreWriter(folder / "updates", _public(world.simulation, features), Capture())
    more = {"public": world.data} | more
    return Training(world.simulation, world.data, store, keep=Keep(folder / "state", every), **more)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _public(simulation: Simulation, features: int) -> PublicParameters:
    network = simulation.network(features)
    return PublicParameters(
        training=simulation.training,
        sends=simulation.algorithm.sends,
        model=simulation.defended_model.model_dump(mode="json"),
        algorithm=simulation.algorithm.model_dump(mode="json"),
        features=features,
        classes=simulation.task.classes,
        rounds=simulation.rounds,
        parameters={name: array.shape for name, array in parameters(network).items()},
    )
