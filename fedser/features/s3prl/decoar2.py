"""Deep contextualised acoustic representations with vector quantisation.

Ling and Liu 2020, "DeCoAR 2.0: Deep contextualized acoustic representations with vector quantization".
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from fedser.features.s3prl.upstream import Official, Upstream

if TYPE_CHECKING:
    from fedser.features.s3prl.networks.network import Network

_ADDRESS = "https://huggingface.co/s3prl/converted_ckpts/resolve/main/checkpoint_decoar2.pt"


class Decoar2(Upstream):
    """DeCoAR 2.0 (768): a transformer that fills in masked slices of speech; its official checkpoint is needed.

    Beyond a minute, a signal is cut into equal parts of at most a minute, each described by itself. This is an
    approximation (s3prl attends to all at once) that bounds the memory: it grows with the square of a part's length.
    """

    source: ClassVar[str] = "Ling and Liu 2020 (DeCoAR 2.0)"
    official: ClassVar[Official] = Official("checkpoint_decoar2.pt", _ADDRESS)
    title: ClassVar[str] = "DeCoAR 2.0"

    name: Literal["decoar2"] = "decoar2"

    @staticmethod
    def network() -> "type[Network]":
        """Layers 0 to 11 are the inputs of the twelve transformer layers; layer 12 is the output of the last."""
        from fedser.features.s3prl.networks.decoar2 import Decoar2Network

        return Decoar2Network
