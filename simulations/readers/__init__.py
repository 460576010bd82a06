"""Who reads an attribute off frozen vectors, such as embeddings: the closed union of readers."""

from typing import Annotated

from pydantic import Field

from simulations.readers.logistic import LogisticReader
from simulations.readers.mlp import NetworkReader

ReaderConfig = Annotated[LogisticReader | NetworkReader, Field(discriminator="name")]
