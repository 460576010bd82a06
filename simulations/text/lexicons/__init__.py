"""Lexicons: words that tell an attribute, and words with ratings; one more is one file and one name below.

LIWC and NRC-VAD may not be passed on: their readers take the user's own files, and others stand in for them.
"""

from typing import Annotated

from pydantic import Field

from simulations.text.lexicons.afinn import Afinn
from simulations.text.lexicons.liwc import LIWC
from simulations.text.lexicons.nrc_vad import NRCVAD
from simulations.text.lexicons.politeness import Politeness
from simulations.text.lexicons.sociolinguistic import Sociolinguistic
from simulations.text.lexicons.vader import Vader
from simulations.text.lexicons.warriner import Warriner
from simulations.text.lexicons.weat import WEAT
from simulations.text.lexicons.word_file import WordFile

WordListConfig = Annotated[Sociolinguistic | WEAT | Politeness | WordFile | LIWC, Field(discriminator="name")]
"""The closed union of lists of words that are tied to an attribute."""

RatingsConfig = Annotated[Warriner | NRCVAD | Vader | Afinn, Field(discriminator="name")]
"""The closed union of lexicons that rate words."""
