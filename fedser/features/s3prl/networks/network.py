"""What each network gives: the hidden states of one of its layers, part by part."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from fedser.features.extractor import Frames, Signal
from fedser.features.s3prl.checkpoint import Checkpoint


class Shape(NamedTuple):
    """How many layers of hidden states a network has, and how wide they are."""

    layers: int
    dims: int


class Network(ABC):
    """A network in evaluation on one device, behind the front end that its checkpoint asks for."""

    @classmethod
    @abstractmethod
    def shape(cls, checkpoint: Checkpoint) -> Shape:
        """Its shape, by the settings in the checkpoint; raises InputError where it is another network's."""

    @abstractmethod
    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        """Read the weights; raises InputError where they are another network's."""

    @abstractmethod
    def inputs(self, signal: Signal) -> Tensor:
        """What the network reads of ``signal`` [samples] at 16 kHz: [frames, features] on the CPU."""

    @abstractmethod
    def hidden(self, inputs: Tensor, layer: int) -> Iterator[Tensor]:
        """The hidden states [frames, dims] of ``inputs`` [frames, features], of which there are some, in parts."""

    def frames(self, signal: Signal, layer: int) -> Iterator[Frames]:
        """The hidden states [frames, dims] of ``signal`` [samples], in parts; none where it is too short."""
        inputs = self.inputs(signal)
        if len(inputs):
            yield from (part.cpu().numpy() for part in self.hidden(inputs, layer))

    def each(self, signals: Sequence[Signal], layer: int) -> Iterator[Iterable[Frames]]:
        """``frames`` of each of ``signals``, one by one: convolutions and attention would hear what shorter ones are
        padded with. A network that does not may compute them together.
        """
        return (self.frames(signal, layer) for signal in signals)


def equal_parts(inputs: Tensor, longest: int) -> tuple[Tensor, ...]:
    """``inputs`` [frames, features] cut into as few parts of about one length as need no more than ``longest``."""
    return inputs.chunk(-(-len(inputs) // longest))
