"""What every way of explaining a prediction is: a number for each token, for the class that was predicted."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fedser.config import Plugin

if TYPE_CHECKING:
    from torch import Tensor, nn

    from simulations.text.network import Encoder, Heads


@dataclass(frozen=True)
class Asked:
    """Tokens of some texts, and the model that is asked about them.

    ``ids``, ``mask`` and ``marks`` are [texts, tokens]: the tokens, whether there is one, and whether it is a mark of
    begin or end. ``offsets`` [texts, tokens, 2] says of which characters each is, ``target`` [texts] the class to be
    explained, and ``blank`` and ``hidden`` are the tokens for nothing and for something that is not shown.
    """

    encoder: "Encoder"
    heads: "Heads"
    ids: "Tensor"
    mask: "Tensor"
    marks: "Tensor"
    offsets: "Tensor"
    target: "Tensor"
    texts: tuple[str, ...]
    blank: int
    hidden: int

    def log_probability(self, ids: "Tensor", mask: "Tensor") -> "Tensor":
        """Of each class, [texts, classes]: what a common shift of all logits does not change."""
        scores: Tensor = self.heads(self.encoder(ids, mask)).log_softmax(dim=1)
        return scores

    @property
    def embeddings(self) -> "nn.Module":
        """The layer that explanations are of."""
        return self.encoder.embeddings

    def baseline(self) -> "Tensor":
        """The same marks of begin and end around nothing, [texts, tokens]."""
        return self.ids.where(self.marks.bool(), self.ids.new_tensor(self.blank))


@dataclass(frozen=True)
class Told:
    """Attributions [texts, tokens] to the log-probability of the target, and how far their sum is from what it ought
    to be (``delta`` [texts]), as a share of that in ``relative`` [texts]; None where a method makes no such claim.
    """

    tokens: Any
    delta: Any = None
    relative: Any = None


class Method(Plugin):
    """A way of explaining; it never changes the model that it asks."""

    name: str

    @property
    def label(self) -> str:
        """Its name on the page."""
        return self.name.replace("_", " ")

    @abstractmethod
    def explain(self, asked: Asked) -> Told:
        """What each token says for (or, below 0, against) the target."""
