"""The oracle test of the default engine: cohort leaves what the plain loop leaves, whatever is trained."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD, Adam
from fedser.defenses import Clip, Dropout, Noise, Prune, Quantise, Sign
from fedser.engine import Cohort, Inline
from fedser.models import MLP
from fedser.partition.stored import save_partition

METHODS = ["single", "stacked"]


def cohort(method):
    return Cohort(method=method, workers=1, device="cpu")


@pytest.fixture
def assert_same(difference, assert_near):
    """That two runs of a world left nearly the same numbers, and not one other prediction."""

    def assert_same(made, expected, found, *folders):
        apart = difference(expected, found, *folders)
        assert_near(apart, made.simulation.algorithm)
        assert not apart.scores.any()

    return assert_same


OPTIMIZERS = st.one_of(
    st.builds(SGD, weight_decay=st.sampled_from([0.0, 0.1])),
    st.builds(Adam, weight_decay=st.sampled_from([0.0, 1e-4])),
)


@st.composite
def algorithms(draw):
    common = {
        "client_fraction": draw(st.sampled_from([0.3, 1.0])),
        "batch_size": draw(st.sampled_from([1, 6, 20])),
    }
    if draw(st.booleans()):
        return FedSGD(**common)
    optimizer = draw(OPTIMIZERS)
    rate = 5e-4 if optimizer.name == "adam" else 0.1
    return FedAvg(learning_rate=rate, epochs=draw(st.integers(1, 3)), optimizer=optimizer, **common)


@st.composite
def changes(draw):
    """Everything that may differ between trainings: ragged clients, widths, dropout, algorithms, defenses."""
    hidden = draw(st.lists(st.integers(1, 40), min_size=1, max_size=3))
    rates = [draw(st.sampled_from([0.0, 0.2, 0.6])) for _ in hidden]
    defenses = [Dropout(rate=0.5, layer=len(hidden)), Clip(norm=draw(st.sampled_from([0.05, 1.0]))), Noise(sigma=0.01)]
    return {
        "sizes": draw(st.lists(st.sampled_from([1, 2, 7, 19, 25, 26, 50]), min_size=1, max_size=8)),
        "model": MLP(hidden=tuple(hidden), dropout=tuple(rates)),
        "algorithm": draw(algorithms()),
        "defenses": tuple(draw(st.permutations(defenses))[: draw(st.integers(0, 3))]),
        "rounds": draw(st.integers(1, 3)),
        "seed": draw(st.integers(0, 99)),
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(change=changes())
def test_cohort_leaves_what_inline_leaves(world, run, assert_same, tmp_path, change):
    made, folder = world(**change), tmp_path / str(len(list(tmp_path.iterdir())))
    expected = run(Inline(), made, folder / "inline")
    for method in METHODS:
        found = run(cohort(method), made, folder / method)
        assert_same(made, expected, found, folder / "inline", folder / method)


DEFENSES = {
    "clip": Clip(norm=0.2),
    "noise": Noise(sigma=0.01),
    "dropout": Dropout(rate=0.5),
    "sign": Sign(),
    "quantise": Quantise(),
    "prune": Prune(share=0.7),
}
COMBINATIONS = [pick for size in range(4) for pick in itertools.combinations(("clip", "noise", "dropout"), size)]
COMBINATIONS += [("sign",), ("quantise",), ("prune",), ("prune", "clip", "quantise")]


@pytest.mark.parametrize("defenses", COMBINATIONS, ids="-".join)
@pytest.mark.parametrize(
    "algorithm",
    [FedSGD(client_fraction=0.6), FedAvg(client_fraction=0.6, epochs=2)],
    ids=["fedsgd", "fedavg"],
)
def test_with_each_defense(world, run, assert_same, tmp_path, algorithm, defenses):
    made = world(algorithm=algorithm, defenses=tuple(DEFENSES[name] for name in defenses), rounds=3)
    expected = run(Inline(), made, tmp_path / "inline")
    for method in METHODS:
        found = run(cohort(method), made, tmp_path / method)
        assert_same(made, expected, found, tmp_path / "inline", tmp_path / method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("algorithm", [FedSGD(client_fraction=0.9), FedAvg(client_fraction=0.9)], ids=["sgd", "avg"])
def test_rounds_of_several_parts(world, run, assert_same, tmp_path, algorithm, method):
    """144 clients in a round: 64 and 64 and 16, and blocks of 9 of them."""
    rng = np.random.default_rng(0)
    made = world(sizes=rng.integers(1, 40, 160).tolist(), algorithm=algorithm, rounds=2)
    expected = run(Inline(), made, tmp_path / "inline")
    found = run(cohort(method), made, tmp_path / method)
    assert len([name for name in found.files if "round-000001" in name]) == 3
    assert_same(made, expected, found, tmp_path / "inline", tmp_path / method)


@pytest.mark.parametrize("method", METHODS)
def test_an_observer_changes_nothing(world, run, tmp_path, method):
    made = world(sizes=[3] * 100, algorithm=FedAvg(client_fraction=1.0), rounds=2)
    alone = run(cohort(method), made, tmp_path / "alone")
    seen = []
    watched = run(cohort(method), made, tmp_path / "watched", seen.append)
    assert watched.files == alone.files and watched.state.history == alone.state.history and len(seen) == 4


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("what", ["validation", "test"])
def test_without_rows_to_score_on(world, run, assert_same, tmp_path, method, what):
    made = world()
    partition = made.data.open().partition
    less = replace(partition.training_only(), test=partition.test)
    if what == "test":
        less = replace(partition, test=partition.test[:0])
    save_partition(made.data.partition, less)
    expected, found = run(Inline(), made, tmp_path / "inline"), run(cohort(method), made, tmp_path / method)
    assert np.isnan(getattr(found.state.history[-1], f"{what}_uar"))
    assert_same(made, expected, found, tmp_path / "inline", tmp_path / method)


@pytest.mark.parametrize("method", METHODS)
def test_one_client_alone(world, run, assert_same, tmp_path, method):
    made = world(sizes=(30,), algorithm=FedAvg())
    expected, found = run(Inline(), made, tmp_path / "inline"), run(cohort(method), made, tmp_path / method)
    assert_same(made, expected, found, tmp_path / "inline", tmp_path / method)


@pytest.mark.parametrize("method", METHODS)
def test_a_wide_model_with_adam(world, run, assert_same, tmp_path, method):
    """Where many units are idle, and elements of the gradient are nothing but rounding beside the weight decay."""
    made = world(sizes=(40, 7, 1, 60), algorithm=FedAvg(client_fraction=1.0, epochs=3), model=MLP(), rounds=2)
    expected, found = run(Inline(), made, tmp_path / "inline"), run(cohort(method), made, tmp_path / method)
    assert_same(made, expected, found, tmp_path / "inline", tmp_path / method)
