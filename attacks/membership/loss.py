"""Members are fitted better: the loss of a record at the published model (Yeom et al. 2018, arXiv 1709.01604)."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from attacks.attack import Progress
from attacks.knowledge import Knowledge
from attacks.membership.attack import Answers, MembershipAttack
from attacks.membership.candidates import Candidates
from attacks.membership.seen import Outside, Seen
from fedser.seeds import Stream


class Loss(MembershipAttack):
    """A low loss at the published model."""

    source: ClassVar[str] = "Yeom et al. 2018 (arXiv 1709.01604)"
    knowledge: ClassVar[Knowledge] = "final_model"
    name: Literal["loss"] = "loss"

    def _answers(
        self, candidates: Candidates, seen: Seen, outside: Sequence[Outside], stream: Stream, progress: Progress
    ) -> Answers:
        from attacks.membership.white_box import WhiteBox

        return Answers(-WhiteBox(seen.public).losses(seen.final, candidates.x, candidates.y))
