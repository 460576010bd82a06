"""On a GPU the same training leaves the same numbers, up to the order in which a GPU sums."""

import numpy as np
import pytest
import torch

from fedser.algorithms import FedAvg, FedSGD
from fedser.algorithms.optimizer import SGD
from fedser.defenses import Clip, Noise
from fedser.engine import Cohort, Inline
from fedser.models import MLP

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU: torch.cuda.is_available() is false"),
]

GPU = Cohort(device=f"cuda:{max(0, torch.cuda.device_count() - 1)}")
"""The last one, which is not the current one where there are several."""

TOLERANCE = 1e-4
"""Of updates, models and losses, which are of the order of one; in float32 sums of some hundred products differ by 1e-6
or so, and from step to step a little more."""

RAGGED = (45, 7, 1, 20, 21, 60, 3)
SETTINGS = {
    "fedsgd": {"algorithm": FedSGD(client_fraction=1.0)},
    "no-dropout": {"algorithm": FedSGD(client_fraction=1.0), "model": MLP(dropout=(0.0, 0.0))},
    "fedavg-sgd": {"algorithm": FedAvg(client_fraction=1.0, learning_rate=0.1, epochs=2, optimizer=SGD())},
    "fedavg-adam": {"algorithm": FedAvg(client_fraction=1.0, epochs=2)},
    "defended": {"algorithm": FedAvg(client_fraction=1.0), "defenses": (Clip(norm=0.1), Noise(sigma=0.01))},
}


def scores_are_near(difference):
    """A prediction or two may change where two classes are nearly as probable."""
    return difference.scores.max() < 0.1


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("method", ["auto", "single"])
def test_a_gpu_leaves_what_inline_leaves(world, run, difference, assert_near, tmp_path, setting, method):
    made = world(**{"sizes": RAGGED, "features": 100, "model": MLP(), "rounds": 3} | SETTINGS[setting])
    expected = run(Inline(), made, tmp_path / "inline")
    found = run(GPU.model_copy(update={"method": method}), made, tmp_path / "gpu")
    apart = difference(expected, found, tmp_path / "inline", tmp_path / "gpu")
    assert_near(apart, made.simulation.algorithm, TOLERANCE)
    assert scores_are_near(apart)


@pytest.mark.parametrize("setting", SETTINGS)
def test_trainings_in_one_stack_leave_what_each_leaves_alone(
    world, run, run_all, difference, assert_near, tmp_path, setting
):
    named = zip(("private", "shadow-0", "shadow-1"), (RAGGED, [5] * 150, (20,)), strict=True)
    changes = {"model": MLP(hidden=(33, 17)), "rounds": 2} | SETTINGS[setting]
    if setting == "no-dropout":
        changes["model"] = MLP(hidden=(33, 17), dropout=(0.0, 0.0))
    worlds = [world(training=name, sizes=sizes, where=name, **changes) for name, sizes in named]
    together = run_all(GPU, worlds, tmp_path / "together")
    for made, found in zip(worlds, together, strict=True):
        name = made.simulation.training
        expected = run(Cohort(device="cpu", workers=1), made, tmp_path / f"{name}-alone")
        apart = difference(expected, found, tmp_path / f"{name}-alone", tmp_path / "together" / name)
        assert_near(apart, made.simulation.algorithm, TOLERANCE)
        assert scores_are_near(apart)


def test_captures_on_their_way_are_what_an_observer_sees(world, run, tmp_path):
    """Twice the same: once summed on the GPU while the updates leave it, once copied before they are summed."""
    made = world(sizes=[9] * 150, features=100, model=MLP(), algorithm=FedAvg(client_fraction=1.0), rounds=2)
    seen = []
    unseen, observed = run(GPU, made, tmp_path / "unseen"), run(GPU, made, tmp_path / "observed", seen.append)
    assert unseen.error is None and observed.error is None and len(seen) == 6
    assert [name for name in unseen.files if unseen.files[name] != observed.files[name]] == []


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_other_precisions_change_results_a_little(world, run, difference, tmp_path, precision):
    made = world(sizes=RAGGED, features=100, model=MLP(), algorithm=FedSGD(client_fraction=1.0), rounds=1)
    full = run(GPU, made, tmp_path / "float32")
    found = run(GPU.model_copy(update={"precision": precision}), made, tmp_path / precision)
    apart = difference(full, found, tmp_path / "float32", tmp_path / precision).updates
    assert 0 < apart.max() < 0.2 and np.quantile(apart, 0.99) < 0.01


def test_memory_decides_the_width_and_not_the_result(world, run, difference, assert_near, tmp_path):
    made = world(sizes=RAGGED, features=100, model=MLP(), algorithm=FedSGD(client_fraction=1.0), rounds=2)
    wide = run(GPU, made, tmp_path / "wide")
    narrow = run(GPU.model_copy(update={"memory": 1e-9}), made, tmp_path / "narrow")
    assert_near(difference(wide, narrow, tmp_path / "wide", tmp_path / "narrow"), made.simulation.algorithm, TOLERANCE)
