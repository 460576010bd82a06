"""A training of a few kilobytes, in the shape of the timed one, and bars that no one watches."""

import pytest

from fedser.engine.data import TrainingData
from simulations.bench.setting import Setting, write_data
from simulations.progress import Update


class Silent:
    """Shows nothing, and remembers how far each bar came."""

    def __init__(self) -> None:
        self.last: dict[str, tuple[int, int]] = {}

    def bar(self, name: str) -> Update:
        def update(done: int, total: int) -> None:
            self.last[name] = (done, total)

        return update


@pytest.fixture
def silent() -> Silent:
    """Bars without a screen."""
    return Silent()


@pytest.fixture(scope="session")
def tiny() -> Setting:
    """Two clients a round, of ragged sizes around nine, in batches of four."""
    return Setting(clients=20, utterances=9, features=6, hidden=(8, 5), batch_size=4)


@pytest.fixture(scope="session")
def tiny_data(tiny: Setting, tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    """Its data."""
    return write_data(tiny, tmp_path_factory.mktemp("bench"))
