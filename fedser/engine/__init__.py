"""Engines: how a training is executed. The same simulation gives the same result in each of them."""

from typing import Annotated

from pydantic import Field

from fedser.engine.cohort import Cohort
from fedser.engine.flower import Flower
from fedser.engine.inline import Inline

EngineConfig = Annotated[Inline | Cohort | Flower, Field(discriminator="name")]
