"""Transformer encoder representations from alteration.

Liu, Li and Lee 2021, "TERA: Self-supervised learning of transformer encoder representation for speech".
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from fedser.features.s3prl.upstream import Official, Upstream

if TYPE_CHECKING:
    from fedser.features.s3prl.networks.network import Network

_MODEL = "tera_logMelBase_T_F_M_AdamW_b32_1m_960hr_drop1"
_ADDRESS = f"https://huggingface.co/s3prl/tera/resolve/main/{_MODEL}/states-1000000.ckpt"


class Tera(Upstream):
    """TERA (768): a transformer that mends altered spectra; its official checkpoint is needed.

    What is longer than the sequences that the network was trained on (15 s in the official checkpoint) is cut into
    equal parts of at most that length, each described by itself, as s3prl does.
    """

    source: ClassVar[str] = "Liu et al. 2021 (TERA)"
    official: ClassVar[Official] = Official("states-1000000.ckpt", _ADDRESS)
    title: ClassVar[str] = "TERA"

    name: Literal["tera"] = "tera"

    @staticmethod
    def network() -> "type[Network]":
        """Layer 0 is the input of the first of n transformer layers; layers 1 to n are their outputs."""
        from fedser.features.s3prl.networks.tera import TeraNetwork

        return TeraNetwork
