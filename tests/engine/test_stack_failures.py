"""What fails in a stack ends the run with an error of its own: of its clients, or of the GPU that has no room."""

import pytest
import torch

from fedser.algorithms import FedSGD
from fedser.engine import Cohort, Flower
from fedser.engine.client import named
from fedser.engine.cohort.compute import Compute
from fedser.engine.cohort.stacked import StackedLearner
from fedser.errors import ClientError, EngineError

TOGETHER = Cohort(workers=1, method="stacked", device="cpu")
FLOWER = Flower(grid="in_process", nodes=1, method="stacked", device="cpu")
ENGINES = pytest.mark.parametrize("engine", [TOGETHER, FLOWER], ids=["together", "flower"])
WHOLE = FedSGD(client_fraction=1.0)


@pytest.fixture
def fails(monkeypatch):
    """Stacks of two clients, of which the fourth of all raises."""

    def fails(error):
        monkeypatch.setattr(Compute, "width", lambda *_: 2)
        learn, stacks = StackedLearner._learn, []

        def failing(learner, starts, taken):
            stacks.append(len(taken))
            if len(stacks) == 4:
                raise error
            return learn(learner, starts, taken)

        monkeypatch.setattr(StackedLearner, "_learn", failing)

    return fails


@ENGINES
@pytest.mark.parametrize("observers", [(), (lambda part: None,)], ids=["unseen", "observed"])
def test_the_clients_of_the_stack_are_named(world, run, tmp_path, fails, engine, observers):
    fails(RuntimeError("no kernel image"))
    left = run(engine, world(sizes=[5] * 5, algorithm=WHOLE), tmp_path, *observers, every=1)
    assert type(left.error) is ClientError and "state" in left.files
    place = "training private-0, round 2, client-00000, client-00001"
    assert str(left.error) == f"{place}: RuntimeError: no kernel image"


def test_clients_of_several_trainings_are_named_with_theirs(world, run_all, tmp_path, fails):
    fails(FloatingPointError("no sum"))
    worlds = [world(sizes=[5] * 3, algorithm=WHOLE, training=name, where=name) for name in ("a", "b", "c")]
    left = run_all(TOGETHER, worlds, tmp_path / "left")
    assert {str(each.error) for each in left} == {
        "training c, round 1, client-00000, client-00001: FloatingPointError: no sum"
    }


def test_a_stack_of_two_trainings(world, run_all, tmp_path, fails):
    fails(ValueError("no sum"))
    worlds = [world(sizes=[5] * size, algorithm=WHOLE, training=str(size), where=str(size)) for size in (7, 4)]
    left, *_ = run_all(TOGETHER, worlds, tmp_path / "left")
    place = "training 7, round 1, client-00006; training 4, round 1, client-00000"
    assert type(left.error) is ClientError and str(left.error) == f"{place}: ValueError: no sum"


@ENGINES
def test_a_gpu_without_memory_says_which_setting_to_lower(world, run, tmp_path, fails, engine):
    fails(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB.\nSee the documentation"))
    left = run(engine, world(sizes=[5] * 5, algorithm=WHOLE), tmp_path)
    assert type(left.error) is EngineError and left.error.exit_code == 1
    assert str(left.error) == (
        "engine.memory: 4 GiB of stacked clients, but the GPU is full; lower it, or choose device: cpu"
        " (CUDA out of memory. Tried to allocate 1 GiB.)"
    )


def test_of_many_clients_the_first_are_named():
    clients = [f"c{number}" for number in range(7)]
    assert named(clients[:5]) == "c0, c1, c2, c3, c4" and named(clients) == "c0, c1, c2, c3, c4 and 2 more"
