"""Canaries: participants beside the clients, by whose traces in the models it is measured how private a training is.

Each canary's update is a direction of its own, drawn uniformly from the unit sphere of the parameters that clients
share, at the length to which defenses bound a client's update (Andrew, Kairouz, Oh, Oprea, McMahan and Suriyakumar
2024, arXiv 2302.03098). A fair coin decides whether it takes part, as in Steinke et al. 2023 (arXiv 2305.08846); one
that does takes part in as many rounds as is asked, drawn by itself. What is observed of it is the cosine of its
direction with the way the model has gone: over the whole training, and the largest over its rounds.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field
from safetensors import SafetensorError, safe_open

from fedser.artifacts.tensors import write_tensors
from fedser.config import Frozen
from fedser.engine.simulation import Simulation
from fedser.errors import CaptureError
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from fedser.updates.update import Arrays

Flags = np.ndarray[Any, np.dtype[np.bool_]]


class Canaries(Frozen):
    """How many there are, how often one takes part, and how long its update is."""

    number: int = Field(200, ge=20, le=5000, description="of whom a fair coin each lets about half take part")
    turns: Annotated[int, Field(ge=1)] | Literal["clients"] = Field(
        1, description="rounds in which one takes part; clients: in each with the probability of a client"
    )
    norm: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="of its update; by default what defenses bound a client's by"
    )

    def length(self, simulation: Simulation, broadcast: Arrays) -> float | None:
        """The norm of a canary's update in the round of that broadcast; None where nothing says it."""
        known = [each for each in (self.norm, simulation.longest(broadcast)) if each is not None]
        return min(known, default=None)

    def takes_part(self, stream: Stream) -> bool:
        """Whether the canary of that stream does, by its coin."""
        return bool(stream("coin").numpy().random() < 0.5)

    def rounds(self, simulation: Simulation, fraction: float, stream: Stream) -> list[int]:
        """In which rounds the canary of that stream takes part, if it does; a client is in one by ``fraction``."""
        generator = stream("rounds").numpy()
        if self.turns == "clients":
            drawn = np.flatnonzero(generator.random(simulation.rounds) < fraction)
        else:
            drawn = generator.choice(simulation.rounds, size=self.turns, replace=False)
        numbers: list[int] = (1 + drawn).tolist()
        return numbers


@dataclass(frozen=True)
class Seen:
    """What was observed of each canary [k]: whether it ``took_part``, its cosine with the way from the first model to
    the last (``final``), and its largest with that of a single round (``nearest``), both in units of the standard
    deviation of a random direction's.
    """

    took_part: Flags
    final: Floats
    nearest: Floats

    def write(self, path: Path) -> None:
        """Replace what lies in ``path``; a full disk raises CaptureError."""
        tensors = {"took_part": self.took_part, "final": self.final, "nearest": self.nearest}
        write_tensors(path, tensors, {}, "file of canaries")

    @classmethod
    def read(cls, path: Path) -> "Seen | None":
        """What lies in ``path``, or None where nothing does; raises CaptureError when it is damaged."""
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="np") as stored:
                file: Any = stored
                return cls(file.get_tensor("took_part"), file.get_tensor("final"), file.get_tensor("nearest"))
        except SafetensorError as error:
            raise CaptureError(f"{path}: not readable ({error}); delete its folder to start again") from error
