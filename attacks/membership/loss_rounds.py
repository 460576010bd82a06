"""Members are fitted better, and earlier: the mean loss of a record over the models that were broadcast.

What Yeom et al. 2018 (arXiv 1709.01604) read off one model, read off every model that a client is sent; that several
snapshots of a training tell more than its last was shown by Nasr et al. 2019 (arXiv 1812.00910).
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from attacks.attack import Progress
from attacks.knowledge import Knowledge
from attacks.membership.attack import Answers, MembershipAttack
from attacks.membership.candidates import Candidates
from attacks.membership.seen import Outside, Seen
from fedser.seeds import Stream


class LossRounds(MembershipAttack):
    """A low mean loss over the models broadcast during the training."""

    source: ClassVar[str] = "Yeom et al. 2018; Nasr et al. 2019 (arXiv 1812.00910)"
    knowledge: ClassVar[Knowledge] = "broadcast"
    reads_updates: ClassVar[bool] = True
    name: Literal["loss_rounds"] = "loss_rounds"
    every: int = Field(1, ge=1, description="look at each n-th captured model")

    def _answers(
        self, candidates: Candidates, seen: Seen, outside: Sequence[Outside], stream: Stream, progress: Progress
    ) -> Answers:
        from attacks.membership.white_box import WhiteBox

        box, rounds, total = WhiteBox(seen.public), seen.rounds(self.every), np.zeros(len(candidates))
        for done, (number, _) in enumerate(rounds, 1):
            total -= box.losses(seen.store.broadcast(number), candidates.x, candidates.y)
            progress(f"losses in {seen.public.training}", done, len(rounds))
        return Answers(total / len(rounds))
