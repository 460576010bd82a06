"""Three engines, one meaning: Flower leaves what cohort leaves, byte for byte, and both what the plain loop leaves."""

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD, Adam
from fedser.defenses import (
    DPSGD,
    Balance,
    Bottleneck,
    Clip,
    DPFedAvg,
    Dropout,
    FreezeFirst,
    Noise,
    PrivateFirst,
    Prune,
    Quantise,
    RandomFirst,
    Sign,
    Soteria,
    TopK,
    Unlearning,
    UserDP,
)
from fedser.defenses.adaptive_clip import AdaptiveClip
from fedser.engine import Cohort, EngineConfig, Flower, Inline
from fedser.models import MLP

SETTINGS: dict[str, dict[str, Any]] = {
    "fedsgd": {"algorithm": FedSGD(client_fraction=0.6)},
    "fedavg-adam": {"algorithm": FedAvg(client_fraction=0.6, epochs=2, optimizer=Adam())},
    "fedavg-sgd": {"algorithm": FedAvg(client_fraction=0.6, learning_rate=0.1, optimizer=SGD(weight_decay=0.01))},
    "no-dropout": {"model": MLP(hidden=(8, 6), dropout=(0.0, 0.0))},
    "defended-gradient": {"defenses": (Clip(norm=0.5), Noise(sigma=0.01))},
    "defended-parameters": {
        "algorithm": FedAvg(client_fraction=0.6),
        "defenses": (Dropout(rate=0.5), Noise(sigma=0.01), Clip(norm=float("inf"))),
    },
    "signs": {"defenses": (Sign(),)},
    "four-bits": {"algorithm": FedAvg(client_fraction=0.6), "defenses": (Quantise(bits=4),)},
    "pruned-to-eight-bits": {"defenses": (Prune(share=0.8), Quantise(bits=8, rounding="nearest"))},
    "top-k": {"defenses": (TopK(share=0.3),)},
    "two-that-keep": {
        "algorithm": FedAvg(client_fraction=0.8),
        "defenses": (TopK(share=0.5, within="array"), Clip(norm=0.5), Sign(error_feedback=True)),
    },
    "frozen-later": {"algorithm": FedAvg(client_fraction=0.6, epochs=2), "defenses": (FreezeFirst(from_round=3),)},
    "private-gradient": {"algorithm": FedSGD(client_fraction=0.8), "defenses": (PrivateFirst(),)},
    "private-and-kept": {
        "algorithm": FedAvg(client_fraction=0.8, learning_rate=0.1, optimizer=SGD(weight_decay=0.01)),
        "defenses": (TopK(share=0.4), PrivateFirst(), Noise(sigma=0.01)),
    },
    "random-projection": {
        "algorithm": FedAvg(client_fraction=0.6, optimizer=Adam(weight_decay=0.01)),
        "defenses": (RandomFirst(projection="orthonormal"),),
    },
    "unlearning": {"defenses": (Unlearning(strength=0.5, head="shared"),)},
    "unlearning-with-a-public-head": {
        "algorithm": FedAvg(client_fraction=0.8),
        "defenses": (Unlearning(strength=0.5),),
    },
    "unlearning-by-doubt": {
        "algorithm": FedAvg(client_fraction=0.8, epochs=2),
        "defenses": (
            Unlearning(strength=0.7, against="confusion", schedule="ganin", layer=1, head="local"),
            Clip(norm=0.5),
        ),
    },
    "bottleneck": {"algorithm": FedAvg(client_fraction=0.8), "defenses": (Bottleneck(strength=0.5, critic=4),)},
    "balanced": {"algorithm": FedAvg(client_fraction=0.8), "defenses": (Balance(),)},
    "pruned-by-inputs": {
        "algorithm": FedAvg(client_fraction=0.6, epochs=2),
        "defenses": (FreezeFirst(from_round=4), Soteria(share=0.5, prunes="both"), Clip(norm=0.5)),
    },
    "user-dp": {"algorithm": FedAvg(client_fraction=0.6), "defenses": (UserDP(epsilon=50.0),)},
    "user-dp-of-gradients": {"defenses": (UserDP(epsilon=50.0, clip=0.5), Prune(share=0.2))},
    "dp-fedavg": {
        "algorithm": FedAvg(client_fraction=0.6),
        "defenses": (DPFedAvg(epsilon=50.0, delta=0.1, clip=0.02),),
    },
    "dp-fedavg-by-clients": {"defenses": (DPFedAvg(noise_multiplier=0.2, clip=0.5, noise="clients"),)},
    "dp-adaptive": {"defenses": (DPFedAvg(noise_multiplier=0.2, clip=0.5, adaptive=AdaptiveClip()),)},
    "dp-adaptive-by-clients": {
        "algorithm": FedAvg(client_fraction=0.6),
        "defenses": (DPFedAvg(noise_multiplier=0.2, clip=0.01, noise="clients", adaptive=AdaptiveClip(rate=0.5)),),
    },
    "dp-sgd": {
        "algorithm": FedAvg(client_fraction=0.6, epochs=2, batch_size=8),
        "defenses": (DPSGD(epsilon=20.0, delta=0.1, clip=0.5),),
    },
    "dp-fedavg-of-what-is-shared": {
        "algorithm": FedAvg(client_fraction=0.6),
        "defenses": (RandomFirst(), DPFedAvg(noise_multiplier=0.5, clip=0.05)),
    },
    "dp-sgd-of-gradients": {"defenses": (DPSGD(noise_multiplier=0.5, clip=0.3),)},
    "all-clients": {"algorithm": FedSGD(client_fraction=1.0)},
    "one-layer": {"model": MLP(hidden=(5,), dropout=(0.3,))},
    "dropout-at-evaluation": {"model": MLP(hidden=(8, 6), dropout=(0.2, 0.5), dropout_at_evaluation=(2,))},
}

