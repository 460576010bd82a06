"""Models of frames in every engine: the same weights, scores and captures, and what cannot be is refused before."""

import numpy as np
import pytest
from pydantic import ValidationError

from fedser.algorithms import FedAvg
from fedser.algorithms.optimizer import SGD
from fedser.algorithms.plateau import Plateau
from fedser.defenses import (
    DPSGD,
    Bottleneck,
    Clip,
    Dropout,
    FreezeFirst,
    Noise,
    PrivateFirst,
    RandomFirst,
    Soteria,
    TopK,
    Unlearning,
)
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.cohort import cost
from fedser.engine.cohort.compute import InlineWarning
from fedser.engine.inline import ModuleLearner
from fedser.engine.predicted import held_out_predictions, held_out_probabilities
from fedser.errors import InputError
from fedser.models import GRU, LSTM, MLP, AttentionCNN
from fedser.tasks import Detection
from fedser.updates.store import UpdateStore

SMALL = {
    "gru": GRU(width=3, attention=3, hidden=(5,)),
    "lstm": LSTM(width=3, bidirectional=False, pooling="self", attention=3, hidden=(5,)),
    "attention_cnn": AttentionCNN(convolutions=2, channels=2, kernel_size=3, pool=(2, 2), attention=3, hidden=(5, 5)),
}
SETTINGS = {
    "fedsgd": {},
    "fedavg": {"algorithm": FedAvg(client_fraction=0.6, learning_rate=0.05, optimizer=SGD())},
    "defended": {"defenses": (Dropout(rate=0.5), TopK(share=0.4), Clip(norm=0.5), Noise(sigma=0.01))},
    "detection": {"task": Detection(classes=("low", "high"))},
    "first-layer": {"algorithm": FedAvg(client_fraction=0.6), "defenses": (RandomFirst(),)},
}
VISIBLY = pytest.mark.filterwarnings("ignore::fedser.engine.cohort.compute.InlineWarning")


