"""Where gradients are bounded and clients weigh alike, one client at a time, a stack and the oracle still agree."""

import numpy as np
import pytest

from fedser.algorithms import FedAvg, FedSGD
from fedser.defenses import DPSGD, DPFedAvg, UserDP
from fedser.engine import Cohort, Inline


@pytest.mark.parametrize("defense", [DPSGD(noise_multiplier=0.5, clip=0.3), UserDP(epsilon=50.0)], ids=lambda d: d.name)
@pytest.mark.parametrize("method", ["single", "stacked"])
def test_one_at_a_time_and_stacked_are_near_to_the_oracle(world, run, tmp_path, defense, method):
    for algorithm in (FedSGD(client_fraction=0.8), FedAvg(client_fraction=0.8, epochs=2, batch_size=8)):
        made = world(algorithm=algorithm, defenses=(defense,))
        expected = run(Inline(), made, tmp_path / f"inline-{algorithm.name}").state.model
        found = run(Cohort(workers=1, method=method), made, tmp_path / f"{method}-{algorithm.name}").state.model
        assert all(np.allclose(found[name], array, rtol=0, atol=1e-5) for name, array in expected.items())


def test_what_the_server_adds_is_seen_by_nobody_but_in_the_next_model(world, run, tmp_path):
    seen = []
    made = world(algorithm=FedSGD(client_fraction=0.8), defenses=(DPFedAvg(noise_multiplier=1.0, clip=0.1),), rounds=2)
    run(Inline(), made, tmp_path, seen.append)
    first, second = seen
    norms = [np.sqrt(sum(float((a.astype(np.float64) ** 2).sum()) for a in u.arrays.values())) for u in first.updates]
    assert max(norms) <= 0.1 * (1 + 1e-6) and {update.examples for update in first.updates} == {1}
    mean = {name: np.mean([u.arrays[name] for u in first.updates], axis=0) for name in first.broadcast}
    added = [(first.broadcast[n] - second.broadcast[n]) / np.float32(0.1) - mean[n] for n in mean]
    drawn = np.concatenate([array.ravel() for array in added])
    assert drawn.std() == pytest.approx(0.1 / len(first.updates), rel=0.2)  # z S / m
