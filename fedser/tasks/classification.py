"""Emotion classification: log-softmax with negative log-likelihood, scored by accuracy and UAR."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from fedser.config import Plugin
from fedser.models import ModelConfig
from fedser.models.frames import AT_ONCE, trimmed

if TYPE_CHECKING:
    import torch

    from fedser.seeds import Stream

Features = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.int64]]


class Classification(Plugin):
    """Classify utterances into emotions: cross-entropy without class weights."""

    source: ClassVar[str] = "Feng et al. 2021, section 5.3"
    name: Literal["classification"] = "classification"
    classes: tuple[str, ...] = Field(("neutral", "happy", "sad", "angry"), min_length=2)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        twice = sorted({label for label in self.classes if self.classes.count(label) > 1})
        if twice:
            raise ValueError(f"classes: given more than once: {', '.join(twice)}")
        return self

    def network(self, model: ModelConfig, features: int, stream: "Stream") -> "torch.nn.Module":
        """The model for ``features`` inputs and one logit per class, initialised from ``stream``."""
        return model.build(features, len(self.classes), stream.torch())

    def loss(
        self, network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", masks: "torch.Generator | None"
    ) -> "torch.Tensor":
        """Mean cross-entropy over the batch: a scalar with gradient."""
        import torch.nn.functional as functional

        return functional.cross_entropy(network(x, masks), y)

    def losses(
        self, network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", masks: "torch.Generator | None"
    ) -> "torch.Tensor":
        """The cross-entropy of each example [batch], whose mean is ``loss``."""
        import torch.nn.functional as functional

        return functional.cross_entropy(network(x, masks), y, reduction="none")

    def residual(
        self, logits: "torch.Tensor", y: "torch.Tensor", weights: "torch.Tensor"
    ) -> tuple["torch.Tensor", "torch.Tensor"]:
        """The cross-entropy summed with ``weights`` [..., batch], and its derivative by the logits, weights (p - e_y).

        Logits are [..., batch, classes]; with weights of one over the batch size the loss is that of ``loss``.
        """
        log_p, label = logits.log_softmax(dim=-1), y.unsqueeze(-1)
        loss = -(log_p.gather(-1, label).squeeze(-1) * weights).sum(dim=-1)
        delta = log_p.exp()
        delta.scatter_add_(-1, label, delta.new_full((), -1.0).expand(label.shape))
        return loss, delta.mul_(weights.unsqueeze(-1))

    def predict(self, network: "torch.nn.Module", x: Features, masks: "torch.Generator | None" = None) -> Labels:
        """The most probable class of each row, int64 [rows]; ``masks`` draws what dropout stays on at evaluation."""
        labels: Labels = _logits(network, x, masks).argmax(dim=1).numpy()
        return labels

    def probabilities(
        self, network: "torch.nn.Module", x: Features, masks: "torch.Generator | None" = None
    ) -> Features:
        """The probability of each class (softmax), float32 [rows, classes]; ``masks`` as for ``predict``."""
        shares: Features = _logits(network, x, masks).softmax(dim=1).numpy()
        return shares


def _logits(network: "torch.nn.Module", x: Features, masks: "torch.Generator | None") -> "torch.Tensor":
    """Of all rows at once, or of batches of frames in their order."""
    import torch

    writable = torch.from_numpy(np.require(x, requirements=("C", "W")))
    parts = map(trimmed, torch.split(writable, AT_ONCE)) if writable.dim() == 3 else [writable]
    with torch.no_grad():
        return torch.cat([network(part, masks) for part in parts])
