"""The ways of training that are compared; one more is one file and one name below."""

from typing import Annotated

from pydantic import Field

from simulations.text.models.art_noise import ArtNoise
from simulations.text.models.gender_exp import GenderExp
from simulations.text.models.general import General
from simulations.text.models.model import Taught, TextModel
from simulations.text.models.priv_adv import PrivAdv
from simulations.text.models.priv_aug import PrivAug
from simulations.text.models.priv_bias import PrivBias

TextModelConfig = Annotated[General | PrivAdv | PrivAug | PrivBias | GenderExp | ArtNoise, Field(discriminator="name")]
"""The closed union of them."""

__all__ = ["General", "Taught", "TextModel", "TextModelConfig"]
