"""What the defenses that promise an epsilon share: which networks and which deltas they refuse."""

from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import model_validator

from fedser.defenses.defense import Defense
from fedser.defenses.turns import Schedule
from fedser.errors import ConfigError

if TYPE_CHECKING:
    from torch import nn


class Private(Defense):
    """It promises differential privacy."""

    private: ClassVar[bool] = True

    def check_network(self, network: "nn.Module") -> None:
        """Refuse batch normalisation: an example's gradient depends on all others of its batch, and the running
        statistics leave the client without any noise.
        """
        from torch.nn.modules.batchnorm import _BatchNorm

        found = [
            name or type(module).__name__ for name, module in network.named_modules() if isinstance(module, _BatchNorm)
        ]
        if found:
            raise ConfigError(
                f"defenses: {self.label}: layers that normalise over the batch have no private gradient:"
                f" {', '.join(found)} (choose a model without, such as mlp, or leave the defense out)"
            )


class Accounted(Private):
    """Its epsilon at delta is an accountant's: it follows from the noise multiplier z, or z from it."""

    epsilon: float | None
    noise_multiplier: float | None
    delta: float | None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.epsilon is None) == (self.noise_multiplier is None):
            raise ValueError("give either epsilon or noise_multiplier")
        return self

    def check_schedule(self, schedule: Schedule) -> None:
        """Refuse a delta that is not below one over the number of clients: such a promise may fail for one."""
        if self.delta is not None and self.delta * schedule.clients >= 1:
            name = type(self).model_fields["name"].default
            raise ConfigError(
                f"defenses: {name}.delta: {self.delta:g}, but there are {schedule.clients} clients (choose one"
                f" below {1 / schedule.clients:.2g}, or none for the default)"
            )
