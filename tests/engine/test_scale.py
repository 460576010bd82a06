"""What grows with the registered clients is their data alone: not the memory of a round, nor what a message tells."""

import tracemalloc

import numpy as np
import pytest
from flwr.common.serde import recorddict_to_proto

from fedser.algorithms import FedSGD
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.data import TrainingData
from fedser.engine.flower import federation
from fedser.engine.flower.messages import write_work
from fedser.engine.simulation import Simulation
from fedser.engine.training import Training
from fedser.models import MLP
from fedser.partition.names import Names
from fedser.partition.partition import Partition
from fedser.partition.ragged import Ragged
from fedser.partition.stored import save_partition
from fedser.tasks import Classification

MANY, SAMPLED, ROWS = 200_000, 20, 3


def simulation(clients, rounds=2):
    """In each round as many clients as in any other simulation of these tests."""
    algorithm = FedSGD(client_fraction=SAMPLED / clients)
    return Simulation(
        training="t", seed=1, task=Classification(), model=MLP(hidden=(4, 4)), algorithm=algorithm, rounds=rounds
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data of 2,000 and of 200,000 clients with three rows of two features each."""
    made = {}
    for clients in (2_000, MANY):
        folder, nothing = tmp_path_factory.mktemp(str(clients)), np.empty(0, np.int64)
        rng, rows = np.random.default_rng(0), np.arange(ROWS * clients)
        np.save(folder / "x.npy", rng.normal(size=(len(rows), 2)).astype(np.float32))
        np.save(folder / "y.npy", rng.integers(0, 4, len(rows)))
        held = Ragged.cut(rows, np.full(clients, ROWS)), Ragged.cut(nothing, np.zeros(clients, np.int64))
        save_partition(folder / "p.safetensors", Partition(Names.numbered(clients), *held, nothing))
        made[clients] = TrainingData(
            features=folder / "x.npy", labels=folder / "y.npy", partition=folder / "p.safetensors"
        )
    return made


def peak(work):
    """The most bytes that were allocated at a time during ``work``; mapped files are not among them."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_client_takes_its_name_and_two_offsets(data):
    partition = data[MANY].open().partition
    size = sum(array.nbytes for array in partition.arrays.values())
    assert size == MANY * (len("client-000000") + 8 + 8 + 8 * ROWS) + 16


def test_opening_allocates_nothing_for_the_clients(data):
    data[MANY].open()
    assert peak(data[MANY].open) < 2**17


def test_sampling_allocates_for_the_sampled_only(data):
    clients, made = data[MANY].open().clients, simulation(MANY)
    assert len(made.sampled(clients, 1)) == SAMPLED
    assert peak(lambda: [made.sampled(clients, number) for number in range(1, 50)]) < 2**17


def test_sampling_draws_as_from_a_list_of_the_names(data):
    clients, made = data[MANY].open().clients, simulation(MANY)
    names = np.array(list(clients))
    for number in (1, 2):
        drawn = made.stream("sample", number).numpy().choice(names, size=SAMPLED, replace=False)
        assert made.sampled(clients, number) == sorted(drawn) == made.sampled(list(reversed(names)), number)


@pytest.mark.parametrize("engine", [Inline(), Cohort(workers=1)], ids=["inline", "cohort"])
def test_a_training_takes_no_memory_for_clients_that_are_not_sampled(data, engine):
    def train(clients):
        return lambda: engine.run(Training(simulation(clients), data[clients]))

    train(2_000)()
    assert abs(peak(train(MANY)) - peak(train(2_000))) < 2**17


def test_what_a_node_is_told_does_not_grow(data, monkeypatch):
    """The bytes that ask a node to train: those of the sampled names, of the paths and the fraction differ a little."""
    told = []

    def listen(*parts):
        content = write_work(*parts)
        told.append(len(recorddict_to_proto(content).SerializeToString()))
        return content

    monkeypatch.setattr(federation, "write_work", listen)
    for clients, made in data.items():
        Flower(grid="in_process", nodes=1).run(Training(simulation(clients, rounds=1), made))
    few, many = told
    assert abs(many - few) < 10 * SAMPLED and many < 10_000
