"""What is fitted pulls no more: the norm of a record's own gradient (Nasr et al. 2019, arXiv 1812.00910)."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from attacks.attack import Progress
from attacks.knowledge import Knowledge
from attacks.membership.attack import Answers, MembershipAttack
from attacks.membership.candidates import Candidates
from attacks.membership.seen import Outside, Seen
from fedser.seeds import Stream

BLOCK = 2048
"""Records whose gradients are held as factors at once, about 7 KB each in a d-256-128 network of 988 inputs."""


class GradientNorm(MembershipAttack):
    """A small gradient at the published model; of a speaker, a small mean gradient."""

    source: ClassVar[str] = "Nasr et al. 2019 (arXiv 1812.00910)"
    knowledge: ClassVar[Knowledge] = "final_model"
    name: Literal["gradient_norm"] = "gradient_norm"

    def _answers(
        self, candidates: Candidates, seen: Seen, outside: Sequence[Outside], stream: Stream, progress: Progress
    ) -> Answers:
        from attacks.membership.white_box import WhiteBox

        box, records, speakers = WhiteBox(seen.public), np.empty(len(candidates)), np.empty(candidates.speakers)
        for rows in candidates.blocks(BLOCK):
            gradients, whose = (
                box.gradients(seen.final, candidates.x[rows], candidates.y[rows]),
                candidates.speaker[rows],
            )
            records[rows] = -gradients.norms(seen.final)
            speakers[np.unique(whose)] = -gradients.group_norms(whose, seen.final)
        return Answers(records, {"gradient": speakers})
