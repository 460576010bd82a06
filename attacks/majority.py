"""The control that sees nothing: what the shadows' shares of the attribute alone would guess."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from attacks.attack import Attack, FittedAttack, Progress, Scores, Shapes
from attacks.knowledge import Knowledge
from attacks.shadow import Shadow
from attacks.update_set import UpdateSet
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig


class Majority(Attack):
    """Control: the attribute's most frequent value among the shadow speakers, whatever the update."""

    source: ClassVar[str] = "control without any update; its UAR is the chance level by construction"
    knowledge: ClassVar[Knowledge] = "nothing"
    name: Literal["majority"] = "majority"

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """No layer at all."""
        return ()

    def reductions(self, parameters: Shapes) -> tuple[ReductionConfig, ...]:
        """Nothing is read."""
        return ()

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> "FittedMajority":
        times = np.bincount(list(shadow.values.values()), minlength=len(shadow.classes))
        return FittedMajority(shadow.updates.public, tuple((times / times.sum()).tolist()))


@dataclass(frozen=True)
class FittedMajority(FittedAttack):
    """The share of each value among the shadow speakers."""

    shares: tuple[float, ...]

    def _scores(self, target: UpdateSet, progress: Progress) -> dict[str, Scores]:
        return {"all": np.tile(np.array(self.shares), (len(target), 1))}
