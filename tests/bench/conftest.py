"""A training of a few kilobytes, in the shape of the timed one."""

import pytest

from fedser.engine.data import TrainingData
from simulations.bench.setting import Setting, write_data


@pytest.fixture(scope="session")
def tiny() -> Setting:
    """Two clients a round, of ragged sizes around nine, in batches of four."""
    return Setting(clients=20, utterances=9, features=6, hidden=(8, 5), batch_size=4, rounds=2, repetitions=3)


@pytest.fixture(scope="session")
def tiny_data(tiny: Setting, tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    """Its data."""
    return write_data(tiny, tmp_path_factory.mktemp("bench"))
