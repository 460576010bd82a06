"""What every task is: a loss of a model's logits, and what these say of an utterance's class."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from fedser.config import Plugin
from fedser.models import ModelConfig
from fedser.models.frames import AT_ONCE, trimmed

if TYPE_CHECKING:
    import torch

    from fedser.seeds import Stream

Features = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.int64]]


class Task(Plugin):
    """What is learnt of utterances: one of ``classes``, by its place among them."""

    classes: tuple[str, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        twice = sorted({label for label in self.classes if self.classes.count(label) > 1})
        if twice:
            raise ValueError(f"classes: given more than once: {', '.join(twice)}")
        return self

    @property
    def column(self) -> Literal["emotion", "toxicity"]:
        """The label of a corpus that is learnt."""
        return "emotion"

    @property
    def renames(self) -> Mapping[str, str]:
        """Which class a corpus's values belong to that are called otherwise there."""
        return {}

    @property
    def softmax(self) -> bool:
        """Whether there is a logit per class, and probabilities are their softmax: what a white box takes for granted.

        Else there is one logit, of the second class.
        """
        return True

    def network(self, model: ModelConfig, features: int, stream: "Stream") -> "torch.nn.Module":
        """The model for ``features`` inputs and the task's logits, initialised from ``stream``."""
        return model.build(features, len(self.classes) if self.softmax else 1, stream.torch())

    @abstractmethod
    def loss(
        self, network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", masks: "torch.Generator | None"
    ) -> "torch.Tensor":
        """The mean loss over the batch: a scalar with gradient."""

    @abstractmethod
    def losses(
        self, network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", masks: "torch.Generator | None"
    ) -> "torch.Tensor":
        """The loss of each example [batch], whose mean is ``loss``."""

    @abstractmethod
    def residual(
        self, logits: "torch.Tensor", y: "torch.Tensor", weights: "torch.Tensor"
    ) -> tuple["torch.Tensor", "torch.Tensor"]:
        """The losses summed with ``weights`` [..., batch], and the derivative of that by the logits.

        Logits are [..., batch, outputs]; with weights of one over the batch size the loss is that of ``loss``.
        """

    @abstractmethod
    def answers(self, logits: "torch.Tensor") -> "torch.Tensor":
        """The most probable class of each row, int64 [rows], from logits [rows, outputs]."""

    @abstractmethod
    def shares(self, logits: "torch.Tensor") -> "torch.Tensor":
        """The probability of each class [rows, classes], from logits [rows, outputs]."""

    def predict(self, network: "torch.nn.Module", x: Features, masks: "torch.Generator | None" = None) -> Labels:
        """The most probable class of each row, int64 [rows]; ``masks`` draws what dropout stays on at evaluation."""
        labels: Labels = self.answers(_logits(network, x, masks)).numpy()
        return labels

    def probabilities(
        self, network: "torch.nn.Module", x: Features, masks: "torch.Generator | None" = None
    ) -> Features:
        """The probability of each class, float32 [rows, classes]; ``masks`` as for ``predict``."""
        shares: Features = self.shares(_logits(network, x, masks)).numpy()
        return shares

    def mean_loss(self, network: "torch.nn.Module", x: Features, y: Labels) -> float:
        """The mean loss of rows without dropout, a batch of frames at a time."""
        import torch

        sums = 0.0
        with torch.no_grad():
            for start in range(0, len(y), AT_ONCE):
                part = torch.from_numpy(np.require(x[start : start + AT_ONCE], requirements=("C", "W")))
                labels = torch.from_numpy(np.require(y[start : start + AT_ONCE], requirements=("C", "W")))
                sums += self.losses(network, part, labels, None).double().sum().item()
        return sums / len(y)


def _logits(network: "torch.nn.Module", x: Features, masks: "torch.Generator | None") -> "torch.Tensor":
    """Of all rows at once, or of batches of frames in their order."""
    import torch

    writable = torch.from_numpy(np.require(x, requirements=("C", "W")))
    parts = map(trimmed, torch.split(writable, AT_ONCE)) if writable.dim() == 3 else [writable]
    with torch.no_grad():
        return torch.cat([network(part, masks) for part in parts])
