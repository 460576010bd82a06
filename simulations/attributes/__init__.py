"""What of the speakers is attacked: a column of their tables as it is, cut into groups, or as a number."""

from typing import Annotated

from pydantic import Field

from simulations.attributes.groups import Groups
from simulations.attributes.number import Number
from simulations.attributes.values import Values

AttributeConfig = Annotated[Groups | Number | Values, Field(discriminator="name")]
"""The closed union of them; in a config a plain name is short for its values as they are."""


def in_full(attribute: object) -> object:
    """What a config gives, where it is a plain name as the attribute that it means."""
    return Values(of=attribute) if isinstance(attribute, str) else attribute


def in_short(attribute: AttributeConfig) -> str | AttributeConfig:
    """The plain name where it says all."""
    return attribute.of if attribute == Values(of=attribute.of) else attribute
