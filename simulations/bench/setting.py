"""The training that is timed: random data, in the shape of a fold of CREMA-D on emobase (Feng et al. 2021, section 5).

72 clients, of whom 7 train in a round, with 42 training utterances on average; a fifth of what a client holds is
kept for validation, and there is a quarter as many test rows as clients' rows.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import AfterValidator, Field

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

T = TypeVar("T")

DROPOUT = (0.2, 0.2)
TASK = Classification()
CHUNK = 2**24
"""Numbers that are drawn and written at once."""


def distinct(values: tuple[T, ...]) -> tuple[T, ...]:
    """The values as they are; raises ValueError where one is given twice, which no table could tell apart."""
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"given more than once: {', '.join(twice)}")
    return values


Numbers = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1), AfterValidator(distinct)]
"""Different numbers of clients or trainings, each of them a case."""

Clock = Literal["wall", "cpu"]
"""Seconds that pass, or seconds of a core that this process takes (steadier where others share the machine)."""


class Sizes(Frozen):
    """Sizes of the timed training, whatever the number of clients."""

    utterances: int = Field(42, ge=2, description="training utterances of a client, on average; ragged by 40 %")
    features: int = Field(988, ge=1)
    hidden: tuple[int, int] = (256, 128)
    batch_size: int = Field(20, ge=1)
    seed: int = Field(1, ge=0)

    @property
    def widths(self) -> tuple[int, ...]:
        """The model's layers from its inputs to its classes."""
        return self.features, *self.hidden, len(TASK.classes)

    def of(self, clients: int, a_round: int) -> "Setting":
        """These sizes with so many clients, of whom ``a_round`` train in a round."""
        sizes = {name: getattr(self, name) for name in Sizes.model_fields}
        return Setting(**sizes, clients=clients, fraction=a_round / clients)


class Setting(Sizes):
    """Sizes of the timed training."""

    clients: int = Field(72, ge=1)
    fraction: float = Field(0.1, gt=0, le=1, description="share of the clients that train in a round")

    @property
    def stream(self) -> Stream:
        """The root of the bench's randomness."""
        return Stream(self.seed)("bench")

    @property
    def fedsgd(self) -> FedSGD:
        """FedSGD on these sizes."""
        return FedSGD(batch_size=self.batch_size, client_fraction=self.fraction)

    @property
    def fedavg(self) -> FedAvg:
        """FedAvg with Adam, as in the paper's runs."""
        return FedAvg(batch_size=self.batch_size, client_fraction=self.fraction)

    @property
    def algorithms(self) -> tuple[AlgorithmConfig, ...]:
        """Both."""
        return self.fedsgd, self.fedavg

    def simulation(
        self, algorithm: AlgorithmConfig, rounds: int, dropout: tuple[float, float] = DROPOUT, name: str = "bench"
    ) -> Simulation:
        """The training with one algorithm."""
        model = MLP(hidden=self.hidden, dropout=dropout)
        return Simulation(training=name, seed=self.seed, task=TASK, model=model, algorithm=algorithm, rounds=rounds)

    def partition(self, held_out: bool = True) -> Partition:
        """Ragged clients, and test rows unless nothing is ``held_out``, over consecutive rows of the matrix."""
        spread = round(0.4 * self.utterances)
        sizes = self.stream("sizes").numpy().integers(-spread, spread, size=self.clients, endpoint=True)
        train = self.utterances + sizes
        validation = np.maximum(1, train // 4) if held_out else np.zeros_like(train)
        held = Ragged.cut(np.arange((train + validation).sum()), train + validation)
        trains = np.arange(len(held.rows)) - held.offsets[held.owners] < train[held.owners]
        test = len(held.rows) + np.arange(max(1, len(held.rows) // 4) if held_out else 0)
        return Partition(Names.numbered(self.clients), held.where(trains), held.where(~trains), test)

    @property
    def text(self) -> str:
        """The sizes in words."""
        return (
            f"{self.clients:,} clients, {self.fedavg.cohort_size(self.clients):,} a round, about {self.utterances}"
            f" utterances a client, ragged; {'-'.join(map(str, self.widths))}, batch {self.batch_size}"
        )


def write_data(setting: Setting, folder: Path, held_out: bool = True) -> TrainingData:
    """Normal features around a weak centre per class, and uniform labels, as files in ``folder``."""
    partition, generator = setting.partition(held_out), setting.stream("data").numpy()
    rows = partition.extent
    centres = 0.3 * generator.standard_normal((len(TASK.classes), setting.features), dtype=np.float32)
    y = generator.integers(0, len(TASK.classes), size=rows)
    data = TrainingData(features=folder / "x.npy", labels=folder / "y.npy", partition=folder / "partition.safetensors")
    x = np.lib.format.open_memmap(data.features, "w+", np.float32, (rows, setting.features))
    step = max(1, CHUNK // setting.features)
    for start in range(0, rows, step):
        labels = y[start : start + step]
        noise = generator.standard_normal((len(labels), setting.features), dtype=np.float32)
        x[start : start + step] = noise + centres[labels]
    x.flush()
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
