"""Engines: how a training is executed. The same simulation gives the same result, bit for bit, in each of them."""

from typing import Annotated

from pydantic import Field

from fedser.engine.flower import Flower
from fedser.engine.inline import Inline

EngineConfig = Annotated[Inline | Flower, Field(discriminator="name")]
