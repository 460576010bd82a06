"""Defenses: what a client does so that its update gives away less."""

from typing import Annotated

from pydantic import Field

from fedser.defenses.clip import Clip
from fedser.defenses.dropout import Dropout
from fedser.defenses.noise import Noise

DefenseConfig = Annotated[Dropout | Clip | Noise, Field(discriminator="name")]