@VISIBLY
@pytest.mark.parametrize("model", SMALL)
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_engine_leaves_the_same(world, run, tmp_path, model, setting):
    made = world(model=SMALL[model], rounds=3, **SETTINGS[setting])
    if setting == "detection":
        np.save(made.data.labels, np.load(made.data.labels) // 2)
    expected = run(Inline(), made, tmp_path / "inline")
    assert expected.error is None and expected.state.round == 3
    for engine in (Cohort(workers=1), Flower(grid="in_process", nodes=2)):
        found = run(engine, made, tmp_path / engine.name)
        assert found.error is None and found.files == expected.files and found.state.history == expected.state.history


@VISIBLY
def test_it_is_trained_and_not_only_run(world, run, tmp_path):
    adam = FedAvg(client_fraction=1.0, learning_rate=0.02, batch_size=8)
    made = world(model=GRU(width=6, hidden=(8,), dropout=(0.0,)), rounds=8, algorithm=adam)
    history = run(Inline(), made, tmp_path).state.history
    assert history[-1].test_uar > 0.8 and history[-1].train_loss < 0.1 < history[0].train_loss


def test_cohort_says_that_it_trains_as_inline_does(world, run, tmp_path):
    with pytest.warns(InlineWarning, match="model gru has no passes of its own"):
        Cohort(workers=1).clients(*opened(world(model=SMALL["gru"])))


@VISIBLY
def test_every_layer_is_captured(world, run, tmp_path):
    run(Inline(), world(model=SMALL["gru"], rounds=2), tmp_path)
    store = UpdateStore(tmp_path / "updates")
    assert store.layers[:4] == ("forward1.input", "forward1.state", "backward1.input", "backward1.state")
    first = store.rows()[0]
    assert store.arrays(first.round, first.client, ("forward1.input.weight",))["forward1.input.weight"].any()


@VISIBLY
def test_what_it_says_of_those_held_out_gives_its_scores(world, run, tmp_path):
    made = world(model=SMALL["lstm"], rounds=2)
    state = run(Inline(), made, tmp_path).state
    simulation, data = opened(made)
    labels = held_out_predictions(simulation, data, state.model)
    assert (labels == data.y[data.partition.test]).mean() == state.history[-1].test_accuracy
    assert np.allclose(held_out_probabilities(simulation, data, state.model).sum(axis=1), 1)


@VISIBLY
@pytest.mark.parametrize(
    "defenses",
    [
        (FreezeFirst(from_round=2),),
        (PrivateFirst(),),
        (DPSGD(noise_multiplier=0.1, clip=0.5),),
        (Unlearning(strength=0.5, head="local"),),
        (Unlearning(strength=0.5, head="shared", against="confusion"),),
    ],
    ids=repr,
)
@pytest.mark.parametrize("model", SMALL)
def test_defenses_of_any_layer_and_of_the_embedding_work(world, run, tmp_path, model, defenses):
    made = world(model=SMALL[model], rounds=2, defenses=defenses)
    plain = run(Inline(), world(model=SMALL[model], rounds=2, where="plain"), tmp_path / "plain").state.model
    found = run(Cohort(workers=1), made, tmp_path / "found")
    assert found.error is None
    assert any(not np.array_equal(found.state.model[name], array) for name, array in plain.items())


@pytest.mark.parametrize(
    ("defense", "said"),
    [
        (Soteria(share=0.5), "prunes units of a first dense layer, but gru reads frames"),
        (Bottleneck(strength=0.5), "its critic reads an input as one vector, but gru reads frames"),
        (Unlearning(strength=0.5), "model gru reads frames .choose head: local or shared"),
    ],
    ids=repr,
)
def test_defenses_of_vectors_are_refused(world, defense, said):
    with pytest.raises(ValidationError, match=said):
        world(model=SMALL["gru"], defenses=(defense,))


@VISIBLY
@pytest.mark.parametrize("model", [SMALL["gru"], MLP(hidden=(8, 6))], ids=repr)
def test_a_client_that_watches_its_loss_stops_early_in_every_engine(world, run, tmp_path, model):
    """And sends the model of its best epoch; with a gain that no loss reaches, that of the first one counts once."""
    watching = FedAvg(client_fraction=1.0, epochs=30, learning_rate=0.01, plateau=Plateau(gain=10.0, decays=1))
    never = FedAvg(client_fraction=1.0, epochs=30, learning_rate=0.01)
    made = world(model=model, rounds=1, algorithm=watching, sizes=(30, 20))
    expected = run(Inline(), made, tmp_path / "inline")
    for engine in (Cohort(workers=1), Flower(grid="in_process", nodes=2)):
        found = run(engine, made, tmp_path / engine.name)
        assert found.error is None and found.files == expected.files
    steps = count_steps(made), count_steps(world(model=model, rounds=1, algorithm=never, sizes=(30, 20), where="all"))
    assert steps == (2 * 5 + 1 * 5, 2 * 30 + 1 * 30), (
        "five epochs: the first, and two for each of two runs without gain"
    )


def count_steps(made):
    """Steps of all clients of a first round: of two batches in an epoch, and of one."""
    simulation, data = opened(made)
    learner, steps = ModuleLearner(simulation, data), []
    learner._task = Counting(simulation.task, steps)
    works = list(Inline().clients(simulation, data).works(1, list(data.clients)))
    list(learner.learn(simulation.start(data.x.shape[1]), works))
    return len(steps)


class Counting:
    """A task that notes each step."""

    def __init__(self, task, steps):
        self._task, self._steps = task, steps

    def loss(self, *given):
        self._steps.append(1)
        return self._task.loss(*given)

    def mean_loss(self, *given):
        return self._task.mean_loss(*given)


def test_a_frame_costs_what_a_vector_does(world):
    frames, vectors = world(model=SMALL["gru"], where="frames"), world(model=MLP(hidden=(8,), dropout=(0.0,)))
    lengths = np.diff(np.load(frames.data.offsets))
    assert cost.passes(frames.data.open()) == lengths.mean() and cost.passes(vectors.data.open()) == 1


def test_offsets_that_do_not_fit_are_refused(world):
    data = world(model=SMALL["gru"]).data
    np.save(data.offsets, np.load(data.offsets)[:-1])
    with pytest.raises(InputError, match=r"offsets\.npy: .* frames, but there are"):
        data.open()


def opened(world):
    return world.simulation, world.data.open()
