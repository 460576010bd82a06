"""The training that is timed: random data, in the shape of a fold of CREMA-D on emobase (Feng et al. 2021, section 5).

72 clients, of whom 7 train in a round, with 42 training utterances on average; a fifth of what a client holds is
kept for validation, and there is a quarter as many test rows as clients' rows.
"""

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from fedser.algorithms import AlgorithmConfig
from fedser.algorithms.fedavg import FedAvg
from fedser.algorithms.fedsgd import FedSGD
from fedser.config import Frozen
from fedser.engine.data import TrainingData
from fedser.engine.simulation import Simulation
from fedser.models.mlp import MLP
from fedser.partition.names import Names
from fedser.partition.partition import Partition
from fedser.partition.ragged import Ragged
from fedser.partition.stored import save_partition
from fedser.seeds import Stream
from fedser.tasks.classification import Classification

DROPOUT = (0.2, 0.2)
TASK = Classification()

Clock = Literal["wall", "cpu"]
"""Seconds that pass, or seconds of a core that this process takes (steadier where others share the machine)."""


class Setting(Frozen):
    """Sizes of the timed training, and how often it is timed."""

    clients: int = Field(72, ge=1)
    utterances: int = Field(42, ge=2, description="training utterances of a client, on average; ragged by 40 %")
    features: int = Field(988, ge=1)
    hidden: tuple[int, int] = (256, 128)
    batch_size: int = Field(20, ge=1)
    rounds: int = Field(10, ge=1, description="timed rounds of one repetition, after one that is not timed")
    repetitions: int = Field(5, ge=1)
    seed: int = 1
    clock: Clock = "wall"

    @property
    def stream(self) -> Stream:
        """The root of the bench's randomness."""
        return Stream(self.seed)("bench")

    @property
    def widths(self) -> tuple[int, ...]:
        """The model's layers from its inputs to its classes."""
        return self.features, *self.hidden, len(TASK.classes)

    @property
    def algorithms(self) -> tuple[AlgorithmConfig, ...]:
        """FedSGD, and FedAvg with Adam as in the paper's runs."""
        return FedSGD(batch_size=self.batch_size), FedAvg(batch_size=self.batch_size)

    def simulation(self, algorithm: AlgorithmConfig, rounds: int, dropout: tuple[float, float] = DROPOUT) -> Simulation:
        """The training with one algorithm."""
        model = MLP(hidden=self.hidden, dropout=dropout)
        return Simulation(training="bench", seed=self.seed, task=TASK, model=model, algorithm=algorithm, rounds=rounds)

    def partition(self) -> Partition:
        """Ragged clients, and test rows, over consecutive rows of the matrix."""
        spread = round(0.4 * self.utterances)
        sizes = self.stream("sizes").numpy().integers(-spread, spread, size=self.clients, endpoint=True)
        train = self.utterances + sizes
        validation = np.maximum(1, train // 4)
        held = Ragged.cut(np.arange((train + validation).sum()), train + validation)
        trains = np.arange(len(held.rows)) - held.offsets[held.owners] < train[held.owners]
        test = len(held.rows) + np.arange(max(1, len(held.rows) // 4))
        return Partition(Names.numbered(self.clients), held.where(trains), held.where(~trains), test)


def write_data(setting: Setting, folder: Path) -> TrainingData:
    """Normal features around a weak centre per class, and uniform labels, as files in ``folder``."""
    partition, generator = setting.partition(), setting.stream("data").numpy()
    rows = partition.extent
    y = generator.integers(0, len(TASK.classes), size=rows)
    centres = 0.3 * generator.normal(size=(len(TASK.classes), setting.features))
    x = (generator.normal(size=(rows, setting.features)) + centres[y]).astype(np.float32)
    data = TrainingData(features=folder / "x.npy", labels=folder / "y.npy", partition=folder / "partition.safetensors")
    np.save(data.features, x)
    np.save(data.labels, y)
    save_partition(data.partition, partition)
    return data


def without_evaluation(data: TrainingData) -> TrainingData:
    """The same training data with nothing held out, so that a round is client updates and their average alone.

    Its partition is written beside that of ``data``.
    """
    bare = data.model_copy(update={"partition": data.partition.with_name("without-evaluation.safetensors")})
    save_partition(bare.partition, data.open().partition.training_only())
    return bare
