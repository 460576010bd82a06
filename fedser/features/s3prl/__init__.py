"""Self-supervised speech encoders of the s3prl toolkit, from their official checkpoint files.

Yang et al. 2021, "SUPERB: Speech processing universal performance benchmark". The networks are s3prl's own classes;
what it does before them with torchaudio (filterbanks, normalisation) is done here without, in ``networks``.
"""

from fedser.features.s3prl.apc import Apc, VqApc
from fedser.features.s3prl.decoar2 import Decoar2
from fedser.features.s3prl.npc import Npc
from fedser.features.s3prl.tera import Tera

__all__ = ["Apc", "Decoar2", "Npc", "Tera", "VqApc"]
