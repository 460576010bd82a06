"""The control that sees nothing: a score drawn for each candidate."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from attacks.attack import Progress
from attacks.knowledge import Knowledge
from attacks.membership.attack import Answers, MembershipAttack
from attacks.membership.candidates import Candidates
from attacks.membership.seen import Outside, Seen
from fedser.seeds import Stream


class Random(MembershipAttack):
    """Control: a score drawn at random, whatever the candidate."""

    source: ClassVar[str] = "control without any model or update; at chance by construction"
    knowledge: ClassVar[Knowledge] = "nothing"
    name: Literal["random"] = "random"

    def _answers(
        self, candidates: Candidates, seen: Seen, outside: Sequence[Outside], stream: Stream, progress: Progress
    ) -> Answers:
        return Answers(stream.numpy().random(len(candidates)))
