"""Linkers: whose is an update, where the server knows whose some others are."""

from typing import Annotated

from pydantic import Field

from attacks.identity.cosine import Cosine
from attacks.identity.discriminant import Discriminant

LinkerConfig = Annotated[Cosine | Discriminant, Field(discriminator="name")]
"""What embeds updates so that those of one speaker lie together, learnt on shadow speakers alone."""
