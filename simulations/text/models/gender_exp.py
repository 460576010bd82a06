"""GenderExp: a control that is trained to tell the attribute, too, so that it must show what others hide (sec. 5.5)."""

from typing import TYPE_CHECKING, ClassVar, Literal

from simulations.text.models.model import TextModel

if TYPE_CHECKING:
    from torch import Tensor, nn


class GenderExp(TextModel):
    """Control: multi-task, the attribute beside the task."""

    source: ClassVar[str] = "Jaiswal and Mower Provost 2021, sec. 5.5"
    control: ClassVar[bool] = True
    name: Literal["gender_exp"] = "gender_exp"

    def attribute_logits(self, head: "nn.Module", embedding: "Tensor") -> "Tensor":
        """The head learns, and so do the layers below."""
        logits: Tensor = head(embedding)
        return logits
