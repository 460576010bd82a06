"""Canaries beside the clients: alike in every engine, through interruptions, and as visible as the mechanism says."""

import math

import numpy as np
import pytest

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import Clip, DPFedAvg, FreezeFirst, Noise, Sign
from fedser.defenses.accountant import epsilon_of
from fedser.defenses.adaptive_clip import NORM, AdaptiveClip
from fedser.defenses.turns import Schedule
from fedser.engine import Cohort, Flower, Inline
from fedser.engine.canaries import Canaries, Seen
from fedser.engine.flock import Flock
from fedser.engine.training import Keep, Training
from fedser.errors import CaptureError, ConfigError
from fedser.metrics.gaussians import Gaussian, epsilon_between
from fedser.models import MLP
from fedser.seeds import Stream
from simulations.canaries import Audit
from simulations.scoring.canaries import measured

ENGINES = {
    "inline": Inline(),
    "single": Cohort(workers=1, method="single"),
    "stacked": Cohort(workers=1, method="stacked"),
    "flower": Flower(grid="in_process", nodes=2, method="single"),
}
TRAININGS = {
    "fedsgd": {"defenses": (DPFedAvg(noise_multiplier=1.0, clip=0.5, adaptive=AdaptiveClip()),)},
    "fedavg": {"algorithm": FedAvg(client_fraction=0.6), "defenses": (FreezeFirst(), Clip(norm=0.1))},
}


@pytest.fixture
def seen(tmp_path):
    """Run a world with canaries, and say what was seen of them."""

    def run(world, canaries, engine=ENGINES["single"], where="run", **more):
        keep = Keep(tmp_path / where / "state", 2)
        state = engine.run(Training(world.simulation, world.data, keep=keep, canaries=canaries, **more))
        return Seen.read(tmp_path / where / "canaries.safetensors"), state

    return run


def told(seen, audit, rounds=1):
    schedule = Schedule(clients=8, cohort=8, rounds=rounds, batch_size=20)
    return {(each.kind, each.against): each for each in measured(seen, audit, schedule, 1e-5, Stream(1))}


LAST, EVERY = "all who see only the last model", "all who see the model of every round"


@pytest.mark.parametrize("changes", TRAININGS.values(), ids=TRAININGS)
def test_every_engine_sees_the_same(world, seen, changes):
    made = world(**changes)
    found = {name: seen(made, Canaries(number=20, turns=2), engine, name) for name, engine in ENGINES.items()}
    first, state = found["single"]
    for name, (other, ended) in found.items():
        assert np.array_equal(other.took_part, first.took_part) and 0 < first.took_part.sum() < 20
        if name in ("inline", "stacked"):
            np.testing.assert_allclose(other.final, first.final, atol=1e-3)
            np.testing.assert_allclose(other.nearest, first.nearest, atol=1e-3)
        else:
            assert np.array_equal(other.final, first.final) and np.array_equal(other.nearest, first.nearest)
            assert all(np.array_equal(ended.model[each], state.model[each]) for each in state.model)


@pytest.mark.parametrize("changes", TRAININGS.values(), ids=TRAININGS)
def test_an_interrupted_training_goes_on(world, seen, tmp_path, changes):
    def stop(number):
        if number == 5:
            raise KeyboardInterrupt

    made, canaries = world(rounds=7, **changes), Canaries(number=20, turns="clients")
    seen(made, canaries, where="whole")
    with pytest.raises(KeyboardInterrupt):
        seen(made, canaries, where="cut", ticked=stop)
    seen(made, canaries, where="cut")
    for name in ("state", "canaries.safetensors"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes()


def test_one_moves_the_mean_as_a_client_would_and_only_what_is_shared(world, tmp_path):
    simulation = world(rounds=1, defenses=(FreezeFirst(), Clip(norm=0.3), Noise(sigma=1.0))).simulation
    start = simulation.start(12)
    flock = Flock(Canaries(number=20), simulation, start, 0.6, tmp_path / "seen")
    shared = {name: np.zeros_like(array) for name, array in start.items() if not name.startswith("dense1")}
    joined = flock.join(shared, start, 1, clients=3)
    assert list(joined) == list(shared) and not any(array.any() for array in shared.values())
    flock.watch(start, start | {name: start[name] - array for name, array in joined.items()})
    flock.keep(start)
    found = Seen.read(tmp_path / "seen")
    length = math.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in joined.values()))
    assert length == pytest.approx(0.1 * math.sqrt(found.took_part.sum()), rel=0.3)  # nearly orthogonal directions
    # The sum of cosines of what was added with what it was added of is its own length, in their unit.
    size = sum(array.size for array in joined.values())
    assert found.nearest[found.took_part].sum() == pytest.approx(math.sqrt(size) * length / 0.1, rel=1e-4)
    assert not found.final.any()
    assert flock.join(shared, start, 2, clients=3) is shared


