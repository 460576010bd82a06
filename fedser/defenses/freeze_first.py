"""The first layer keeps its initial values, or those that it has from some round on (layer freezing; as a defense
against the attack of Feng et al. 2021, whose strongest attacker reads this layer).

Guarantee: nothing of the layer is sent in a round in which it is frozen. Known breaks: until ``from_round`` everything
is; the values that it is frozen at are public, so that the second layer's gradient gives an attacker relu(W1 x) with W1
known (see ``first_layer``).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from fedser.defenses.first_layer import FirstLayer
from fedser.defenses.roles import Role


class FreezeFirst(FirstLayer):
    """No client changes the first layer, nor sends anything of it."""

    source: ClassVar[str] = "layer freezing, against the first layer's leak in Feng et al. 2021"
    name: Literal["freeze_first"] = "freeze_first"
    role: ClassVar[Role] = "frozen"
    from_round: int = Field(1, ge=1, description="the first round in which the layer is frozen")

    def on_parameters(self, names: Sequence[str], number: int) -> Mapping[str, Role]:
        """The first layer's, once it is frozen."""
        return super().on_parameters(names, number) if number >= self.from_round else {}
