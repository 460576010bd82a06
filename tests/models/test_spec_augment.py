"""Masks of filters and of time: within the utterance, of bounded length, drawn by the given generator alone."""

import pytest
import torch

from fedser.models import GRU, AttentionCNN
from fedser.models.spec_augment import SpecAugment

THERE = torch.arange(30) < torch.tensor([[30], [12], [1]])


def frames():
    return torch.ones(3, 30, 8) * THERE[:, :, None]


def masked(augment, seed):
    return augment.masked(frames(), THERE, torch.Generator().manual_seed(seed))


def runs(gone):
    """The length of each run of true values."""
    found = "".join("x" if each else " " for each in gone.tolist()).split()
    return [len(run) for run in found]


def test_runs_of_filters_and_of_steps_are_masked_and_nothing_else():
    lengths = set()
    for seed in range(60):
        gone = masked(SpecAugment(filter_masks=1, filters=3, time_masks=0), seed) != frames()
        assert not (gone & ~THERE[:, :, None]).any()
        assert (gone == gone.any(dim=1, keepdim=True) & THERE[:, :, None]).all(), "a filter at all steps, or at none"
        each = [runs(one[0]) for one in gone]
        assert all(len(run) <= 1 for run in each)
        lengths |= {length for run in each for length in run}
    assert lengths == {1, 2, 3}


def test_time_masks_keep_within_their_share_of_the_utterance():
    longest = [0, 0, 0]
    for seed in range(60):
        gone = masked(SpecAugment(filter_masks=0, time_masks=1, steps=20, share=0.5), seed) != frames()
        assert (gone.all(dim=2) == gone.any(dim=2)).all()
        longest = [max(before, *runs(one.any(dim=1)), 0) for before, one in zip(longest, gone, strict=True)]
    assert longest == [15, 6, 0]


def test_the_generator_decides():
    augment, state = SpecAugment(), torch.get_rng_state()
    assert torch.equal(masked(augment, 1), masked(augment, 1)) and not torch.equal(
        masked(augment, 1), masked(augment, 2)
    )
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("kind", [GRU, AttentionCNN])
def test_it_acts_in_training_alone(kind):
    plain = kind(hidden=(5,), dropout=(0.0,), augment=SpecAugment())
    network = plain.build(8, 2, torch.Generator().manual_seed(1))
    x = torch.cat([torch.randn(3, 30, 8), THERE[:, :, None].float()], dim=2)
    assert torch.equal(network.eval()(x, torch.Generator().manual_seed(1)), network.train()(x))
    assert not torch.equal(network(x, torch.Generator().manual_seed(1)), network(x))
