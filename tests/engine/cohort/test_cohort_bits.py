"""Same seed, same bits: whoever is stacked with whom, on however many processes, and whatever trains beside it."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD
from fedser.defenses import Bottleneck, Clip, Noise, Prune, Quantise, TopK, Unlearning
from fedser.engine import Cohort
from fedser.engine.training import Training
from fedser.models import MLP

STACKED = Cohort(method="stacked", workers=1, device="cpu")
SINGLE = Cohort(method="single", workers=1, device="cpu")
NARROW, MIDDLE = 1e-9, 2e-4
"""GiB for one client in a stack, and for some."""

MANY = [1 + 7 * number % 53 for number in range(150)]
"""Clients of 1 to 53 utterances, in rounds of several parts."""

DEFENDED = {
    "algorithm": FedAvg(client_fraction=1.0, epochs=2),
    "defenses": (Clip(norm=0.1), Noise(sigma=0.01), Prune(share=0.5), Quantise(bits=8)),
}
KEEPING = {"algorithm": FedSGD(client_fraction=0.9), "defenses": (TopK(share=0.2),)}
PLAIN = {"algorithm": FedSGD(client_fraction=0.9)}
UNLEARNING = {"algorithm": FedAvg(client_fraction=1.0, epochs=2), "defenses": (Unlearning(strength=0.5, head="local"),)}
BOTTLENECK = PLAIN | {"defenses": (Bottleneck(strength=0.5, critic=5, head="shared"),)}
DROPPING = PLAIN | {"model": MLP(hidden=(8, 6), dropout=(0.2, 0.5), dropout_at_evaluation=(2,))}

ALGORITHMS = st.sampled_from(
    [
        FedSGD(client_fraction=1.0, batch_size=7),
        FedSGD(client_fraction=0.7),
        FedAvg(client_fraction=1.0, batch_size=9, epochs=2),
        FedAvg(client_fraction=0.6, learning_rate=0.1, optimizer=SGD()),
    ]
)


def width(engine, made):
    """How many clients it puts into a stack."""
    return engine.width(engine.bench(made.simulation, made.data.open()))


def assert_same(one, other):
    """All that was captured, and the last state, whose file holds the model, the losses and the scores."""
    assert one.error is None and other.error is None
    assert sorted(one.files) == sorted(other.files) and "state" in one.files
    assert not [name for name in one.files if one.files[name] != other.files[name]]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    sizes=st.lists(st.integers(1, 45), min_size=1, max_size=9),
    hidden=st.lists(st.integers(1, 33), min_size=1, max_size=3),
    features=st.integers(1, 40),
    dropout=st.sampled_from([0.0, 0.3]),
    algorithm=ALGORITHMS,
    memory=st.floats(1e-6, 1e-3),
)
# Many steps, and clients that leave the stack one by one: its last vector must not be rounded in another way.
@example(list(range(1, 19)), [67, 75], 103, 0.2, FedAvg(client_fraction=1.0, batch_size=1), 1e-4)
# A layer of one unit: a product with one column must be the same alone.
@example([9, 30, 40], [17, 1, 34], 134, 0.2, FedSGD(client_fraction=1.0, batch_size=27), 1e-4)
def test_a_clients_bits_do_not_depend_on_its_stack(
    world, run, tmp_path, sizes, hidden, features, dropout, algorithm, memory
):
    model = MLP(hidden=tuple(hidden), dropout=(dropout,) * len(hidden))
    made = world(sizes=sizes, features=features, model=model, algorithm=algorithm, rounds=2)
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    whole = run(STACKED, made, folder / "whole")
    for each in (NARROW, memory):
        assert_same(run(STACKED.model_copy(update={"memory": each}), made, folder / str(each)), whole)


@pytest.mark.parametrize("memory", [NARROW, MIDDLE])
@pytest.mark.parametrize("algorithm", [FedSGD(client_fraction=1.0), FedAvg(client_fraction=1.0)], ids=["sgd", "avg"])
def test_stacks_of_the_papers_model(world, run, tmp_path, algorithm, memory):
    made = world(sizes=(40, 7, 1, 60, 33, 21), features=988, model=MLP(), algorithm=algorithm, rounds=1)
    engine = STACKED.model_copy(update={"memory": 100 * memory})
    assert width(engine, made) == {NARROW: 1, MIDDLE: 2}[memory]
    assert_same(run(engine, made, tmp_path / "some"), run(STACKED, made, tmp_path / "all"))


@pytest.fixture
def trio(world):
    """Three trainings of one configuration: with many clients, with few, and with one."""

    def trio(rounds=2, **changes):
        named = zip(("private", "shadow-0", "shadow-1"), (MANY, (30, 7, 1, 25), (20,)), strict=True)
        return [world(training=name, sizes=sizes, where=name, rounds=rounds, **changes) for name, sizes in named]

    return trio


@pytest.mark.parametrize(
    "changes",
    [PLAIN, DEFENDED, DROPPING, KEEPING, UNLEARNING, BOTTLENECK],
    ids=["plain", "defended", "dropping", "keeping", "unlearning", "bottleneck"],
)
@pytest.mark.parametrize("engine", [SINGLE, STACKED, STACKED.model_copy(update={"memory": MIDDLE})])
def test_a_training_ends_the_same_beside_others(trio, run, run_all, tmp_path, engine, changes):
    worlds = trio(**changes)
    together = run_all(engine, worlds, tmp_path / "together")
    for made, left in zip(worlds, together, strict=True):
        assert_same(left, run(engine, made, tmp_path / f"{made.simulation.training}-alone"))


def test_trainings_that_are_at_different_rounds_go_on_beside_each_other(trio, run, run_all, training, tmp_path):
    worlds, whole = trio(rounds=4, **PLAIN), {}
    for made in worlds:
        whole[made.simulation.training] = run(STACKED, made, tmp_path / f"{made.simulation.training}-alone", every=1)
    done, cut, _ = worlds
    run(STACKED, done, tmp_path / "cut" / "private", every=1)
    stopped = training(cut, tmp_path / "cut" / "shadow-0", every=1, ticked=interrupt_at(2))
    with pytest.raises(KeyboardInterrupt):
        STACKED.run(stopped)
    for left, made in zip(run_all(STACKED, worlds, tmp_path / "cut", every=1), worlds, strict=True):
        assert_same(left, whole[made.simulation.training])


def interrupt_at(last):
    def ticked(number):
        if number == last:
            raise KeyboardInterrupt

    return ticked


def test_trainings_of_one_configuration_may_differ_in_their_features(world, run, run_all, tmp_path):
    worlds = [world(training=f"t{features}", where=f"t{features}", features=features) for features in (12, 17)]
    for made, left in zip(worlds, run_all(STACKED, worlds, tmp_path / "all"), strict=True):
        assert_same(left, run(STACKED, made, tmp_path / f"{made.simulation.training}-alone"))


def test_trainings_that_are_not_of_one_configuration_are_trained_in_turn(world, run, run_all, tmp_path):
    worlds = [
        world(training="narrow", where="narrow", model=MLP(hidden=(5,), dropout=(0.2,))),
        world(training="averaged", where="averaged", algorithm=FedAvg()),
        world(training="later", where="later", seed=4, rounds=2),
    ]
    ended = []
    for made, left in zip(worlds, run_all(STACKED, worlds, tmp_path / "all"), strict=True):
        ended.append(left.state.round)
        assert_same(left, run(STACKED, made, tmp_path / f"{made.simulation.training}-alone"))
    assert ended == [5, 5, 2]


@pytest.mark.parametrize(
    ("engine", "changes"),
    [(SINGLE, DEFENDED), (STACKED, PLAIN), (STACKED, KEEPING), (STACKED, UNLEARNING)],
    ids=["single", "stacked", "keeping", "unlearning"],
)
def test_a_crew_of_two_leaves_what_one_process_leaves(world, run, tmp_path, engine, changes):
    made = world(sizes=MANY, rounds=2, **changes)
    two = engine.model_copy(update={"workers": 2})
    assert_same(run(two, made, tmp_path / "two"), run(engine, made, tmp_path / "one"))


def test_trainings_in_two_processes_leave_what_they_leave_in_one(trio, run_all, tmp_path):
    worlds, two = (
        trio(**DEFENDED | {"defenses": (*DEFENDED["defenses"], TopK(share=0.2))}),
        SINGLE.model_copy(update={"workers": 2}),
    )
    apart = run_all(two, worlds, tmp_path / "apart")
    for left, expected in zip(apart, run_all(SINGLE, worlds, tmp_path / "here"), strict=True):
        assert_same(left, expected)


@pytest.mark.parametrize("engine", [SINGLE, STACKED, SINGLE.model_copy(update={"workers": 2})])
@pytest.mark.parametrize("changes", [PLAIN, DEFENDED], ids=["plain", "defended"])
def test_a_training_ends_the_same_whether_anyone_looks_on(world, run, tmp_path, engine, changes):
    made = world(sizes=MANY, rounds=2, **changes)
    alone = engine.run(Training(made.simulation, made.data))
    seen = run(engine, made, tmp_path).state
    assert alone.history == seen.history
    assert {name: array.tobytes() for name, array in alone.model.items()} == {
        name: array.tobytes() for name, array in seen.model.items()
    }
