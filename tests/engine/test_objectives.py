"""Trainings whose clients minimise more than the task's loss: what is left of them without strength, and what leaks."""

import numpy as np
import pytest

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD, Adam
from fedser.defenses import Unlearning
from fedser.defenses.attribute_head import BIAS
from fedser.engine import Cohort, Inline
from fedser.engine.training import Training
from fedser.errors import ConfigError, InputError
from fedser.updates.store import UpdateStore
from fedser.updates.update import BESIDE

ENGINES = [
    Inline(),
    Cohort(workers=1, method="single", device="cpu"),
    Cohort(workers=1, method="stacked", device="cpu"),
]
ALGORITHMS = {
    "fedsgd": FedSGD(client_fraction=1.0),
    "fedavg-sgd": FedAvg(client_fraction=1.0, learning_rate=0.05, optimizer=SGD(weight_decay=0.01)),
    "fedavg-adam": FedAvg(client_fraction=1.0, optimizer=Adam()),
}


def layers(arrays):
    return {name: array for name, array in arrays.items() if not name.startswith(BESIDE)}


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("against", ["reversal", "confusion"])
def test_without_strength_the_layers_learn_what_they_would(world, run, tmp_path, engine, algorithm, against):
    defense = Unlearning(strength=0.0, against=against)
    expected = run(engine, world(algorithm=ALGORITHMS[algorithm]), tmp_path / "undefended").state
    found = run(engine, world(algorithm=ALGORITHMS[algorithm], defenses=(defense,)), tmp_path / "defended").state
    assert [row.as_dict() for row in found.history] == [row.as_dict() for row in expected.history]
    for name, array in layers(found.model).items():
        assert np.abs(array - expected.model[name]).max() <= 1e-7


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
def test_with_it_the_layers_learn_otherwise_and_the_head_learns_the_attribute(world, run, tmp_path, engine):
    made = world(algorithm=ALGORITHMS["fedsgd"], defenses=(Unlearning(strength=0.5),))
    models = {}
    for strength in (0.0, 0.5):
        made = world(algorithm=ALGORITHMS["fedsgd"], defenses=(Unlearning(strength=strength),))
        models[strength] = run(engine, made, tmp_path / str(strength)).state.model
    assert not np.allclose(models[0.0]["dense1.weight"], models[0.5]["dense1.weight"], rtol=0, atol=1e-5)
    start = made.simulation.network(12).get_parameter(BIAS).detach().numpy()
    assert not np.allclose(models[0.0][BIAS], start)


def test_the_update_of_a_shared_head_says_the_attribute_at_once(world, run, tmp_path):
    """Of one FedSGD client the head's bias has the gradient p - e_a: its only negative entry is the value."""
    made = world(sizes=[9, 4, 12, 7, 5, 8], algorithm=FedSGD(client_fraction=1.0), defenses=(Unlearning(strength=0.5),))
    run(Cohort(workers=1, device="cpu"), made, tmp_path)
    data = made.data.open()
    for seen in UpdateStore(tmp_path / "updates").read():
        for update in seen.updates:
            (value,) = set(data.attributes[data.train_rows(update.client)])
            bias = update.arrays[BIAS]
            assert np.flatnonzero(bias < 0).tolist() == [value] and bias.sum() == pytest.approx(0, abs=1e-6)


def test_data_that_do_not_say_the_attribute_are_refused(world):
    made = world(defenses=(Unlearning(strength=0.5),))
    with pytest.raises(ConfigError) as caught:
        Training(made.simulation, made.data.model_copy(update={"attributes": None}))
    assert str(caught.value) == (
        "training private-0: clients need to know the attribute of their rows (unlearning), but the training's data"
        " have none"
    )


def test_attributes_of_other_rows_are_refused(world):
    made = world(defenses=(Unlearning(strength=0.5),))
    np.save(made.data.attributes, np.zeros(3, np.int64))
    with pytest.raises(InputError, match=r"attributes\.npy: 3 attributes, but .*x\.npy has \d+ rows$"):
        made.data.open()


def test_two_objectives_are_refused(world):
    with pytest.raises(ValueError, match="unlearning and unlearning each add to what clients minimise; keep one"):
        world(defenses=(Unlearning(strength=0.5), Unlearning(strength=0.1)))
