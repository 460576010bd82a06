"""What both sides of the CNN bench train: the network of each layer, on the same random updates from a store."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from attacks.attack import silent
from attacks.cnn.attack import Cnn
from attacks.cnn.layer_data import LayerData
from attacks.cnn.network import LayerNetwork
from attacks.cnn.pools import Pools, Shape, matrix
from attacks.cnn.standard import standard
from attacks.cnn.training import Lesson, drawn_order
from attacks.update_set import UpdateSet
from fedser.metrics.recall import Ints
from fedser.models.mlp import MLP
from fedser.models.parameters import parameters
from fedser.seeds import Stream
from fedser.updates.public import PublicParameters
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Arrays, Round, Update


@dataclass(frozen=True)
class CnnSetting:
    """The paper's attacker on an MLP of these widths; a pass trains on whole ``batches`` and validates on one."""

    features: int = 988
    hidden: tuple[int, ...] = (256, 128)
    batches: int = 3
    repetitions: int = 5
    seed: int = 1
    cnn: Cnn = field(default_factory=lambda: Cnn(threads=1, device="cpu"))

    @property
    def train(self) -> int:
        """The updates of a training pass."""
        return self.batches * self.cnn.batch_size

    @property
    def updates(self) -> int:
        """All of them."""
        return self.train + self.cnn.batch_size


@dataclass(frozen=True)
class CnnJob:
    """One layer's network, its updates and how it learns; ``stream`` draws orders and dropout."""

    cnn: Cnn
    lesson: Lesson
    shape: Shape
    pools: Pools
    stream: Stream

    def network(self) -> LayerNetwork:
        """The initial network, the same on every side."""
        cnn, init = self.cnn, self.stream("init").torch()
        return LayerNetwork(self.shape, cnn.convolutions, self.pools, cnn.hidden, 2, cnn.dropout, init)

    def order(self, number: int) -> Ints:
        """The training updates in the order of epoch ``number``."""
        return drawn_order(self.lesson, self.stream("epoch", number))


def jobs(setting: CnnSetting, folder: Path) -> list[CnnJob]:
    """A job for each layer, input side first; their updates are written to ``folder``."""
    updates = UpdateSet.of([_store(setting, folder)])
    return [_job(setting, updates, layer) for layer in setting.cnn.needs(updates.public.parameters)]


def _job(setting: CnnSetting, updates: UpdateSet, layer: str) -> CnnJob:
    cnn, shapes = setting.cnn, updates.public.parameters
    data = LayerData(updates, layer, standard(updates, layer, cnn.epsilon, silent))
    everyone = np.arange(len(updates))
    lesson = Lesson(layer, data, everyone % 2, everyone[: setting.train], everyone[setting.train :])
    pools, stream = cnn.pools_of(layer, shapes), Stream(setting.seed)("layer", layer)
    return CnnJob(cnn, lesson, matrix(layer, shapes), pools, stream)


def _store(setting: CnnSetting, folder: Path) -> UpdateStore:
    """Gradients of noise, one a round, as float32 arrays of the model's shapes."""
    model = parameters(MLP(hidden=setting.hidden).build(setting.features, 4, torch.Generator().manual_seed(0)))
    public = PublicParameters(
        training="bench",
        sends="gradient",
        model={},
        algorithm={},
        features=setting.features,
        classes=("neutral", "happy", "sad", "angry"),
        rounds=setting.updates,
        parameters={name: array.shape for name, array in model.items()},
    )
    write, draws = StoreWriter(folder, public, Capture()).begin(), Stream(setting.seed)("updates").numpy()
    for number in range(1, public.rounds + 1):
        write(Round(number, model, (Update(number, "client-0000", 20, _noise(model, draws)),)))
    return UpdateStore(folder)


def _noise(model: Arrays, draws: np.random.Generator) -> Arrays:
    return {name: draws.standard_normal((*array.shape, 1)).astype(np.float32)[..., 0] for name, array in model.items()}
