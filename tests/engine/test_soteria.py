"""Which units Soteria prunes, by hand, and what an attacker who ignores the defended layer still reads."""

import numpy as np
import pytest
from pydantic import ValidationError

from fedser.algorithms import FedSGD
from fedser.defenses import PrivateFirst, Soteria
from fedser.engine import Cohort
from fedser.models import MLP
from fedser.updates.reductions.mean_input import mean_input

MODEL = {
    "dense1.weight": np.array([[3, 4], [0, 1], [1, 0], [-1, 0]], np.float32),
    "dense1.bias": np.array([0, 0, 1, 0], np.float32),
    "dense2.weight": np.ones((2, 4), np.float32),
    "dense2.bias": np.zeros(2, np.float32),
}
X = np.array([[1, 2], [2, -1]], np.float32)
"""Activations (11, 2, 2, 0) and (2, 0, 3, 0); divided by the rows' lengths 5, 1, 1, 1 and summed: 2.6, 2, 5, 0."""


def ones():
    return {name: np.ones_like(array) for name, array in MODEL.items()}


@pytest.mark.parametrize(("share", "units"), [(0.25, [2]), (0.5, [0, 2]), (0.99, [0, 1, 2])])
def test_units_farthest_beyond_their_hyperplanes_are_pruned(share, units):
    sent = Soteria(share=share).on_inputs(ones(), MODEL, X)
    assert np.flatnonzero((sent["dense2.weight"] == 0).all(axis=0)).tolist() == units
    assert all((sent[name] == 1).all() for name in MODEL if name != "dense2.weight")
    both = Soteria(share=share, prunes="both").on_inputs(ones(), MODEL, X)
    assert np.flatnonzero(both["dense1.bias"] == 0).tolist() == units
    assert np.flatnonzero((both["dense1.weight"] == 0).all(axis=1)).tolist() == units
    assert np.array_equal(both["dense2.weight"], sent["dense2.weight"])


def test_units_without_weights_are_pruned_last():
    model = {**MODEL, "dense1.weight": np.array([[0, 0], [0, 1], [1, 0], [-1, 0]], np.float32)}
    model["dense1.bias"] = np.array([9, 0, 0, 0], np.float32)
    sent = Soteria(share=0.5).on_inputs(ones(), model, X)
    assert np.flatnonzero((sent["dense2.weight"] == 0).all(axis=0)).tolist() == [1, 2]


@pytest.mark.parametrize("prunes", ["next", "both"])
def test_the_mean_input_is_read_as_if_there_were_no_defense(world, run, tmp_path, prunes):
    """Of the first round, whose model is the same; the rows that are left still are means of the batch."""
    read = []
    for folder, defenses in enumerate([(), (Soteria(share=0.5, prunes=prunes),)]):
        seen = []
        made = world(
            algorithm=FedSGD(client_fraction=1.0),
            defenses=defenses,
            rounds=1,
            model=MLP(hidden=(64, 16)),
            sizes=(30, 25, 40),
        )
        run(Cohort(workers=1), made, tmp_path / str(folder), seen.append)
        read.append([mean_input(u.arrays["dense1.weight"], u.arrays["dense1.bias"]) for u in seen[0].updates])
    for plain, pruned in zip(*read, strict=True):
        cosine = plain @ pruned / (np.linalg.norm(plain) * np.linalg.norm(pruned))
        assert cosine == pytest.approx(1.0) if prunes == "next" else 0.7 < cosine < 0.999


def test_units_are_those_of_a_layer_of_the_client_s_own(world, run, tmp_path):
    """Which is not sent; the columns of the next layer still are, but for those of the pruned units."""
    seen = []
    made = world(algorithm=FedSGD(client_fraction=1.0), defenses=(PrivateFirst(), Soteria(share=0.5, prunes="both")))
    assert run(Cohort(workers=1), made, tmp_path, seen.append).error is None
    for each in seen:
        for update in each.updates:
            assert not update.arrays["dense1.weight"].any()
            assert (update.arrays["dense2.weight"] == 0).all(axis=0).sum() >= 4


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_senseless_settings_are_refused(share):
    with pytest.raises(ValidationError, match="share"):
        Soteria(share=share)
