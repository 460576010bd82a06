"""The server's loop by itself: who is sampled, which round is selected, what a row of the history says."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import Clip, Dropout, Noise, Prune, Quantise, Sign
from fedser.engine import Cohort, Inline
from fedser.engine.client import Clients
from fedser.engine.evaluation import Evaluation
from fedser.engine.inline import ModuleLearner, module_evaluation
from fedser.engine.loop import train
from fedser.engine.parts import whole_parts
from fedser.engine.selection import Selection
from fedser.errors import EngineError
from fedser.models import MLP
from fedser.models.parameters import load, parameters
from fedser.partition.names import Names
from fedser.partition.stored import save_partition
from fedser.seeds import Stream

CLIENTS = [f"client-{number:05d}" for number in range(25)]


def predictor(task, network):
    """The classes that a network tells, as the evaluation asks for them."""
    return lambda x, piece: task.predict(network, x)


def test_sampling_is_without_replacement_sorted_and_by_the_round(world):
    simulation = world(algorithm=FedSGD(client_fraction=0.3)).simulation
    rounds = [simulation.sampled(CLIENTS, number) for number in range(1, 200)]
    assert all(len(set(chosen)) == 7 and chosen == sorted(chosen) for chosen in rounds)
    assert simulation.sampled(list(reversed(CLIENTS)), 5) == rounds[4]
    assert len({tuple(chosen) for chosen in rounds}) > 190


def test_sampling_is_uniform(world):
    simulation = world(algorithm=FedSGD(client_fraction=0.3)).simulation
    counts = dict.fromkeys(CLIENTS, 0)
    for number in range(1, 1001):
        for client in simulation.sampled(CLIENTS, number):
            counts[client] += 1
    # 280 on average, with a deviation of 14
    assert max(abs(count - 280) for count in counts.values()) < 4.5 * math.sqrt(1000 * 0.28 * 0.72)


def test_what_a_client_draws_differs_by_training_round_and_name(world):
    made = world(sizes=(200,), algorithm=FedSGD(batch_size=5))
    opened = made.data.open()
    renamed = replace(opened, partition=replace(opened.partition, names=Names.of(["another"])))
    broadcast = parameters(made.simulation.task.network(made.simulation.model, 12, Stream(1)))

    def sent(simulation, number, data):
        clients = Clients(simulation, data, ModuleLearner(simulation, data))
        (reply,) = clients.replies(number, broadcast, list(data.clients))
        return reply.update.arrays["dense1.weight"].tobytes()

    other = world(sizes=(200,), algorithm=FedSGD(batch_size=5), training="private-1").simulation
    drawn = [sent(made.simulation, 1, opened), sent(made.simulation, 2, opened), sent(made.simulation, 1, renamed)]
    assert len({*drawn, sent(other, 1, opened)}) == 4 and drawn[0] == sent(made.simulation, 1, opened)


def test_two_defenses_of_one_kind_draw_for_themselves(world, run, tmp_path):
    def sent(*defenses):
        seen = []
        run(Inline(), world(rounds=1, defenses=defenses), tmp_path / str(len(defenses)), seen.append)
        return seen[0].updates[0].arrays["dense1.weight"]

    none, once, twice = sent(), sent(Noise(sigma=1.0)), sent(Noise(sigma=1.0), Noise(sigma=1.0))
    assert abs(np.corrcoef((once - none).ravel(), (twice - once).ravel())[0, 1]) < 0.4  # 96 elements of each


@pytest.mark.parametrize("engine", [Inline(), Cohort(workers=1, method="single"), Cohort(workers=1, method="stacked")])
@pytest.mark.parametrize("algorithm", [FedSGD(client_fraction=1.0), FedAvg(client_fraction=1.0)], ids=["sgd", "avg"])
def test_defenses_act_in_the_order_given(world, run, tmp_path, engine, algorithm):
    """Each on what the one before it has made of the update, and the first on what the client would have sent."""

    def sent(*defenses):
        seen = []
        run(
            engine,
            world(rounds=1, algorithm=algorithm, defenses=defenses),
            tmp_path / "-".join(each.name for each in defenses),
            seen.append,
        )
        return seen[0]

    given = (Prune(share=0.6), Noise(sigma=0.1), Clip(norm=0.3), Sign(), Dropout(rate=0.2), Quantise(bits=4))
    plain, found, reverse = sent(), sent(*given), sent(*reversed(given))
    for before, after, other in zip(plain.updates, found.updates, reverse.updates, strict=True):
        update = algorithm.as_update(before.arrays, plain.broadcast)
        stream = world().simulation.client_stream(before.client, 1)
        for place, defense in enumerate(each for each in given if each.changes_update):
            update = defense.on_update(update, stream("defense", place, defense.name))
        expected = algorithm.as_sent(update, plain.broadcast)
        assert all(np.array_equal(after.arrays[name], array) for name, array in expected.items())
        assert not np.array_equal(after.arrays["dense1.weight"], other.arrays["dense1.weight"])


def test_the_train_loss_weighs_clients_by_their_examples(world, run, tmp_path):
    made = world(algorithm=FedAvg(client_fraction=1.0, learning_rate=1e-9), model=MLP(hidden=(8, 6), dropout=(0, 0)))
    row = run(Inline(), made, tmp_path).state.history[0]
    task, simulation, opened = made.simulation.task, made.simulation, made.data.open()
    network = task.network(simulation.model, opened.x.shape[1], simulation.stream("init"))
    rows = opened.partition.train.rows
    pooled = task.loss(network, torch.from_numpy(opened.x[rows]), torch.from_numpy(opened.y[rows]), None)
    assert row.train_loss == pytest.approx(pooled.item(), rel=1e-4)


@pytest.mark.parametrize("by", ["client", "pooled"])
@pytest.mark.parametrize("from_round", [1, 9, 15])
def test_the_best_round_after_the_first_allowed_is_selected(world, run, tmp_path, by, from_round):
    selection = Selection(from_round=from_round, by=by)
    made, seen = world(sizes=(40, 30, 35), rounds=15, selection=selection), {}
    state = run(Inline(), made, tmp_path, lambda entry: seen.setdefault(entry.number, entry.broadcast)).state
    opened, simulation = made.data.open(), made.simulation
    network = simulation.task.network(simulation.model, opened.x.shape[1], simulation.stream("init"))
    scores = {}
    for number in range(from_round, 16):
        load(network, seen[number + 1] if number < 15 else state.model)
        scores[number] = Evaluation(opened, simulation.task, selection)(predictor(simulation.task, network)).selection
    best = max(scores, key=lambda number: (scores[number], -number))
    assert state.best_round == best and state.best_score == scores[best]
    assert state.selected.round == best
    for name, array in (seen[best + 1] if best < 15 else state.model).items():
        assert np.array_equal(state.best[name], array)


def test_without_validation_rows_the_last_round_is_selected(world, run, tmp_path):
    made = world()
    partition = made.data.open().partition
    save_partition(made.data.partition, replace(partition.training_only(), test=partition.test))
    state = run(Inline(), made, tmp_path).state
    assert state.best_round == 5 and math.isnan(state.best_score) and math.isnan(state.history[0].validation_uar)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"rounds": 3, "selection": Selection(from_round=4)}, "selection.from_round: 4, but there are 3 rounds"),
        ({"defenses": (Dropout(rate=0.1, layer=3),)}, "no hidden layer 3 (choose from 1 to 2)"),
        ({"rounds": 0}, "Input should be greater than or equal to 1"),
    ],
)
def test_impossible_simulations_are_refused(world, changes, text):
    with pytest.raises(ValidationError) as caught:
        world(**changes)
    assert text in str(caught.value)


def test_a_round_of_which_clients_are_missing_is_refused(world, training, tmp_path):
    made = world(sizes=[2] * 100, algorithm=FedSGD(client_fraction=1.0))
    data, simulation = made.data.open(), made.simulation
    clients = Clients(simulation, data, ModuleLearner(simulation, data))

    def lose_the_last_part(wanted):
        replies = clients.replies(wanted.number, wanted.broadcast, wanted.clients)
        return itertools.islice(whole_parts(len(wanted.clients), replies), 1)

    with pytest.raises(EngineError, match=r"^round 1: 64 of 100 clients came back$"):
        train(training(made, tmp_path), data, lose_the_last_part, module_evaluation(simulation, data))
    assert not (tmp_path / "state").exists()
