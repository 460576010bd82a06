"""s3prl's TERA (its class is that of Mockingjay), run on parts no longer than those it was trained on."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from pydantic import PositiveInt
from s3prl.upstream.mockingjay.model import TransformerConfig, TransformerModel
from torch import Tensor

from fedser.features.extractor import Signal
from fedser.features.s3prl.checkpoint import Checkpoint, Part
from fedser.features.s3prl.networks.kaldi import KaldiAudio
from fedser.features.s3prl.networks.log_mel import LogMel
from fedser.features.s3prl.networks.network import Network, Shape, equal_parts


class _Transformer(Part, extra="allow"):
    hidden_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    hidden_act: str
    intermediate_size: PositiveInt
    hidden_dropout_prob: float
    attention_probs_dropout_prob: float
    initializer_range: float
    layer_norm_eps: float
    share_layer: bool
    pre_layer_norm: bool


class _Task(Part):
    sequence_length: PositiveInt


class _Config(Part):
    transformer: _Transformer
    task: _Task
    audio: KaldiAudio | LogMel


class TeraNetwork(Network):
    """Transformer layers over a spectrum and the position in it."""

    @classmethod
    def shape(cls, checkpoint: Checkpoint) -> Shape:
        """The input of the first layer, and the output of each."""
        transformer = _config(checkpoint).transformer
        return Shape(transformer.num_hidden_layers + 1, transformer.hidden_size)

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        config = _config(checkpoint)
        self._audio, self._longest, self._device = config.audio, config.task.sequence_length, device
        transformer: dict[str, Any] = config.transformer.model_dump()
        self._model = TransformerModel(TransformerConfig(transformer), self._audio.features).eval()
        checkpoint.load(self._model, "Transformer", more=True)
        self._model.to(device)
        self._positions = positions(self._longest, config.transformer.hidden_size).to(device)

    def inputs(self, signal: Signal) -> Tensor:
        """The spectrum [frames, features] that the checkpoint asks for."""
        return self._audio.inputs(signal)

    def hidden(self, inputs: Tensor, layer: int) -> Iterator[Tensor]:
        """The input of the first transformer layer (0), or the output of the ``layer``-th."""
        for part in equal_parts(inputs, self._longest):
            everything = torch.ones(1, len(part), device=self._device)
            yield self._model(part[None].to(self._device), self._positions[: len(part)], everything)[layer][0]


def positions(length: int, dims: int) -> Tensor:
    """Sines (even) and cosines (odd dims) of each position, [length, dims]: Vaswani et al. 2017, section 3.5."""
    angles = np.arange(length)[:, None] / 10000 ** (2 * (np.arange(dims) // 2) / dims)
    angles[:, 0::2], angles[:, 1::2] = np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])
    return torch.from_numpy(angles.astype(np.float32))


def _config(checkpoint: Checkpoint) -> _Config:
    return checkpoint.settings(_Config, "Upstream_Config", "Config")
