"""Emotion classification: log-softmax with negative log-likelihood, scored by accuracy and UAR."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from fedser.tasks.task import Task

if TYPE_CHECKING:
    import torch


class Classification(Task):
    """Classify utterances into emotions: cross-entropy without class weights."""

    source: ClassVar[str] = "Feng et al. 2021, section 5.3"
    name: Literal["classification"] = "classification"
    classes: tuple[str, ...] = Field(("neutral", "happy", "sad", "angry"), min_length=2)

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

    def answers(self, logits: "torch.Tensor") -> "torch.Tensor":
        """The greatest logit."""
        return logits.argmax(dim=-1)

    def shares(self, logits: "torch.Tensor") -> "torch.Tensor":
        """Softmax."""
        return logits.softmax(dim=-1)
