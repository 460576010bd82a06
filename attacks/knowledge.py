"""What an adversary knows of a training, as a type: attacks say what they need, experiments what there is.

From ``nothing`` but the shadows to the white box with hyper-parameters, which is the threat model of Feng et al. 2021.
The final model is what anybody may be given; aggregated updates are what secure aggregation, or a client that sends
only its accumulated update, leaves to the server (Bonawitz et al. 2017, arXiv 1611.04482).
"""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

from pydantic import Field

from fedser.config import Frozen

Knowledge = Literal["nothing", "final_model", "aggregates", "updates", "broadcast", "hyper_parameters"]
"""In words: ``final_model``, the trained model alone; ``aggregates``, sums of updates; ``updates``, every update by
itself; ``broadcast``, and the model of every round; ``hyper_parameters``, and how clients train (rate, batch, epochs).
"""

_BELOW: Mapping[Knowledge, tuple[Knowledge, ...]] = {
    "nothing": (),
    "final_model": ("nothing",),
    "aggregates": ("nothing",),
    "updates": ("aggregates",),
    "broadcast": ("updates", "final_model"),
    "hyper_parameters": ("broadcast",),
}
"""What each contains, one step down. The final model and updates contain nothing of one another."""


def grants(known: Knowledge, needed: Knowledge) -> bool:
    """Whether who knows ``known`` knows ``needed``."""
    return known == needed or any(grants(below, needed) for below in _BELOW[known])


class ThreatModel(Frozen):
    """What the adversary of an experiment knows; attacks that need more are refused."""

    knowledge: Knowledge = Field("hyper_parameters", description="by default the white box with hyper-parameters")

    def refusal(self, attack: str, needed: Collection[Knowledge]) -> str | None:
        """Why ``attack`` is not possible, and what would do; None where it is."""
        missing = [one for one in get_args(Knowledge) if one in needed and not grants(self.knowledge, one)]
        if not missing:
            return None
        enough = [known for known in get_args(Knowledge) if all(grants(known, one) for one in needed)]
        return (
            f"{attack} needs {' and '.join(missing)}, but threat_model.knowledge is {self.knowledge}"
            f" (choose {' or '.join(enough)}, or leave the attack out)"
        )
