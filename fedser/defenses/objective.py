"""Defenses that act on what a client minimises: a further loss of one hidden layer's activations, the embedding.

It may have arrays of its own, which travel beside the model's layers: whatever carries a model (broadcast, update,
average, checkpoint, capture) carries them, and scores do not depend on them. They are drawn from a stream of their own,
so that the layers start as they would without.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from fedser.defenses.defense import Defense
from fedser.defenses.schedule import Schedule, share
from fedser.models import ModelConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


class Batch(NamedTuple):
    """A client's batch, or in a stack those of several (...): of ``weights`` [..., batch] zero is what is padded.

    ``x`` is float32 [..., batch, features], ``attributes`` int64 [..., batch], and ``strength`` [...] that of the
    client's round.
    """

    x: "Tensor"
    attributes: "Tensor"
    weights: "Tensor"
    strength: "Tensor"


class Objective(Defense):
    """The client minimises the task's loss and this one's ``term`` together."""

    strength: float = Field(
        ge=0, description="lambda, by which the further loss is weighed; at 0 the layers learn as without"
    )
    schedule: Schedule = Field(
        "constant", description="how the strength grows over the rounds: at once, evenly, or as Ganin et al. 2015"
    )
    layer: int | None = Field(
        None, ge=1, description="the hidden layer whose activations it acts on, from 1; by default the last"
    )

    @abstractmethod
    def term(self, hidden: "Tensor", beside: "Mapping[str, Tensor]", batch: Batch) -> "Tensor":
        """The further loss [...] of the activations [..., batch, width], to be differentiated by them and by the arrays
        ``beside``, of which each client of a stack has its own [..., *shape].
        """

    def on_model(self, model: ModelConfig) -> ModelConfig:
        """The same; raises ValueError where it has no such hidden layer."""
        self.tapped(model)
        return model

    @property
    def label(self) -> str:
        """Name, strength, and what else was chosen: ``unlearning(strength=0.5 head=local)``."""
        chosen = self.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
        name = type(self).model_fields["name"].default
        return f"{name}({' '.join(f'{setting}={value}' for setting, value in chosen.items())})"

    def tapped(self, model: ModelConfig) -> int:
        """The hidden layer on which it acts."""
        last = len(model.hidden)
        if self.layer is not None and self.layer > last:
            raise ValueError(f"no hidden layer {self.layer} (choose from 1 to {last})")
        return self.layer or last

    def strength_at(self, number: int, rounds: int) -> float:
        """Of round ``number``, from 1 to ``rounds``."""
        return self.strength * share(self.schedule, number / rounds)
