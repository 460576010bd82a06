"""Small worlds to attack: federated trainings of a 24-16-8-4 MLP whose inputs may show the speaker's attribute."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.models import MLP
from fedser.models.parameters import gradients, load, parameters
from fedser.seeds import Stream
from fedser.updates.public import PublicParameters
from fedser.updates.store import Capture, StoreWriter, UpdateStore
from fedser.updates.update import Array, Arrays, Round, Update

WIDTH, EMOTIONS, BATCH = 24, 4, 8


def public_of(training: str, arrays: Arrays, sends: str = "gradient", **algorithm: object) -> PublicParameters:
    """The public parameters of a training with such arrays."""
    return PublicParameters.model_validate_json(
        PublicParameters.model_construct(
            training=training,
            sends=sends,
            model={"name": "mlp"},
            algorithm={"name": "test", **algorithm},
            features=WIDTH,
            classes=("neutral", "happy", "sad", "angry"),
            rounds=10,
            parameters={name: array.shape for name, array in arrays.items()},
        ).model_dump_json()
    )


@dataclass(frozen=True)
class World:
    """Labelled shadow updates, private updates, and the truth about these."""

    shadow: Shadow
    private: UpdateSet
    truth: np.ndarray


@dataclass(frozen=True)
class Population:
    """Speakers of whom each has a value of the attribute and a mean input of their own."""

    strength: float
    values: int
    speakers: int
    planted: str = "mean"

    def value(self, speaker: int) -> int:
        return speaker % self.values

    def inputs(self, kind: str, speaker: int, generator: np.random.Generator) -> Array:
        """BATCH inputs; the attribute is ``planted`` with ``strength`` in one of five places.

        It moves dimension ``value`` (mean), or scales it (scale); it scales them all (spread), moves one that the
        emotion follows (emotions), or moves dimension ``value`` up or down as the emotion is (contrast).
        """
        own = 0.3 * Stream(1)("speaker", kind, speaker).numpy().standard_normal(WIDTH)
        x = generator.standard_normal((BATCH, WIDTH)) + own
        if self.planted == "mean":
            x[:, self.value(speaker)] += self.strength
        elif self.planted == "spread":
            x *= 1 + self.strength * self.value(speaker)
        elif self.planted == "scale":
            x[:, self.value(speaker)] *= self.strength
        elif self.planted == "contrast":
            x[:, self.value(speaker)] += self.strength * np.sign(x[:, -1])
        else:
            x[:, -1] += self.strength * (self.value(speaker) - (self.values - 1) / 2)
        return x.astype(np.float32)


def train(
    folder: Path,
    kind: str,
    number: int,
    people: Population,
    rounds: int,
    start: Stream | None,
    hidden: tuple[int, int],
    withheld: bool = False,
) -> UpdateStore:
    """A federated training by gradients from a model of its own, or from that of ``start``, its updates captured.

    Where the first layer is ``withheld``, nothing of it is sent, and it stays as it is.
    """
    stream = Stream(5)(kind, number)
    initial = (start or stream("init")).torch()
    network = MLP(hidden=hidden, dropout=(0.2, 0.2)).build(WIDTH, EMOTIONS, initial)
    model = parameters(network)
    store = StoreWriter(folder, public_of(f"{kind}-{number}", model), Capture()).begin()
    for current in range(1, rounds + 1):
        updates = []
        for speaker in range(people.speakers):
            generator = stream("round", current, speaker).numpy()
            x = torch.from_numpy(people.inputs(kind, speaker, generator))
            load(network, model)
            logits = network(x, stream("masks", current, speaker).torch())
            labels = torch.from_numpy((x[:, -1] > 0).numpy().astype(np.int64) + 2 * (x[:, -2] > 0).numpy())
            torch.nn.functional.cross_entropy(logits, labels).backward()
            found = gradients(network)
            sent = {name: 0 * each if withheld and "dense1" in name else each for name, each in found.items()}
            updates.append(Update(current, f"client-{speaker:04d}", BATCH, sent))
        store(Round(current, model, tuple(updates)))
        model = {k: (v - 0.1 * np.mean([u.arrays[k] for u in updates], axis=0)) for k, v in model.items()}
    return UpdateStore(folder)


@pytest.fixture(scope="session")
def make_world(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """World(strength, values, speakers, rounds): two shadow trainings and a private one, differently initialised.

    ``planted`` says where the attribute shows, ``hidden`` how wide the layers are; with ``common`` all trainings start
    from the same model. Of a ``withheld`` first layer nothing is sent.
    """

    def make(
        strength: float = 2.0,
        values: int = 2,
        speakers: int = 20,
        rounds: int = 5,
        planted: str = "mean",
        common: bool = False,
        hidden: tuple[int, int] = (16, 8),
        withheld: bool = False,
    ) -> World:
        folder = tmp_path_factory.mktemp("world")
        people, start = Population(strength, values, speakers, planted), Stream(6) if common else None
        stores = [train(folder / f"s{n}", "shadow", n, people, rounds, start, hidden, withheld) for n in range(2)]
        updates = UpdateSet.of(stores)
        who = [int(row.client.removeprefix("client-")) for row in updates.rows]
        labels, names = tuple(map(people.value, who)), tuple(f"shadow speaker {speaker}" for speaker in who)
        shadow = Shadow(updates, labels, names, tuple("abcdef"[:values]))
        private = UpdateSet.of([train(folder / "p", "private", 0, people, rounds, start, hidden, withheld)])
        truth = np.array([people.value(int(row.client.removeprefix("client-"))) for row in private.rows])
        return World(shadow, private, truth)

    return make


@pytest.fixture(scope="session")
def world(make_world: Callable[..., World]) -> World:
    """Twenty speakers, a plain attribute of two values."""
    return make_world()


@pytest.fixture(scope="session")
def public() -> Callable[..., PublicParameters]:
    """public(training, arrays, sends, **algorithm): the public parameters of a training with such arrays."""
    return public_of
