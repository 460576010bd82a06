"""Recurrent networks over frames: what GRU and LSTM share, with attention over time and dense layers behind it.

Each direction of a layer has two dense layers of its own, of what comes in and of its state, as cuDNN counts biases:
``input``, whose gradient is a sum over all frames of delta x^T, and of delta, is one of a dense layer whose utterances
are frames. So what reads dense layers reads it. The direction back in time begins at each utterance's own last frame,
so that padding is met after all that counts, in either direction.
"""

import itertools
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from fedser.models.attention import Found, Pooling, pooled_by
from fedser.models.frames import parted
from fedser.models.mlp import dense, through_dense
from fedser.models.network import Model
from fedser.models.spec_augment import SpecAugment


class Recurrent(Model):
    """Recurrent layers over frames, attention over time, dense layers."""

    framed: ClassVar[bool] = True
    gates: ClassVar[int]
    """How many vectors of a layer's width come in at a step."""

    width: int = Field(64, ge=1, description="of each layer and direction")
    layers: int = Field(1, ge=1)
    bidirectional: bool = Field(True, description="whether every layer also reads backwards in time")
    pooling: Pooling = Field("query", description="average over time, one learnable query, or self-attention")
    attention: int = Field(64, ge=1, description="the width of keys, queries and values")
    augment: SpecAugment | None = Field(None, description="masks of filters and of time while it is trained")
    hidden: tuple[int, ...] = Field((64,), min_length=1, description="width of each hidden dense layer")
    dropout: tuple[float, ...] = Field((0.2,), description="dropout rate after each hidden dense layer")

    @abstractmethod
    def run(self, x: Tensor, weights: list[Tensor]) -> Tensor:
        """The states [batch, time, width] of one layer and direction over ``x`` [batch, time, inputs], from zero.

        ``weights`` are those of input and state, [gates * width, inputs] and [gates * width, width], and the biases.
        """

    def build(self, features: int, classes: int, init: torch.Generator) -> "RecurrentNetwork":
        """Layers ``forward1``, ``backward1`` ..., ``attention``, ``dense1`` ..., drawn as PyTorch draws by default."""
        return RecurrentNetwork(self, features, classes, init)


class RecurrentNetwork(nn.Module):
    """``forward`` maps a batch of frames [batch, time, features + 1] to logits [batch, classes]."""

    def __init__(self, model: Recurrent, features: int, classes: int, init: torch.Generator) -> None:
        super().__init__()
        self.model = model
        for number in range(1, model.layers + 1):
            for way in self._ways:
                self.add_module(f"{way}{number}", _Direction(features, model.width, model.gates, init))
            features = model.width * len(self._ways)
        self.attention = pooled_by(model.pooling, features, model.attention, init)
        widths = itertools.pairwise((self.attention.width, *model.hidden, classes))
        for number, (inputs, outputs) in enumerate(widths, start=1):
            self.add_module(f"dense{number}", dense(inputs, outputs, init))

    def forward(self, x: Tensor, masks: torch.Generator | None = None) -> Tensor:
        """Logits; ``masks`` draws the dropout of a training step, and there is none without it."""
        rates = self.model.dropout if self.training else (0.0,) * len(self.model.dropout)
        return through_dense(self, self.found(x, masks if self.training else None)[0], rates, masks)

    def found(self, x: Tensor, masks: torch.Generator | None = None) -> Found:
        """The learnt features [batch, width] of each utterance, and the weights of its frames [batch, time].

        ``masks`` draws what is masked of the frames, where the model has it so.
        """
        states, there = parted(x)
        if self.model.augment and masks:
            states = self.model.augment.masked(states, there, masks)
        back = _backwards(there)
        for number in range(1, self.model.layers + 1):
            states = torch.cat([self._read(f"{way}{number}", states, back) for way in self._ways], dim=2)
        found: Found = self.attention(states, there)
        return found

    @property
    def _ways(self) -> Sequence[str]:
        return ("forward", "backward") if self.model.bidirectional else ("forward",)

    def _read(self, name: str, states: Tensor, back: Tensor) -> Tensor:
        of_input, of_state = self.get_submodule(name).children()
        weights = [getattr(layer, kind) for kind in ("weight", "bias") for layer in (of_input, of_state)]
        if name.startswith("forward"):
            return self.model.run(states, weights)
        return _taken(self.model.run(_taken(states, back), weights), back)


class _Direction(nn.Module):
    """One direction of a layer: no more than its two dense layers."""

    def __init__(self, inputs: int, width: int, gates: int, init: torch.Generator) -> None:
        super().__init__()
        self.input, self.state = (nn.Linear(n, gates * width, device="meta") for n in (inputs, width))
        self.to_empty(device="cpu")
        bound = width**-0.5  # what torch's recurrent layers draw all of theirs from
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-bound, bound, generator=init)


def _backwards(there: Tensor) -> Tensor:
    """The place of each step of each utterance when its own steps are turned round, int64 [batch, time]."""
    steps, lengths = torch.arange(there.shape[1]), there.sum(dim=1, keepdim=True)
    return torch.where(there, lengths - 1 - steps, steps)


def _taken(states: Tensor, places: Tensor) -> Tensor:
    return states.gather(1, places.unsqueeze(2).expand(states.shape))
