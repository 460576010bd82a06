"""Small trainings whose members are known: an overfitted network, and one that never saw the candidates."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from attacks.membership.candidates import Candidates
from attacks.membership.seen import Mask, Seen, Shadows
from fedser.models import MLP
from fedser.models.parameters import gradients, load, parameters
from fedser.seeds import Stream
from fedser.updates.public import PublicParameters
from fedser.updates.store import Capture, StoreWriter
from fedser.updates.update import Arrays, Round, Update

WIDTH, RECORDS, SPEAKERS, CLASSES = 12, 96, 12, ("neutral", "happy", "sad", "angry")
MODEL = MLP(hidden=(24, 16), dropout=(0.0, 0.0))


@dataclass(frozen=True)
class World:
    """Private candidates, the training that is attacked, who took part, and the adversary's own trainings."""

    candidates: Candidates
    target: Seen
    trained: Mask
    shadows: Shadows


def make_world(folder: Path, sends: str = "gradient", members: bool = True) -> World:
    """Records with labels drawn at random, so that nothing but memory can fit them.

    Half of each member speaker's records are trained on, as one client per speaker; the last three of twelve speakers
    take no part. Without ``members`` the target learns from other people's records, and no candidate is a member.
    """
    private, shadow = (_records(Stream(2)(who)) for who in ("private", "shadow"))
    trained = _members()
    stranger = _records(Stream(2)("stranger"))
    target = _train(folder / "target", private if members else stranger, trained, sends)
    shifted = [np.roll(trained, 8 * number) for number in range(3)]
    own = [_train(folder / f"shadow-{number}", shadow, mask, sends) for number, mask in enumerate(shifted)]
    return World(private, target, trained, Shadows(shadow, tuple(own), np.array(shifted)))


def _records(stream: Stream) -> Candidates:
    generator = stream.numpy()
    x = generator.standard_normal((RECORDS, WIDTH)).astype(np.float32)
    return Candidates(x, generator.integers(0, len(CLASSES), RECORDS), np.arange(RECORDS) * SPEAKERS // RECORDS)


def _members() -> Mask:
    heard = np.arange(RECORDS) * SPEAKERS // RECORDS < SPEAKERS - 3
    return heard & (np.arange(RECORDS) % 2 == 0)


def _train(folder: Path, people: Candidates, trained: Mask, sends: str, rounds: int = 60) -> Seen:
    """Full batches, no dropout: by gradients, or by models after one local step."""
    stream = Stream(4)(folder.name)
    network = MODEL.build(WIDTH, len(CLASSES), stream.torch())
    model = parameters(network)
    public = _public(folder.name, model, sends)
    store = StoreWriter(folder, public, Capture(every=6)).begin()
    clients = [np.flatnonzero(trained & (people.speaker == speaker)) for speaker in np.unique(people.speaker[trained])]
    for number in range(1, rounds + 1):
        sent = [_gradient(network, model, people, rows) for rows in clients]
        after = [{name: model[name] - 1.0 * array for name, array in one.items()} for one in sent]
        shown = sent if sends == "gradient" else after
        updates = [Update(number, f"c{place}", len(clients[place]), one) for place, one in enumerate(shown)]
        store(Round(number, model, tuple(updates)))
        model = {name: np.mean([one[name] for one in after], axis=0) for name in model}
    return Seen(public, model, folder)


def _gradient(network: torch.nn.Module, model: Arrays, people: Candidates, rows: np.ndarray) -> Arrays:
    load(network, model)
    loss = torch.nn.functional.cross_entropy(
        network(torch.from_numpy(people.x[rows])), torch.from_numpy(people.y[rows])
    )
    loss.backward()
    return gradients(network)


def _public(training: str, arrays: Arrays, sends: str) -> PublicParameters:
    return PublicParameters.model_validate_json(
        PublicParameters.model_construct(
            training=training,
            sends=sends,
            model=MODEL.model_dump(mode="json"),
            algorithm={"name": "test"},
            features=WIDTH,
            classes=CLASSES,
            rounds=60,
            parameters={name: array.shape for name, array in arrays.items()},
        ).model_dump_json()
    )


@pytest.fixture(scope="session", params=["gradient", "parameters"])
def overfitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A target that has learned its members by heart, from clients that send gradients, or models."""
    return make_world(tmp_path_factory.mktemp("overfitted"), request.param)


@pytest.fixture(scope="session")
def unrelated(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A target that has seen no candidate; ``trained`` says who would have been a member."""
    return make_world(tmp_path_factory.mktemp("unrelated"), members=False)
