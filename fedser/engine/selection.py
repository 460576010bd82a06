"""Which round's model is kept: the best validation UAR from a given round on (PAPERS: 150 of 200)."""

from typing import Literal

from pydantic import Field

from fedser.config import Frozen


class Selection(Frozen):
    """``client`` weighs each client's own UAR by its size, as the paper's runs did; ``pooled`` pools utterances."""

    from_round: int = Field(1, ge=1, description="no earlier round is selected")
    by: Literal["client", "pooled"] = "client"
