"""What every way of training is: what it is trained on, and what it is told of the speakers' attribute."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from fedser.config import Plugin
from fedser.seeds import Stream
from simulations.text.texts import Texts

if TYPE_CHECKING:
    from torch import Tensor, nn

Swapped = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Taught:
    """What a model is trained on, and where its words were swapped what for what, how often."""

    texts: Texts
    swapped: Swapped = field(default_factory=Counter)
    changed: int = 0
    """How many texts were given in other words, too."""


class TextModel(Plugin):
    """A way of training: each hook changes nothing unless a model says otherwise."""

    needs_unbiased: ClassVar[bool] = False
    """Whether it is first trained on the unbiased corpus."""
    control: ClassVar[bool] = False
    """Whether it is there to be compared with, and protects nothing."""

    name: str

    @property
    def label(self) -> str:
        """Its name in tables; two of one study must differ in it."""
        return self.name

    def taught(self, train: Texts, root: Path, stream: Stream) -> Taught:
        """What it is trained on, from the training texts; files of the user's lie below ``root``."""
        return Taught(self.seen(train, stream))

    def seen(self, texts: Texts, stream: Stream) -> Texts:
        """Texts of the study's own corpus as this model comes to see them, in training and after."""
        return texts

    def attribute_logits(self, head: "nn.Module", embedding: "Tensor") -> "Tensor | None":
        """What a ``head`` says of the attribute [texts, values], whose loss is added; None where there is none."""
        return None

    def check(self, root: Path) -> None:
        """Raise InputError where a file that it needs is missing or bad."""
