"""What clients do not share: frozen layers never move, a client's own are kept by it, and neither is sent."""

import numpy as np
import pytest
import torch

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD, Adam
from fedser.defenses import Clip, FreezeFirst, Noise, PrivateFirst, RandomFirst
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.cohort.held import Held
from fedser.engine.learner import Work
from fedser.engine.loop import Wanted
from fedser.models.layout import Layout

ENGINES = {
    "inline": Inline(),
    "single": Cohort(workers=1, method="single"),
    "stacked": Cohort(workers=1, method="stacked"),
    "flower": Flower(grid="in_process", nodes=2),
}
ALGORITHMS = {
    "gradient": FedSGD(client_fraction=0.8),
    "sgd": FedAvg(client_fraction=0.8, learning_rate=0.1, epochs=2, optimizer=SGD(weight_decay=0.1)),
    "adam": FedAvg(client_fraction=0.8, epochs=2, optimizer=Adam(weight_decay=0.1)),
}
FIRST = ("dense1.weight", "dense1.bias")
each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
each_algorithm = pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)


def of_first(arrays):
    return {name: arrays[name].tobytes() for name in FIRST}


def nothing(seen, algorithm):
    """As what the first layer is sent where nothing of it is."""
    zeros = {name: np.zeros_like(seen.broadcast[name]) for name in FIRST}
    return of_first(algorithm.as_sent(zeros, seen.broadcast))


@each_engine
@each_algorithm
def test_a_frozen_layer_never_moves_and_is_not_sent(world, run, tmp_path, engine, algorithm):
    made, seen = world(algorithm=algorithm, defenses=(Noise(sigma=0.1), FreezeFirst(from_round=3))), []
    left = run(engine, made, tmp_path, seen.append)
    assert left.error is None
    models = [of_first(each.broadcast) for each in seen] + [of_first(left.state.model)]
    assert len({model["dense1.weight"] for model in models[:3]}) == 3
    assert models[2] == models[3] == models[4] == models[5]
    for each in seen:
        for update in each.updates:
            assert (of_first(update.arrays) == nothing(each, algorithm)) == (each.number >= 3)
            assert not np.array_equal(update.arrays["dense2.weight"], each.broadcast["dense2.weight"])


@each_engine
@each_algorithm
def test_a_client_goes_on_with_its_own_layer(world, run, tmp_path, engine, algorithm):
    """By hand: what it sends of the others is what an undefended client with that layer in its model would send."""
    made, seen, own = world(algorithm=algorithm, defenses=(PrivateFirst(),), rounds=4), [], {}
    left = run(engine, made, tmp_path, seen.append)
    assert left.error is None and of_first(left.state.model) == of_first(seen[0].broadcast)
    undefended, data = made.simulation.model_copy(update={"defenses": ()}), made.data.open()
    arithmetic = Cohort(workers=1) if isinstance(engine, Flower) else engine
    for each in seen:
        for update in each.updates:
            start = {**each.broadcast, **own.get(update.client, {})}
            alone = []
            arithmetic.ask(undefended, data, [Wanted(each.number, start, [update.client])], alone.append)
            learnt = alone[0].updates[0].arrays
            stepped = algorithm.server_step(start, learnt)
            own[update.client] = {name: stepped[name] for name in FIRST}
            assert of_first(update.arrays) == nothing(each, algorithm)
            assert all(np.array_equal(update.arrays[name], learnt[name]) for name in learnt if name not in FIRST)
    taken = [update.client for each in seen for update in each.updates]
    assert len(set(taken)) < len(taken)  # some have taken part more than once


@each_engine
def test_who_keeps_nothing_is_in_its_first_round(world, engine):
    """As the clients of aligned shadows: asked what they would send, each from the model that is broadcast."""
    made, found = world(defenses=(PrivateFirst(),)), {}
    model, data = made.simulation.start(12), made.data.open()
    clients = list(data.clients)
    for defenses in ((), (PrivateFirst(),)):
        seen = found[defenses] = []
        simulation = made.simulation.model_copy(update={"defenses": defenses})
        engine = Cohort(workers=1) if isinstance(engine, Flower) else engine
        engine.ask(simulation, data, [Wanted(number, model, clients) for number in (4, 4)], seen.append)
    first, again = found[(PrivateFirst(),)]
    for update, same, plain in zip(first.updates, again.updates, found[()][0].updates, strict=True):
        assert not any(update.arrays[name].any() for name in FIRST)
        for name in ("dense2.weight", "dense3.bias"):
            assert np.array_equal(update.arrays[name], same.arrays[name])
            assert np.array_equal(update.arrays[name], plain.arrays[name])


@each_engine
def test_a_norm_is_clipped_over_what_is_sent(world, run, tmp_path, engine):
    seen = []
    run(engine, world(defenses=(Clip(norm=1e-3), FreezeFirst())), tmp_path, seen.append)
    norms = [np.sqrt(sum((a**2).sum() for a in update.arrays.values())) for each in seen for update in each.updates]
    assert np.allclose(norms, 1e-3, rtol=1e-5)


@each_engine
def test_a_projection_is_what_all_trainings_begin_with_and_end_with(world, run, tmp_path, engine):
    defense = RandomFirst(projection="rademacher")
    for seed in (1, 2):
        made = world(seed=seed, algorithm=FedAvg(client_fraction=0.6, epochs=2), defenses=(defense,))
        left = run(engine, made, tmp_path / str(seed))
        weight, bias = (left.state.model[name] for name in FIRST)
        assert weight.tobytes() == defense.weights(8, 12).tobytes() and not bias.any()


def test_trainings_in_different_rounds_share_a_stack():
    """After an interruption some may be behind: a layer is put back where it is frozen, and only there."""
    layout = Layout({"a.weight": (2, 2), "a.bias": (2,), "b.weight": (1, 2)})
    parameters = torch.arange(4.0 * 8).view(4, 8)
    works = [Work((), 1, torch.Generator(), frozen=frozenset(names)) for names in (["a.bias"], [], ["a.bias"], [])]
    held, before = Held(layout, parameters, works), parameters.clone()
    parameters += 1
    held.put_back(2)
    assert torch.equal(parameters[0] - before[0], torch.tensor([1.0, 1, 1, 1, 0, 0, 1, 1]))
    assert torch.equal(parameters[1:], before[1:] + 1)
    held.put_back(4)
    assert torch.equal(parameters[2] - before[2], torch.tensor([1.0, 1, 1, 1, 0, 0, 1, 1]))


def test_only_one_says_whose_the_first_layer_is(world):
    with pytest.raises(ValueError, match="freeze_first and private_first each decide whose the first layer is; keep"):
        world(defenses=(FreezeFirst(), Clip(norm=1.0), PrivateFirst()))


def test_a_layer_of_its_own_that_is_not_finite_is_refused(world, run, tmp_path):
    """Though nothing of it is sent."""
    made = world(algorithm=FedSGD(client_fraction=1.0, learning_rate=1e38), defenses=(PrivateFirst(),))
    left = run(Cohort(workers=1), made, tmp_path)
    assert "client-0000" in str(left.error)
