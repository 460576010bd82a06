"""Where predictions come from: a table, or a run of the platform."""

from typing import Annotated

from pydantic import Field

from simulations.bias.sources.run import Run
from simulations.bias.sources.table import Table

SourceConfig = Annotated[Table | Run, Field(discriminator="name")]
"""The closed union of them."""

__all__ = ["Run", "SourceConfig", "Table"]