COHORT = Cohort(workers=1)
ENGINES = [Inline(), COHORT, Cohort(workers=1, method="single"), Flower(grid="in_process", nodes=2)]


@pytest.mark.parametrize("nodes", [2, "per_client"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_flower_leaves_the_same_weights_scores_and_captures(world, run, tmp_path, setting, nodes):
    made = world(**SETTINGS[setting])
    expected = run(COHORT, made, tmp_path / "cohort")
    found = run(Flower(grid="in_process", nodes=nodes), made, tmp_path / "flower")
    assert expected.error is None and found.error is None
    assert expected.state.round == made.simulation.rounds
    assert found.files == expected.files
    assert found.state.history == expected.state.history
    for name, array in expected.state.model.items():
        assert found.state.model[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("setting", SETTINGS)
def test_flower_is_near_to_the_plain_loop(world, run, tmp_path, setting):
    """Its nodes train as ``cohort`` does, which is held to the plain loop more closely elsewhere."""
    made = world(**SETTINGS[setting])
    expected = run(Inline(), made, tmp_path / "inline").state
    found = run(Flower(grid="in_process", nodes=2), made, tmp_path / "flower").state
    assert all(np.allclose(found.model[name], array, rtol=0, atol=1e-6) for name, array in expected.model.items())


@pytest.mark.parametrize("nodes", [None, 1, 3, 5, 40])
def test_the_number_of_nodes_changes_nothing(world, run, tmp_path, nodes):
    made = world(algorithm=FedAvg(client_fraction=0.8), defenses=(Noise(sigma=0.01),))
    expected = run(COHORT, made, tmp_path / "cohort")
    assert run(Flower(grid="in_process", nodes=nodes), made, tmp_path / "flower").files == expected.files


@pytest.mark.parametrize("algorithm", [FedSGD(), FedAvg()])
def test_one_client_alone(world, run, tmp_path, algorithm):
    made = world(sizes=(30,), algorithm=algorithm)
    expected = run(COHORT, made, tmp_path / "cohort")
    assert expected.state.round == 5
    assert run(Flower(grid="in_process", nodes=4), made, tmp_path / "flower").files == expected.files


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
def test_the_result_depends_on_the_seed_and_the_name_of_the_training(world, run, tmp_path, engine):
    models = [
        run(engine, world(**change), tmp_path / str(number)).state.model["dense1.weight"]
        for number, change in enumerate([{}, {"seed": 4}, {"training": "private-1"}, {}])
    ]
    assert np.array_equal(models[0], models[3])
    assert not np.array_equal(models[0], models[1]) and not np.array_equal(models[0], models[2])


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
def test_a_training_learns(world, run, tmp_path, engine):
    made = world(algorithm=FedAvg(client_fraction=1.0, learning_rate=0.1, optimizer=SGD()), rounds=60)
    history = run(engine, made, tmp_path).state.history
    assert history[0].test_uar < 0.5 and history[-1].test_uar > 0.7 and history[-1].train_loss < history[0].train_loss


@pytest.mark.parametrize("engine", ENGINES[1:], ids=repr)
def test_files_that_change_between_two_runs_are_read_anew(world, run, tmp_path, engine):
    made = world()
    before = run(engine, made, tmp_path / "before").state.model
    labels = np.load(made.data.labels)[::-1]
    made.data.labels.unlink()
    np.save(made.data.labels, labels)
    expected = run(Inline(), made, tmp_path / "inline").state.model
    after = run(engine, made, tmp_path / "after").state.model
    assert all(np.allclose(after[name], array, rtol=0, atol=1e-6) for name, array in expected.items())
    assert not np.allclose(after["dense1.weight"], before["dense1.weight"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES, ids=repr)
def test_observers_see_every_round_in_order_with_its_broadcast(world, run, tmp_path, engine):
    seen = []
    left = run(engine, world(), tmp_path, seen.append)
    assert [entry.number for entry in seen] == [1, 2, 3, 4, 5]
    for entry in seen:
        clients = [update.client for update in entry.updates]
        assert clients == sorted(set(clients)) and len(clients) == 3
    assert all(
        np.array_equal(seen[0].broadcast[name] - np.float32(0.1) * _mean(seen[0], name), after)
        for name, after in seen[1].broadcast.items()
    )
    assert left.state.round == 5


def _mean(seen, name):
    total = sum(update.examples for update in seen.updates)
    sums = sum(update.examples / total * update.arrays[name].astype(np.float64) for update in seen.updates)
    return sums.astype(np.float32)


@pytest.mark.parametrize(
    "engine",
    [
        Inline(),
        Cohort(),
        Cohort(device="cuda:1", method="stacked", memory=0.5, precision="bf16", workers=3),
        Flower(),
        Flower(grid="ray", nodes=3, workers=1, timeout=60.0),
    ],
    ids=repr,
)
def test_an_engine_survives_json(engine):
    adapter = TypeAdapter(EngineConfig)
    assert adapter.validate_json(adapter.dump_json(engine)) == engine
    assert engine.summary() and engine.source
