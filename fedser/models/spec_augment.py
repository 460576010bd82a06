"""SpecAugment: runs of filters and of time steps of a training utterance are masked (Park et al. 2019, arXiv
1904.08779, section 2), drawn anew at each step. Their time warping, which they found to help least, is left out.

What is masked becomes zero, the mean of normalised features; steps stay steps of the utterance.
"""

import torch
from pydantic import Field
from torch import Tensor

from fedser.config import Frozen


class SpecAugment(Frozen):
    """F, T and p of the paper's Table 1 are here ``filters``, ``steps`` and ``share``; by default its policy LD, on 40
    filters in place of 80.
    """

    filter_masks: int = Field(2, ge=0, description="runs of filters that are masked")
    filters: int = Field(13, ge=0, description="F: the most filters of a run")
    time_masks: int = Field(2, ge=0, description="runs of time steps that are masked")
    steps: int = Field(100, ge=0, description="T: the most time steps of a run ...")
    share: float = Field(1.0, ge=0, le=1, description="... and p: what of an utterance's own steps it may be at most")

    def masked(self, frames: Tensor, there: Tensor, masks: torch.Generator) -> Tensor:
        """A copy of ``frames`` [batch, time, filters]; ``there`` [batch, time] says how long each utterance is."""
        lengths, filters = there.sum(dim=1), torch.full((len(frames),), frames.shape[2])
        keep = torch.ones(frames.shape, dtype=torch.bool)
        for _ in range(self.filter_masks):
            keep &= ~_run(filters, filters.clamp(max=self.filters), frames.shape[2], masks)[:, None, :]
        for _ in range(self.time_masks):
            most = (lengths * self.share).long().clamp(max=self.steps)
            keep &= ~_run(lengths, most, frames.shape[1], masks)[:, :, None]
        return frames * keep


def _run(sizes: Tensor, most: Tensor, places: int, masks: torch.Generator) -> Tensor:
    """A run within each of ``sizes`` [batch]: its length uniform from 0 to ``most``, its start uniform; bool [batch,
    places].
    """
    drawn = torch.rand(2, len(sizes), generator=masks)
    length = (drawn[0] * (most + 1)).long().minimum(most)
    start = (drawn[1] * (sizes - length + 1)).long().minimum(sizes - length)
    place = torch.arange(places)
    return (place >= start[:, None]) & (place < (start + length)[:, None])