def test_its_length_follows_the_norm_that_the_server_adapts(world):
    simulation = world(**TRAININGS["fedsgd"]).simulation
    start = simulation.start(12)
    assert Canaries().length(simulation, start) == pytest.approx(0.5)
    assert Canaries().length(simulation, {**start, NORM: np.log(np.asarray([0.2], np.float32))}) == pytest.approx(0.2)
    assert Canaries(norm=0.1).length(simulation, start) == 0.1 and Canaries(norm=9.0).length(simulation, start) < 0.6


def test_rounds_are_drawn_for_each_by_itself(world):
    simulation = world(rounds=50).simulation
    drawn = [Canaries(turns=3).rounds(simulation, 0.2, Stream(1)(number)) for number in range(100)]
    assert all(len(set(rounds)) == 3 and min(rounds) >= 1 and max(rounds) <= 50 for rounds in drawn)
    drawn = [Canaries(turns="clients").rounds(simulation, 0.2, Stream(1)(number)) for number in range(100)]
    assert np.mean([len(rounds) for rounds in drawn]) == pytest.approx(10, abs=4 * math.sqrt(8 / 100))


@pytest.fixture(scope="module")
def one_round():
    """A training of 17,188 parameters, in one round of eight clients."""
    return {"sizes": (5,) * 8, "features": 100, "model": MLP(hidden=(128, 32)), "rounds": 1}


def test_in_one_round_the_estimate_is_near_the_gaussian_mechanism(world, seen, one_round):
    """A canary's cosine is N(1 / sqrt(z^2 + k / d), 1): beside the noise, the other k canaries hide it."""
    noise = 0.5
    made = world(
        algorithm=FedSGD(client_fraction=1.0), defenses=(DPFedAvg(noise_multiplier=noise, clip=0.5),), **one_round
    )
    audit = Audit(number=600)
    found, _ = seen(made, audit.trained)
    there, absent = found.final[found.took_part], found.final[~found.took_part]
    expected = 1 / math.sqrt(noise**2 + len(there) / 17188)
    for draws, mean in ((there, expected), (absent, 0.0)):
        assert abs(draws.mean() - mean) < 4 / math.sqrt(len(draws))
        assert abs(draws.std() - 1) < 4 / math.sqrt(2 * len(draws))
    exact = epsilon_between(Gaussian(0.0, noise), Gaussian(1.0, noise), 1e-5)
    said = told(found, audit)
    estimate, bound = said["estimate", LAST], said["lower bound", LAST]
    assert (
        0.8 * exact < estimate.epsilon < 1.5 * exact and estimate.interval[0] < estimate.epsilon < estimate.interval[1]
    )
    assert 1 < bound.epsilon < exact
    np.testing.assert_allclose(found.final, found.nearest, atol=1e-4)  # of one round, the last model is every model


def test_of_many_canaries_the_estimate_is_the_gaussian_mechanisms():
    rng, audit = np.random.default_rng(0), Audit(number=5000)
    took_part = np.arange(20_000) % 2 == 0
    cosines = rng.normal(size=20_000) + 1.25 * took_part
    found = told(Seen(took_part, cosines, cosines), audit)
    exact = epsilon_between(Gaussian(0.0, 0.8), Gaussian(1.0, 0.8), 1e-5)
    for against in (LAST, EVERY):
        assert found["estimate", against].epsilon == pytest.approx(exact, rel=0.1)


def test_without_noise_epsilon_is_large(world, seen, one_round):
    made, audit = (
        world(algorithm=FedSGD(client_fraction=1.0), defenses=(Clip(norm=0.5),), **one_round),
        Audit(number=100),
    )
    said = told(seen(made, audit.trained)[0], audit)
    assert said["estimate", LAST].epsilon > 50 and said["lower bound", LAST].epsilon > 2.5


def test_at_an_epsilon_of_eight_the_estimate_is_below_it(world, seen, one_round):
    defense, rate, rounds = DPFedAvg(noise_multiplier=1.373, clip=0.5), 0.5, 12
    assert 7.9 < epsilon_of(1.373, rate, rounds, 1e-5, "rdp") < 8.0
    made = world(algorithm=FedSGD(client_fraction=rate), defenses=(defense,), **one_round | {"rounds": rounds})
    audit = Audit(number=300)
    said = told(seen(made, audit.trained)[0], audit, rounds)
    for against in (LAST, EVERY):
        assert said["estimate", against].epsilon < 8.0 and said["lower bound", against].epsilon < 8.0


def test_what_is_impossible_is_refused_before_any_work(world, tmp_path):
    made, keep = world(defenses=(Clip(norm=1.0), Sign())), Keep(tmp_path / "state")
    with pytest.raises(ConfigError, match=r"^training private-0: nothing says how long the update of a canary is$"):
        Training(made.simulation, made.data, keep=keep, canaries=Canaries())
    assert Training(made.simulation, made.data, keep=keep, canaries=Canaries(norm=1.0)).seen_canaries
    with pytest.raises(ConfigError, match=r"^training private-0: no folder to keep in what is seen of canaries$"):
        Training(made.simulation, made.data, canaries=Canaries(norm=1.0))


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / "canaries.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(CaptureError, match=r"not readable .*; delete its folder to start again$"):
        Seen.read(tmp_path / "canaries.safetensors")
