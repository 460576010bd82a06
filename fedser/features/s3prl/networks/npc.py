"""s3prl's NPC, run in parts that overlap by what its convolutions see: exact for any length."""

from collections.abc import Iterator
from typing import Any, Literal

import torch
from pydantic import PositiveInt
from s3prl.upstream.npc.npc import NPC
from torch import Tensor

from fedser.features.extractor import Signal
from fedser.features.s3prl.checkpoint import Checkpoint, Part
from fedser.features.s3prl.networks.network import Network, Shape
from fedser.features.s3prl.networks.pretraining import Config

_PART = 3000  # frames


class _Paras(Part, extra="forbid"):
    kernel_size: PositiveInt
    mask_size: PositiveInt
    n_blocks: PositiveInt
    hidden_size: PositiveInt
    dropout: float
    residual: bool
    batch_norm: bool = True
    activate: Literal["relu", "tanh"] = "relu"
    disable_cross_layer: Literal[False] = False
    vq: dict[str, Any] | None = None
    dim_bottleneck: None = None


class NpcNetwork(Network):
    """Convolution blocks, and of each a masked convolution that does not see the frame it describes."""

    @classmethod
    def shape(cls, checkpoint: Checkpoint) -> Shape:
        """Each block and its masked convolution, and the sum of these."""
        paras = Config[_Paras].of(checkpoint).model.paras
        return Shape(2 * paras.n_blocks + 1, paras.hidden_size)

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        config = Config[_Paras].of(checkpoint)
        paras = config.model.paras
        self._audio, self._device = config.data.audio, device
        self._reach = paras.n_blocks + (paras.kernel_size - 1) // 2
        self._model = NPC(self._audio.feat_dim, **paras.model_dump()).eval()
        checkpoint.load(self._model, "model")
        self._model.to(device)

    def inputs(self, signal: Signal) -> Tensor:
        """Filterbanks [frames, feat_dim]."""
        return self._audio.inputs(signal)

    def hidden(self, inputs: Tensor, layer: int) -> Iterator[Tensor]:
        """Of block n its output (2n) or that of its masked convolution (2n + 1), or the sum of all masked ones."""
        for start in range(0, len(inputs), _PART):
            before = min(start, self._reach)
            part = inputs[start - before : start + _PART + self._reach].to(self._device)
            yield self._whole(part[None], layer)[0, before : before + _PART]

    def _whole(self, inputs: Tensor, layer: int) -> Tensor:
        block, masked = divmod(layer, 2)
        if block == self._model.n_blocks:
            return torch.as_tensor(self._model(inputs, testing=True)[1])
        unmasked = torch.as_tensor(self._model.get_unmasked_feat(inputs, block))
        return torch.as_tensor(self._model.masked_convs[block](unmasked.transpose(1, 2))) if masked else unmasked
