"""Smaller steps, and an end, where a client's own loss no longer falls."""

import numpy as np
import pytest

from fedser.algorithms import FedAvg
from fedser.algorithms.plateau import Plateau

PAPER = Plateau()


def test_by_hand():
    """Two epochs without a gain of 0.001 are one decay; a gain of less counts as none."""
    falling = [1.0, 0.9, 0.8]
    assert PAPER.scale(falling) == 1.0 and PAPER.scale([]) == 1.0
    assert PAPER.scale([*falling, 0.7995]) == 1.0
    assert PAPER.scale([*falling, 0.7995, 0.7992]) == pytest.approx(0.7)
    assert PAPER.scale([*falling, 0.7995, 0.7992, 0.9]) == pytest.approx(0.7)
    assert PAPER.scale([*falling, 0.7995, 0.7992, 0.9, 0.7]) == pytest.approx(0.7)
    assert PAPER.scale([*falling, 0.9, 0.9, 0.9, 0.9]) == pytest.approx(0.49)


def test_after_four_decays_the_next_is_the_end():
    """A first epoch sets the mark, and the eight after it are the four decays; two more, and it is over."""
    assert PAPER.scale([1.0] * 9) == pytest.approx(0.7**4)
    assert PAPER.scale([1.0] * 10) == pytest.approx(0.7**4)
    assert PAPER.scale([1.0] * 11) is None


def test_what_is_not_finite_is_no_gain():
    assert PAPER.scale([float("nan"), float("nan")]) == pytest.approx(0.7)


def test_only_fedavg_with_a_plateau_watches():
    assert FedAvg().watched is None and FedAvg(plateau=PAPER).watched == PAPER
    assert FedAvg.model_validate_json(FedAvg(plateau=PAPER).model_dump_json()) == FedAvg(plateau=PAPER)
    assert np.isclose(PAPER.factor, 0.7)
