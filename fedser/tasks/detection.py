"""Detection of one of two classes, such as toxic speech: a sigmoid and binary cross-entropy (Yousefi and Emmanouilidou
2021, section IV).

A corpus that says ``toxicity`` is learnt as it says; of one that says emotions, ``labels`` tells to which of the two
classes each belongs that counts. The paper's own stand-in for its private corpus is such: happy and excited speech
against angry and frustrated speech.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedser.tasks.task import Task

if TYPE_CHECKING:
    import torch


class Detection(Task):
    """Detect the second of two classes: one logit, a sigmoid, binary cross-entropy without class weights."""

    source: ClassVar[str] = "Yousefi and Emmanouilidou 2021, section IV"
    name: Literal["detection"] = "detection"
    classes: tuple[str, ...] = Field(("non_toxic", "toxic"), min_length=2, max_length=2, description="the second is it")
    label: Literal["emotion", "toxicity"] = Field("emotion", description="the label of the corpora that is learnt")
    labels: dict[str, str] = Field({}, description="the class of each value of that label which is called otherwise")

    @model_validator(mode="after")
    def _known(self) -> Self:
        for value, named in self.labels.items():
            if named not in self.classes:
                raise ValueError(f"labels.{value}: {named!r} is no class (choose from {', '.join(self.classes)})")
        return self

    @property
    def column(self) -> Literal["emotion", "toxicity"]:
        """As chosen."""
        return self.label

    @property
    def renames(self) -> Mapping[str, str]:
        """As chosen."""
        return self.labels

    @property
    def softmax(self) -> bool:
        """One logit."""
        return False

    def loss(
        self, network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", masks: "torch.Generator | None"
    ) -> "torch.Tensor":
        """Mean binary cross-entropy over the batch: a scalar with gradient."""
        return self.losses(network, x, y, masks).mean()

    def losses(
        self, network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", masks: "torch.Generator | None"
    ) -> "torch.Tensor":
        """The binary cross-entropy of each example [batch]."""
        import torch.nn.functional as functional

        logit = network(x, masks).squeeze(-1)
        return functional.binary_cross_entropy_with_logits(logit, y.to(logit.dtype), reduction="none")

    def residual(
        self, logits: "torch.Tensor", y: "torch.Tensor", weights: "torch.Tensor"
    ) -> tuple["torch.Tensor", "torch.Tensor"]:
        """log(1 + e^z) - y z summed with ``weights`` [..., batch], and its derivative by z, weights (p - y)."""
        import torch.nn.functional as functional

        z, label = logits.squeeze(-1), y.to(logits.dtype)
        loss = ((functional.softplus(z) - label * z) * weights).sum(dim=-1)
        return loss, ((z.sigmoid() - label) * weights).unsqueeze(-1)

    def answers(self, logits: "torch.Tensor") -> "torch.Tensor":
        """The second class where it is likelier than not."""
        return (logits.squeeze(-1) > 0).long()

    def shares(self, logits: "torch.Tensor") -> "torch.Tensor":
        """One minus the sigmoid, and the sigmoid: both from logits, so that neither loses digits near one."""
        return (logits * logits.new_tensor([-1.0, 1.0])).sigmoid()
