"""Defenses: what a client does so that its update gives away less."""

from typing import Annotated

from pydantic import Field

from fedser.defenses.clip import Clip
from fedser.defenses.dropout import Dropout
from fedser.defenses.noise import Noise
from fedser.defenses.prune import Prune
from fedser.defenses.quantise import Quantise
from fedser.defenses.sign import Sign
from fedser.defenses.top_k import TopK

DefenseConfig = Annotated[Dropout | Clip | Noise | Sign | Quantise | Prune | TopK, Field(discriminator="name")]
