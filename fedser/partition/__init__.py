"""Partitions: who holds which utterances, which speakers are held out, and how features are normalised."""

from typing import Annotated

from pydantic import Field

from fedser.partition.clients import BySpeaker, Single

PartitionConfig = Annotated[BySpeaker | Single, Field(discriminator="name")]
