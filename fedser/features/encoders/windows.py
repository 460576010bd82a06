"""Which samples the frames of a stack of convolutions hear, and how long signals are cut and brought together."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fedser.features.extractor import Signal


@dataclass(frozen=True)
class Convolutions:
    """A stack of convolutions without padding: a frame hears ``heard`` samples, ``step`` samples after the last one's.

    For wav2vec 2.0 and its kin these are 400 and 320, 25 ms and 20 ms (Baevski et al. 2020, section 4.2).
    """

    heard: int
    step: int

    @classmethod
    def of(cls, kernels: Sequence[int], strides: Sequence[int]) -> "Convolutions":
        """Those with one kernel and one stride per layer, the first layer first."""
        heard, step = 1, 1
        for kernel, stride in zip(kernels, strides, strict=True):
            heard += (kernel - 1) * step
            step *= stride
        return cls(heard, step)

    def frames(self, samples: int) -> int:
        """How many frames a signal of so many samples has."""
        return max(0, (samples - self.heard) // self.step + 1)

    def windows(self, signal: Signal, longest: int) -> list[Signal]:
        """Parts of ``signal``, of about one length and each of at most ``longest`` samples.

        Their frames, joined, are as many as those of the signal, and hear the same samples.
        """
        frames, most = self.frames(len(signal)), max(1, self.frames(longest))
        if frames <= most:
            return [signal] if frames else []
        parts = -(-frames // most)
        edges = [part * frames // parts for part in range(parts + 1)]
        return [
            signal[begin * self.step : (end - 1) * self.step + self.heard] for begin, end in itertools.pairwise(edges)
        ]


def like_with_like(lengths: Sequence[int], most: int, equal: bool) -> Iterator[list[int]]:
    """Groups of indices of ``lengths``, of about one length (``equal``: of exactly one).

    Padded to its longest, a group has at most ``most`` samples in all, unless it is a single one.
    """
    group: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        full = (len(group) + 1) * lengths[index] > most
        if group and (full or (equal and lengths[index] != lengths[group[0]])):
            yield group
            group = []
        group.append(index)
    if group:
        yield group
