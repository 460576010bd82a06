"""What the server asks for, and what it asks for once only."""

from collections import Counter

import pytest

from fedser.engine import Cohort, Flower, Inline
from fedser.engine.inline import module_evaluation
from fedser.engine.loop import Server
from fedser.engine.simulation import Simulation


@pytest.mark.parametrize(
    "engine", [Inline(), Cohort(workers=1), Flower(grid="in_process", nodes=2)], ids=["inline", "cohort", "flower"]
)
def test_a_round_is_sampled_once(world, run, tmp_path, monkeypatch, engine):
    drawn, sample = Counter(), Simulation.sampled

    def counted(simulation, clients, number):
        drawn[number] += 1
        return sample(simulation, clients, number)

    monkeypatch.setattr(Simulation, "sampled", counted)
    assert run(engine, world(rounds=4), tmp_path).error is None
    assert drawn == dict.fromkeys(range(1, 5), 1)


def test_a_round_is_wanted_until_it_is_received(world, training, tmp_path):
    made = world(rounds=1)
    data = made.data.open()
    with Server(training(made, tmp_path), data, module_evaluation(made.simulation, data)) as server:
        assert server.wanted() is server.wanted()
