"""PrivAug: trained on the texts and on gender-swapped copies of them (section 5.3, after Sun et al. 2019)."""

from collections import Counter
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.seeds import Stream
from simulations.text.models.model import Swapped, Taught, TextModel
from simulations.text.swaps import Swaps
from simulations.text.texts import Texts


class PrivAug(TextModel):
    """Trained on each sentence, and on its gender-swapped copy where a word of it has a partner."""

    source: ClassVar[str] = "Jaiswal and Mower Provost 2021, sec. 5.3; Sun et al. 2019"
    name: Literal["priv_aug"] = "priv_aug"
    words: str | None = Field(
        None, description="a table male,female,kind below data_root; by default the project's own"
    )

    def taught(self, train: Texts, root: Path, stream: Stream) -> Taught:
        """The texts and the copies that differ from them, with the label and the speaker of the original."""
        swaps, swapped = self._swaps(root), Swapped(Counter())
        copies = []
        for text in train.texts:
            copy, made = swaps.swap(text)
            copies.append(copy)
            swapped += made
        changed = np.flatnonzero([copy != text for copy, text in zip(copies, train.texts, strict=True)])
        return Taught(train.beside(train.saying(copies).of(changed)), swapped, len(changed))

    def check(self, root: Path) -> None:
        """Read the list once."""
        self._swaps(root)

    def _swaps(self, root: Path) -> Swaps:
        return Swaps.read(root / self.words if self.words else None)
