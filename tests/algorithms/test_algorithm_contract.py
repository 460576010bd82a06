"""What every algorithm owes its engine."""

import itertools
from types import SimpleNamespace

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
from fedser.seeds import Stream
from simulations.families import members

ALGORITHMS = [FedSGD(), FedAvg(), FedAvg(epochs=3, optimizer=SGD(weight_decay=0.1)), FedAvg(batch_size=1)]


def clients(*sizes):
    """A client of so many utterances each."""
    rng = np.random.default_rng(2)
    return [
        SimpleNamespace(x=rng.normal(size=(size, 9)).astype(np.float32), y=rng.integers(0, 4, size)) for size in sizes
    ]


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

    @given(utterances=st.integers(1, 70), seed=st.integers(0, 3))
    def test_a_plan_visits_the_clients_own_rows_in_batches(self, algorithm, utterances, seed):
        plan, again = (algorithm.plan(utterances, Stream(seed)("client")) for _ in range(2))
        assert [batch.tolist() for batch in plan.batches] == [batch.tolist() for batch in again.batches]
        rows = np.concatenate(plan.batches).tolist()
        if algorithm.sends == "gradient":
            assert len(plan.batches) == 1 and len(set(rows)) == len(rows) and set(rows) <= set(range(utterances))
            assert plan.examples == len(rows) == min(utterances, algorithm.batch_size)
            return
        assert plan.examples == utterances and len(rows) == algorithm.epochs * utterances
        for epoch in range(algorithm.epochs):
            assert sorted(rows[epoch * utterances : (epoch + 1) * utterances]) == list(range(utterances))
        full, rest = divmod(utterances, algorithm.batch_size)
        one = [algorithm.batch_size] * full + [rest] * (rest > 0)
        assert [len(batch) for batch in plan.batches] == one * algorithm.epochs

    @pytest.mark.parametrize("dropout", [0.0, 0.4])
    def test_the_stream_decides_everything(self, algorithm, train, data, dropout):
        torch.manual_seed(1)
        one = train(algorithm, data, dropout=dropout)
        torch.manual_seed(2)
        two = train(algorithm, data, dropout=dropout)
        other = train(algorithm, data, dropout=dropout, seed=9)
        assert same(one.arrays, two.arrays) and one.loss == two.loss
        assert not same(one.arrays, other.arrays)

    def test_no_global_generator_is_touched(self, algorithm, train, data):
        torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].tobytes()
        train(algorithm, data, dropout=0.4)
        assert torch.equal(torch.get_rng_state(), torch_state)
        assert np.random.get_state()[1].tobytes() == numpy_state

    def test_it_sends_an_array_for_every_parameter(self, algorithm, train, data):
        found = train(algorithm, data)
        shapes = {name: array.shape for name, array in found.broadcast.items()}
        assert list(found.arrays) == list(shapes)
        assert {name: array.shape for name, array in found.arrays.items()} == shapes
        assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in found.arrays.values())

    @pytest.mark.parametrize("dropout", [0.0, 0.4])
    def test_a_client_sends_the_same_whoever_trains_beside_it(self, algorithm, train, dropout):
        """Nothing that is kept between clients (a network, buffers, moments) reaches the next one."""
        first, *others = clients(23, 1, 47, 60, 5)
        alone = train(algorithm, first, dropout=dropout)
        among = train(algorithm, first, *others, dropout=dropout)
        again = train(algorithm, first, *reversed(others), dropout=dropout)
        assert same(alone.arrays, among.arrays) and same(alone.arrays, again.arrays)

    def test_what_is_sent_is_not_changed_by_the_clients_after_it(self, algorithm, train):
        held = clients(23, 41, 47)
        sent = [update.arrays for update in train(algorithm, *held).updates.values()]
        memory = [array for arrays in sent for array in arrays.values()]
        assert not any(np.shares_memory(one, other) for one, other in itertools.combinations(memory, 2))

    def test_the_data_stay_as_they_are(self, algorithm, train, data, tmp_path):
        train(algorithm, data, dropout=0.4)
        assert np.load(tmp_path / "x.npy").tobytes() == data.x.tobytes()
        assert np.load(tmp_path / "y.npy").tobytes() == data.y.tobytes()

    def test_an_update_is_what_the_server_formula_takes(self, algorithm, train):
        """w <- w - eta sum_k (n_k / n) u_k, with eta = 1 where models are sent."""
        found = train(algorithm, *clients(23, 1, 47))
        sent, broadcast = found.updates.values(), found.broadcast
        total = sum(update.examples for update in sent)
        eta = algorithm.learning_rate if algorithm.sends == "gradient" else 1.0
        for name, array in found.model.items():
            mean = sum(each.examples / total * algorithm.as_update(each.arrays, broadcast)[name] for each in sent)
            assert array.dtype == np.float32
            assert np.allclose(array, broadcast[name] - eta * mean, rtol=1e-4, atol=1e-6)
        assert list(found.model) == list(broadcast)

    def test_the_servers_step_leaves_its_arguments_alone(self, algorithm, train, data):
        found = train(algorithm, data)
        broadcast, mean = ({name: array.copy() for name, array in a.items()} for a in (found.broadcast, found.arrays))
        algorithm.server_step(broadcast, mean)
        assert same(broadcast, found.broadcast) and same(mean, found.arrays)

    def test_update_and_sent_are_inverse(self, algorithm, train, data):
        found = train(algorithm, data)
        back = algorithm.as_sent(algorithm.as_update(found.arrays, found.broadcast), found.broadcast)
        assert list(back) == list(found.arrays)
        assert all(np.allclose(back[name], array, rtol=1e-6, atol=1e-7) for name, array in found.arrays.items())

    @given(clients=st.integers(1, 2000), share=st.integers(1, 100))
    def test_the_cohort_is_int_of_fraction_times_clients(self, algorithm, clients, share):
        size = algorithm.model_copy(update={"client_fraction": share / 100}).cohort_size(clients)
        assert size == max(1, share * clients // 100)


def test_what_one_epoch_visits_does_not_depend_on_how_many_there_are():
    one, three = (FedAvg(epochs=epochs).plan(50, Stream(1)).batches for epochs in (1, 3))
    assert [batch.tolist() for batch in one] == [batch.tolist() for batch in three[:3]]
    assert one[0].tolist() != three[3].tolist()


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
