"""The attention network of audio toxicity: convolutions over log-mel filterbanks, a summary of the feature map over
time, dense layers (Yousefi and Emmanouilidou 2021, sections III and IV).

A step of the feature map is all channels at all filters. What the paper leaves open is the width of keys and values
(``attention``), that what self-attention finds at each step is averaged over the steps, and that maps are not made
smaller: with ``pool`` they are, by their largest values, since half the steps and half the filters are a quarter of the
work. Behind every convolution the padding is zero again, as what lies beyond the end of the longest utterance is, so
that no utterance's score depends on those it is padded to.
"""

import itertools
from typing import ClassVar, Literal, Self, TypeVar

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from fedser.models.attention import Found, Pooling, pooled_by
from fedser.models.frames import parted
from fedser.models.mlp import through_dense
from fedser.models.network import Model
from fedser.models.spec_augment import SpecAugment

Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


class AttentionCNN(Model):
    """2-D convolutions over frames, average pooling or attention over time, dense layers."""

    source: ClassVar[str] = "Yousefi and Emmanouilidou 2021, sections III and IV"
    framed: ClassVar[bool] = True
    name: Literal["attention_cnn"] = "attention_cnn"
    convolutions: int = Field(4, ge=1, description="3 to 5 in the paper's search")
    channels: int = Field(32, ge=1, description="32 or 64 in the paper's search")
    kernel_size: int = Field(5, ge=1, description="3, 5 or 7 in the paper's search; odd")
    pool: tuple[int, int] = Field(
        (1, 1), description="steps of time, and filters, of which the largest is kept behind each convolution; 1: all"
    )
    pooling: Pooling = Field("self", description="average over time, one learnable query, or self-attention")
    attention: int = Field(128, ge=1, description="d_k, the width of keys, queries and values")
    augment: SpecAugment | None = Field(None, description="masks of filters and of time while it is trained")
    hidden: tuple[int, ...] = Field((256, 256), min_length=1, description="width of each hidden dense layer")
    dropout: tuple[float, ...] = Field((0.0, 0.0), description="dropout rate after each hidden dense layer")

    @model_validator(mode="after")
    def _maps_keep_their_places(self) -> Self:
        if self.kernel_size % 2 == 0:
            raise ValueError(f"kernel_size: {self.kernel_size} has no middle (choose an odd number, such as 3, 5 or 7)")
        if min(self.pool) < 1:
            raise ValueError(f"pool: steps and filters are at least 1, got {list(self.pool)}")
        return self

    def build(self, features: int, classes: int, init: torch.Generator) -> "AttentionCNNNetwork":
        """Layers ``conv1`` ..., ``attention`` and ``dense1`` ..., all in Kaiming's distribution."""
        return AttentionCNNNetwork(self, features, classes, init)


class AttentionCNNNetwork(nn.Module):
    """``forward`` maps a batch of frames [batch, time, features + 1] to logits [batch, classes]."""

    def __init__(self, model: AttentionCNN, features: int, classes: int, init: torch.Generator) -> None:
        super().__init__()
        self.model = model
        for number in range(1, model.convolutions + 1):
            self.add_module(f"conv{number}", _convolution(model.channels if number > 1 else 1, model, init))
            features = -(-features // model.pool[1])
        self.attention = pooled_by(model.pooling, model.channels * features, model.attention, init)
        widths = itertools.pairwise((self.attention.width, *model.hidden, classes))
        for number, (inputs, outputs) in enumerate(widths, start=1):
            layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
            self.add_module(f"dense{number}", _kaiming(layer, init))

    def forward(self, x: Tensor, masks: torch.Generator | None = None) -> Tensor:
        """Logits; ``masks`` draws the dropout of a training step, and there is none without it."""
        rates = self.model.dropout if self.training else (0.0,) * len(self.model.dropout)
        return through_dense(self, self.found(x, masks if self.training else None)[0], rates, masks)

    def found(self, x: Tensor, masks: torch.Generator | None = None) -> Found:
        """The learnt features [batch, width] of each utterance, and the weights of its steps [batch, steps].

        ``masks`` draws what is masked of the frames, where the model has it so.
        """
        frames, there = parted(x)
        if self.model.augment and masks:
            frames = self.model.augment.masked(frames, there, masks)
        maps = frames.unsqueeze(1)
        for child in self.children():
            if isinstance(child, nn.Conv2d):
                # Zero behind the end before any window of the pool looks there, and before the next convolution does.
                maps = child(maps).mul_(there[:, None, :, None])
                if self.model.pool != (1, 1):
                    maps = nn.functional.max_pool2d(maps, self.model.pool, ceil_mode=True)
                    there = _any_of(there, self.model.pool[0])
                maps = torch.relu(maps)  # the same as before the pool, on a fraction of the elements
        found: Found = self.attention(maps.transpose(1, 2).flatten(2), there)
        return found


def _any_of(there: Tensor, steps: int) -> Tensor:
    """Where any of so many steps in a row is there."""
    pooled = nn.functional.max_pool1d(there.float().unsqueeze(1), steps, ceil_mode=True)
    return pooled.squeeze(1) > 0


def _convolution(inputs: int, model: AttentionCNN, init: torch.Generator) -> nn.Conv2d:
    shape = (inputs, model.channels, model.kernel_size)
    return _kaiming(nn.Conv2d(*shape, padding=model.kernel_size // 2, device="meta").to_empty(device="cpu"), init)


def _kaiming(layer: Layer, init: torch.Generator) -> Layer:
    """He et al. 2015, as the paper says of all layers; biases are zero."""
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=init)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
