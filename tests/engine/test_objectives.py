"""Trainings whose clients minimise more than the task's loss: what is left of them without strength, and what leaks."""

import numpy as np
import pytest

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD, Adam
from fedser.defenses import Balance, Unlearning
from fedser.defenses.attribute_head import BIAS, WEIGHT
from fedser.defenses.head_fit import fitted_head
from fedser.engine import Cohort, Inline
from fedser.engine.client_states import OWN, ClientStates
from fedser.engine.training import Training
from fedser.errors import ConfigError, InputError
from fedser.models.activations import activations
from fedser.updates.store import UpdateStore
from fedser.updates.update import BESIDE

ENGINES = [
    Inline(),
    Cohort(workers=1, method="single", device="cpu"),
    Cohort(workers=1, method="stacked", device="cpu"),
]
COHORT = ENGINES[2]
ALGORITHMS = {
    "fedsgd": FedSGD(client_fraction=1.0),
    "fedavg-sgd": FedAvg(client_fraction=1.0, learning_rate=0.05, optimizer=SGD(weight_decay=0.01)),
    "fedavg-adam": FedAvg(client_fraction=1.0, optimizer=Adam()),
}


def layers(arrays):
    return {name: array for name, array in arrays.items() if not name.startswith(BESIDE)}


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(("against", "head"), [("reversal", "shared"), ("confusion", "public"), ("reversal", "local")])
def test_without_strength_the_layers_learn_what_they_would(world, run, tmp_path, engine, algorithm, against, head):
    defense = Unlearning(strength=0.0, against=against, head=head)
    expected = run(engine, world(algorithm=ALGORITHMS[algorithm]), tmp_path / "undefended").state
    found = run(engine, world(algorithm=ALGORITHMS[algorithm], defenses=(defense,)), tmp_path / "defended").state
    assert [row.as_dict() for row in found.history] == [row.as_dict() for row in expected.history]
    for name, array in layers(found.model).items():
        assert np.abs(array - expected.model[name]).max() <= 1e-7


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
def test_with_it_the_layers_learn_otherwise_and_the_head_learns_the_attribute(world, run, tmp_path, engine):
    made = world(algorithm=ALGORITHMS["fedsgd"], defenses=(Unlearning(strength=0.5, head="shared"),))
    models = {}
    for strength in (0.0, 0.5):
        made = world(algorithm=ALGORITHMS["fedsgd"], defenses=(Unlearning(strength=strength, head="shared"),))
        models[strength] = run(engine, made, tmp_path / str(strength)).state.model
    assert not np.allclose(models[0.0]["dense1.weight"], models[0.5]["dense1.weight"], rtol=0, atol=1e-5)
    start = made.simulation.network(12).get_parameter(BIAS).detach().numpy()
    assert not np.allclose(models[0.0][BIAS], start)


def test_the_update_of_a_shared_head_says_the_attribute_at_once(world, run, tmp_path):
    """Of one FedSGD client the head's bias has the gradient p - e_a: its only negative entry is the value."""
    made = world(
        sizes=[9, 4, 12, 7, 5, 8],
        algorithm=FedSGD(client_fraction=1.0),
        defenses=(Unlearning(strength=0.5, head="shared"),),
    )
    run(Cohort(workers=1, device="cpu"), made, tmp_path)
    data = made.data.open()
    for seen in UpdateStore(tmp_path / "updates").read():
        for update in seen.updates:
            (value,) = set(data.attributes[data.train_rows(update.client)])
            bias = update.arrays[BIAS]
            assert np.flatnonzero(bias < 0).tolist() == [value] and bias.sum() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_head_is_fitted_by_the_server_and_moved_by_nobody(world, run, tmp_path, algorithm):
    defense = Unlearning(strength=0.5, refit_every=2)
    made, seen = world(algorithm=ALGORITHMS[algorithm], defenses=(defense,), rounds=4), []
    left = run(COHORT, made, tmp_path, seen.append)
    data, heads = made.data.open(), [entry.broadcast for entry in seen]
    rows = np.sort(data.partition.train.rows)
    for number in (0, 2):  # of the models before rounds 1 and 3
        hidden = activations(heads[number], data.x[rows], 2)
        weight, bias = fitted_head(hidden, data.attributes[rows], 2)
        assert np.array_equal(heads[number][WEIGHT], weight) and np.array_equal(heads[number][BIAS], bias)
        assert np.array_equal(heads[number + 1][WEIGHT], weight)
    assert not np.array_equal(heads[0][WEIGHT], heads[2][WEIGHT])
    assert not np.array_equal(left.state.model[WEIGHT], heads[2][WEIGHT])
    still = 0 if made.simulation.algorithm.sends == "gradient" else None
    for entry in seen:
        for update in entry.updates:
            expected = entry.broadcast[WEIGHT] if still is None else np.zeros_like(entry.broadcast[WEIGHT])
            assert np.array_equal(update.arrays[WEIGHT], expected)


