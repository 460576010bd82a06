"""What of the updates is kept: whole updates or what attacks reduce them to, which rounds, and how precisely."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from fedser.config import Frozen
from fedser.errors import ConfigError
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import layer_of, layers_of

Precision = Literal["float32", "float16"]


class Capture(Frozen):
    """Which part of the updates is kept: layers by name, every n-th round, and the precision on disk.

    With ``store: reductions`` no update is kept, but what the experiment's attacks declare to be all that they read.
    """

    store: Literal["updates", "reductions"] = Field(
        "updates", description="whole updates, or only what every attack says it needs of them"
    )
    layers: tuple[str, ...] | Literal["all"] = "all"
    every: int = Field(1, ge=1, description="keep each n-th round")
    precision: Precision = "float32"

    @model_validator(mode="after")
    def _whole_updates_only(self) -> Self:
        if self.store == "reductions" and (self.layers != "all" or self.precision != "float32"):
            raise ValueError("layers and precision are of whole updates: leave them out with store: reductions")
        return self

    def check(self, parameters: Mapping[str, Sequence[int]], reductions: Collection[ReductionConfig] = ()) -> None:
        """Raise ConfigError when a layer is named that is not among those of ``parameters``, or nothing is kept.

        ``reductions`` are those to be kept in place of updates: what the attacks declare.
        """
        if self.store == "reductions" and not reductions:
            raise ConfigError(
                "capture.store: reductions, but no attack declares one, so that nothing would be kept:"
                " add an attack that does, such as logistic, or store updates"
            )
        if self.store == "updates" and reductions:
            keys = ", ".join(reduction.key for reduction in reductions)
            raise ConfigError(f"capture.store: updates, which leaves out {keys}; choose reductions")
        known = layers_of(parameters)
        wrong = [name for name in self.layers if name not in known] if self.layers != "all" else []
        if wrong or not self.layers:
            what = f"unknown {', '.join(wrong)}" if wrong else "no layer is kept"
            raise ConfigError(f"capture.layers: {what} (choose from {', '.join(known)})")

    def keeps_round(self, number: int) -> bool:
        """Whether round ``number`` (from 1) is written."""
        return (number - 1) % self.every == 0

    def kept_rounds(self, rounds: int) -> list[int]:
        """The numbers of those of ``rounds`` rounds that are written."""
        return [number for number in range(1, rounds + 1) if self.keeps_round(number)]

    def keeps(self, parameter: str) -> bool:
        """Whether a client's array of this parameter is written."""
        return self.layers == "all" or layer_of(parameter) in self.layers
