"""What every algorithm owes its engine."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fedser.algorithms import AlgorithmConfig, FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD, Adam
from fedser.config import load as load_config
from fedser.errors import ConfigError
from fedser.models.parameters import load, parameters
from fedser.seeds import Stream
from fedser.tasks import Classification
from fedser.updates.update import Update
from simulations.families import members

ALGORITHMS = [FedSGD(), FedAvg(), FedAvg(epochs=3, optimizer=SGD(weight_decay=0.1)), FedAvg(batch_size=1)]
TASK, STREAM = Classification(), Stream(2)("client")


def local(algorithm, network, data, stream=STREAM):
    return algorithm.local(network, TASK, data, stream)


def same(one, other):
    return list(one) == list(other) and all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_every_algorithm_is_examined():
    assert {type(algorithm) for algorithm in ALGORITHMS} == set(members(AlgorithmConfig))


@pytest.mark.parametrize(
    ("betas", "place", "text"),
    [
        ("[0.9, 1.0]", "betas.1", "should be less than 1, got 1.0"),
        ("[1.5, 0.98]", "betas.0", "should be less than 1, got 1.5"),
        ("[-0.1, 0.98]", "betas.0", "should be greater than or equal to 0, got -0.1"),
    ],
)
def test_adams_betas_are_refused_at_their_line(tmp_path, betas, place, text):
    path = tmp_path / "adam.yaml"
    path.write_text(f"name: adam\nbetas: {betas}\n")
    with pytest.raises(ConfigError) as refused:
        load_config(Adam, path)
    assert str(refused.value) == f"{path}:2: {place}: {text}"


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
class TestEveryAlgorithm:
    def test_it_describes_itself_and_survives_json(self, algorithm):
        adapter = TypeAdapter(AlgorithmConfig)
        assert adapter.validate_json(adapter.dump_json(algorithm)) == algorithm
        assert algorithm.summary() and algorithm.source and algorithm.sends in {"gradient", "parameters"}

    @pytest.mark.parametrize("dropout", [0.0, 0.4])
    def test_the_stream_decides_everything(self, algorithm, network, data, dropout):
        torch.manual_seed(1)
        one = local(algorithm, network(dropout), data)
        torch.manual_seed(2)
        two = local(algorithm, network(dropout), data)
        other = local(algorithm, network(dropout), data, Stream(3)("client"))
        assert same(one.arrays, two.arrays) and one.loss == two.loss
        assert not same(one.arrays, other.arrays)

    def test_no_global_generator_is_touched(self, algorithm, network, data):
        torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].tobytes()
        local(algorithm, network(0.4), data)
        assert torch.equal(torch.get_rng_state(), torch_state)
        assert np.random.get_state()[1].tobytes() == numpy_state

    def test_it_sends_an_array_for_every_parameter(self, algorithm, network, data):
        sent, expected = local(algorithm, network(), data).arrays, parameters(network())
        assert {name: array.shape for name, array in sent.items()} == {k: v.shape for k, v in expected.items()}
        assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in sent.values())

    def test_what_is_sent_does_not_change_with_the_network(self, algorithm, network, data):
        used = network()
        sent = local(algorithm, used, data).arrays
        before = {name: array.copy() for name, array in sent.items()}
        load(used, parameters(network()))
        local(algorithm, used, data)
        assert same(sent, before)

    def test_a_resident_network_forgets_the_client_before(self, algorithm, network, data):
        used = network()
        local(algorithm, used, data, Stream(9)("another"))
        load(used, parameters(network()))
        assert same(local(algorithm, used, data).arrays, local(algorithm, network(), data).arrays)

    def test_the_clients_data_stays_as_it_is(self, algorithm, network, data):
        x, y = data.x.tobytes(), data.y.tobytes()
        local(algorithm, network(0.4), data)
        assert (data.x.tobytes(), data.y.tobytes()) == (x, y)

    def test_an_update_is_what_the_server_formula_takes(self, algorithm, network, data):
        """w <- w - eta sum_k (n_k / n) u_k, with eta = 1 where models are sent."""
        broadcast = parameters(network())
        sent = [local(algorithm, network(), data, Stream(number)) for number in range(3)]
        updates = [Update(1, f"client-{k}", local.examples, local.arrays) for k, local in enumerate(sent)]
        before = {name: array.copy() for name, array in broadcast.items()}
        after = algorithm.server_step(broadcast, updates)
        total = sum(local.examples for local in sent)
        eta = algorithm.learning_rate if algorithm.sends == "gradient" else 1.0
        for name, array in after.items():
            mean = sum(each.examples / total * algorithm.as_update(each.arrays, broadcast)[name] for each in sent)
            assert array.dtype == np.float32
            assert np.allclose(array, broadcast[name] - eta * mean, rtol=1e-4, atol=1e-6)
        assert same(broadcast, before) and list(after) == list(broadcast)

    def test_update_and_sent_are_inverse(self, algorithm, network, data):
        broadcast, sent = parameters(network()), local(algorithm, network(), data).arrays
        back = algorithm.as_sent(algorithm.as_update(sent, broadcast), broadcast)
        assert list(back) == list(sent)
        assert all(np.allclose(back[name], sent[name], rtol=1e-6, atol=1e-7) for name in sent)

    @given(clients=st.integers(1, 2000), share=st.integers(1, 100))
    def test_the_cohort_is_int_of_fraction_times_clients(self, algorithm, clients, share):
        size = algorithm.model_copy(update={"client_fraction": share / 100}).cohort_size(clients)
        assert size == max(1, share * clients // 100)


@pytest.mark.parametrize(("clients", "cohort"), [(73, 7), (70, 7), (80, 8), (9, 1), (10, 1), (1, 1), (720, 72)])
def test_a_tenth_of_the_clients_by_default(clients, cohort):
    assert FedSGD().cohort_size(clients) == FedAvg().cohort_size(clients) == cohort


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: FedSGD(client_fraction=0.0), "greater than 0"),
        (lambda: FedAvg(client_fraction=1.1), "less than or equal to 1"),
        (lambda: FedSGD(learning_rate=0.0), "greater than 0"),
        (lambda: FedAvg(epochs=0), "greater than or equal to 1"),
        (lambda: FedAvg(batch_size=0), "greater than or equal to 1"),
        (lambda: FedSGD(epochs=2), "Extra inputs are not permitted"),
        (lambda: Adam(weight_decay=-1.0), "greater than or equal to 0"),
    ],
)
def test_senseless_settings_are_refused(make, text):
    with pytest.raises(ValidationError) as caught:
        make()
    assert text in str(caught.value)