@pytest.mark.parametrize("head", ["local", "shared"])
def test_no_other_head_is_fitted(world, run, tmp_path, head):
    made, seen = world(defenses=(Unlearning(strength=0.5, head=head),)), []
    run(COHORT, made, tmp_path, seen.append)
    drawn = made.simulation.network(12).get_parameter(WEIGHT).detach().numpy()
    assert np.array_equal(seen[0].broadcast[WEIGHT], drawn)


def test_public_data_without_a_value_are_refused(world, run, tmp_path):
    made = world(defenses=(Unlearning(strength=0.5),))
    np.save(made.data.attributes, np.zeros_like(np.load(made.data.attributes)))
    error = run(COHORT, made, tmp_path).error
    assert isinstance(error, InputError) and "nobody in the public data is male: no head learns it" in str(error)


def test_a_head_of_its_own_learns_a_clients_one_value_by_heart(world, run, tmp_path):
    """What it is trained against soon says nothing: the head is right whatever the embedding holds."""
    algorithm = FedAvg(client_fraction=1.0, learning_rate=0.5, epochs=5, optimizer=SGD())
    made = world(algorithm=algorithm, defenses=(Unlearning(strength=0.5, head="local"),), rounds=6)
    left = run(COHORT, made, tmp_path)
    assert left.error is None
    states = ClientStates(tmp_path / "clients")
    data = made.data.open()
    for name in data.clients:
        (value,) = set(data.attributes[data.train_rows(name)].tolist())
        head = states.before(name, 7)[OWN]
        hidden = activations(left.state.model, data.x[data.train_rows(name)], 2)
        logits = hidden @ head[WEIGHT].T + head[BIAS]
        assert (logits.argmax(axis=1) == value).all() and head[BIAS].argmax() == value


def test_two_of_its_own_are_the_same_before_the_first_round(world):
    """And another training's are others, as its layers are."""
    heads = [
        world(**change, defenses=(Unlearning(strength=0.5),)).simulation.network(12) for change in ({}, {"seed": 9})
    ]
    assert not np.array_equal(*(head.get_parameter(WEIGHT).detach().numpy() for head in heads))


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_balanced_batches_are_the_same_in_every_engine(world, run, tmp_path, engine, algorithm):
    made = world(algorithm=ALGORITHMS[algorithm], defenses=(Balance(),), rounds=2)
    expected, found = run(Inline(), made, tmp_path / "inline").state, run(engine, made, tmp_path / "other").state
    plain = run(engine, world(algorithm=ALGORITHMS[algorithm], rounds=2), tmp_path / "plain").state
    apart = [np.abs(array - expected.model[name]).max() for name, array in found.model.items()]
    assert max(apart) < 1e-5 < max(np.abs(array - plain.model[name]).max() for name, array in found.model.items())


def test_a_server_without_public_data_is_refused(world):
    made = world(defenses=(Unlearning(strength=0.5),))
    with pytest.raises(
        ConfigError, match=r"^training private-0: the server learns from public data \(unlearning\), and"
    ):
        Training(made.simulation, made.data)


def test_data_that_do_not_say_the_attribute_are_refused(world):
    made = world(defenses=(Unlearning(strength=0.5, head="shared"),))
    with pytest.raises(ConfigError) as caught:
        Training(made.simulation, made.data.model_copy(update={"attributes": None}))
    assert str(caught.value) == (
        "training private-0: clients need to know the attribute of their rows (unlearning), but the training's data"
        " have none"
    )


def test_attributes_of_other_rows_are_refused(world):
    made = world(defenses=(Unlearning(strength=0.5, head="shared"),))
    np.save(made.data.attributes, np.zeros(3, np.int64))
    with pytest.raises(InputError, match=r"attributes\.npy: 3 attributes, but .*x\.npy has \d+ rows$"):
        made.data.open()


def test_two_objectives_are_refused(world):
    with pytest.raises(ValueError, match="unlearning and unlearning each add to what clients minimise; keep one"):
        world(defenses=(Unlearning(strength=0.5, head="shared"), Unlearning(strength=0.1)))
