"""s3prl's APC and VQ-APC, run in parts that hand on their recurrent states: exact for any length.

Signals are computed together at no cost to their numbers: what a shorter one is padded with lies behind its end, and a
recurrent network never looks ahead.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import torch
from pydantic import PositiveInt
from s3prl.upstream.apc.apc import APC
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from fedser.errors import InputError
from fedser.features.extractor import Frames, Signal
from fedser.features.s3prl.checkpoint import Checkpoint, Part
from fedser.features.s3prl.networks.network import Network, Shape
from fedser.features.s3prl.networks.pretraining import Config

_PART = 3000  # frames, of all signals that are computed together


class _Paras(Part, extra="forbid"):
    num_layers: PositiveInt
    hidden_size: PositiveInt
    dropout: float
    residual: bool
    vq: dict[str, Any] | None = None


class ApcNetwork(Network):
    """Recurrent layers, each added to the one below it."""

    quantised: ClassVar[bool] = False

    @classmethod
    def _config(cls, checkpoint: Checkpoint) -> Config[_Paras]:
        config = Config[_Paras].of(checkpoint)
        found, other = ("no ", "apc") if cls.quantised else ("a ", "vq_apc")
        if cls.quantised != (config.model.paras.vq is not None):
            raise InputError(f"{checkpoint.path}: has {found}codebook (vq): its features.name is {other}")
        return config

    @classmethod
    def shape(cls, checkpoint: Checkpoint) -> Shape:
        """As many layers as are stacked."""
        paras = cls._config(checkpoint).model.paras
        return Shape(paras.num_layers, paras.hidden_size)

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        config = self._config(checkpoint)
        self._audio, self._device = config.data.audio, device
        self._model = APC(self._audio.feat_dim, **config.model.paras.model_dump()).eval()
        checkpoint.load(self._model, "model")
        self._model.to(device)

    def inputs(self, signal: Signal) -> Tensor:
        """Filterbanks [frames, feat_dim]."""
        return self._audio.inputs(signal)

    def hidden(self, inputs: Tensor, layer: int) -> Iterator[Tensor]:
        """The output of recurrent layer ``layer`` (from 0)."""
        return (part[0] for part in self._states(inputs[None], layer))

    def each(self, signals: Sequence[Signal], layer: int) -> Iterator[Iterable[Frames]]:
        """Those of several signals together: their hidden states are all in memory. One is never whole there."""
        if len(signals) == 1:
            return super().each(signals, layer)
        inputs = [self.inputs(signal) for signal in signals]
        parts = (part.cpu() for part in self._states(pad_sequence(inputs, batch_first=True), layer))
        states = torch.cat([torch.empty(len(inputs), 0, self._model.hidden_size), *parts], dim=1).numpy()
        return ([found[: len(own)]] for found, own in zip(states, inputs, strict=True))

    def _states(self, inputs: Tensor, layer: int) -> Iterator[Tensor]:
        """The output [signals, frames, dims] of a layer for ``inputs`` [signals, frames, features], in parts."""
        layers = self._model.rnn_layers[: layer + 1]
        carried: list[Tensor | None] = [None] * len(layers)
        length = max(1, _PART // len(inputs))
        for start in range(0, inputs.shape[1], length):
            states = inputs[:, start : start + length].to(self._device)
            for number, recurrent in enumerate(layers):
                out, carried[number] = recurrent(states, carried[number])
                states = out + states if number and self._model.rnn_residual else out
            yield states


class VqApcNetwork(ApcNetwork):
    """The same layers, learnt through a codebook behind the last, which is not part of the hidden states."""

    quantised: ClassVar[bool] = True
