"""A client that fails ends the run with its own error, the same in each engine; earlier rounds stay readable."""

import pkgutil

import numpy as np
import pytest
import torch

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD
from fedser.defenses import Unlearning
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.learner import Learnt, Work
from fedser.errors import ClientError, InputError
from fedser.updates.store import UpdateStore

ENGINES = [
    Inline(),
    Cohort(workers=1, method="single"),
    Cohort(workers=1, method="stacked"),
    Cohort(workers=1, method="stacked", memory=1e-9),
    Flower(grid="in_process", nodes=1, method="single"),
    Flower(grid="in_process", nodes=2),
    Flower(grid="in_process", nodes="per_client"),
]
FEW = [Inline(), Cohort(workers=1, method="single"), Cohort(workers=1), Flower(grid="in_process", nodes=2)]


def latest(simulation, clients):
    """The client that is sampled for the first time after all others, and that round."""
    first = {}
    for number in range(1, simulation.rounds + 1):
        for client in simulation.sampled(clients, number):
            first.setdefault(client, number)
    return max(first.items(), key=lambda item: item[1])


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
@pytest.mark.parametrize("algorithm", [FedSGD(client_fraction=0.2), FedAvg(client_fraction=0.2)])
def test_non_finite_features_end_the_run_and_keep_what_is_finished(world, run, tmp_path, engine, algorithm):
    made = world(algorithm=algorithm, rounds=12)
    client, number = latest(made.simulation, made.data.open().clients)
    whole = run(engine, made, tmp_path / "whole", every=1)
    left = run(engine, world(algorithm=algorithm, rounds=12, broken=[int(client[-5:])]), tmp_path / "left", every=1)
    assert isinstance(left.error, ClientError) and left.error.exit_code == 1
    assert str(left.error) == (
        f"training private-0, round {number}, {client}: the loss is nan: look for non-finite features,"
        f" or lower algorithm.learning_rate (it is {algorithm.learning_rate})"
    )
    store = UpdateStore(tmp_path / "left" / "updates")
    assert store.rounds == tuple(range(1, number)) and number > 2
    captured = [name for name in left.files if name.startswith("updates/")]
    assert len(captured) == number and all(left.files[name] == whole.files[name] for name in captured)
    assert [seen.number for seen in store.read()] == list(store.rounds)
    mended = run(engine, world(algorithm=algorithm, rounds=12), tmp_path / "left", every=1)
    assert mended.files == whole.files and mended.state.history == whole.state.history


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
def test_of_several_failed_clients_the_first_is_named(world, run, tmp_path, engine):
    made = world(broken=[1, 3, 4], algorithm=FedSGD(client_fraction=1.0))
    left = run(engine, made, tmp_path)
    assert str(left.error).startswith("training private-0, round 1, client-00001: the loss is nan")


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
def test_a_bystander_that_is_broken_harms_no_one(world, run, tmp_path, engine):
    """The first client's features are not finite, but it is not sampled: not even as padding may they be used."""
    made = {"algorithm": FedAvg(client_fraction=0.6), "rounds": 1, "seed": 5}
    whole = run(engine, world(**made), tmp_path / "whole")
    broken = world(**made, broken=[0])
    assert "client-00000" not in broken.simulation.sampled(broken.data.open().clients, 1)
    captured = "updates/round-000001.safetensors"
    assert run(engine, broken, tmp_path / "broken").files[captured] == whole.files[captured]


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
@pytest.mark.parametrize("label", [4, -1])
def test_a_label_that_is_no_class_is_refused_before_anyone_trains(world, run, tmp_path, engine, label):
    made = world(algorithm=FedSGD(client_fraction=1.0))
    labels = np.load(made.data.labels)
    row = int(made.data.open().train_rows("client-00003")[0])
    labels[row] = label
    np.save(made.data.labels, labels)
    left = run(engine, made, tmp_path / "out")
    assert isinstance(left.error, InputError) and not left.files
    assert str(left.error) == f"labels: row {row}: {label} (choose from 0 to 3)"


@pytest.mark.parametrize(
    ("engine", "place"),
    [
        (Inline(), "fedser.engine.inline.ModuleLearner"),
        (FEW[1], "fedser.engine.cohort.single.SingleLearner"),
    ],
    ids=["inline", "single"],
)
def test_an_exception_in_training_names_round_and_client(world, run, tmp_path, monkeypatch, engine, place):
    made = world(algorithm=FedAvg(client_fraction=1.0))
    clients = []

    def fail(learner, broadcast, work):
        clients.append(work)
        if len(clients) == 4:
            raise ArithmeticError("no sum")
        return learn(learner, broadcast, work)

    learn = pkgutil.resolve_name(place)._learn
    monkeypatch.setattr(f"{place}._learn", fail)
    left = run(engine, made, tmp_path / "out")
    assert isinstance(left.error, ClientError)
    assert str(left.error) == "training private-0, round 1, client-00003: ArithmeticError: no sum"


@pytest.mark.parametrize("engine", FEW, ids=repr)
@pytest.mark.parametrize(
    ("epochs", "what"),
    [(3, "the loss is nan: look for non-finite features, or"), (1, "its update is not finite, although its loss is")],
)
def test_a_diverging_client_says_which_setting_to_lower(world, run, tmp_path, engine, epochs, what):
    algorithm = FedAvg(
        client_fraction=1.0, learning_rate=3e38, epochs=epochs, batch_size=99, optimizer=SGD(weight_decay=10)
    )
    left = run(engine, world(algorithm=algorithm), tmp_path)
    assert str(left.error).startswith(f"training private-0, round 1, client-00000: {what}")
    assert str(left.error).endswith(" lower algorithm.learning_rate (it is 3e+38)")


@pytest.mark.parametrize(("strength", "named"), [(0.5, True), (0.0, False)])
def test_a_client_that_diverges_against_a_head_is_told_its_strength_too(world, run, tmp_path, strength, named):
    algorithm = FedAvg(client_fraction=1.0, learning_rate=3e38, epochs=3, batch_size=99, optimizer=SGD(weight_decay=10))
    made = world(algorithm=algorithm, defenses=(Unlearning(strength=strength, head="shared"),))
    error = str(run(FEW[1], made, tmp_path).error)
    end = f", or the strength of unlearning(strength={strength} head=shared)" if named else ""
    assert error.endswith(f" lower algorithm.learning_rate (it is 3e+38){end}")


@pytest.mark.parametrize("engine", FEW, ids=repr)
def test_an_observer_error_comes_out_as_itself(world, run, tmp_path, engine):
    def observe(seen):
        raise LookupError(f"no place for round {seen.number}")

    left = run(engine, world(), tmp_path, observe)
    assert type(left.error) is LookupError and str(left.error) == "no place for round 1"


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_large_updates_are_sent_and_infinite_ones_are_not(world, bad):
    """Finite numbers whose sum overflows are no failure; one that is infinite is, whatever stands beside it."""
    made = world()
    data = made.data.open()
    clients, work = Inline().clients(made.simulation, data), Work((), 1, torch.Generator())
    large = np.full(8, 3e38, np.float32)
    sent = clients.reply(1, "client-00000", {}, work, Learnt({"w": large}, 0.5))
    assert sent.update.arrays["w"] is large
    with pytest.raises(ClientError, match=r"client-00000: its update is not finite, although its loss is 0\.5: lower"):
        clients.reply(1, "client-00000", {}, work, Learnt({"w": np.append(large, np.float32(bad))}, 0.5))
