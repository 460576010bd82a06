"""The control that learns from noise: another attack, taught with labels that say nothing of the shadow speakers."""

from pathlib import Path
from typing import ClassVar, Literal

from attacks.attack import Attack, FittedAttack, Progress, Shapes
from attacks.learners import LearnerConfig
from attacks.logistic import Logistic
from attacks.shadow import Shadow
from fedser.seeds import Stream


class Permuted(Attack):
    """Control: an attack whose shadow labels are permuted between the shadow speakers."""

    source: ClassVar[str] = "permutation control: what is above chance here is not the attribute"
    name: Literal["permuted"] = "permuted"
    attack: LearnerConfig = Logistic()

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """What the wrapped attack needs."""
        return self.attack.needs(parameters)

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> FittedAttack:
        return self.attack.fit(shadow.permuted(stream("permutation")), stream("attack"), workdir, progress)
