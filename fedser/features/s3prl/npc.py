"""Non-autoregressive predictive coding.

Liu, Chung and Glass 2021, "Non-autoregressive predictive coding for learning speech representations from local
dependencies".
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from fedser.features.s3prl.upstream import Official, Upstream

if TYPE_CHECKING:
    from fedser.features.s3prl.networks.network import Network

_ADDRESS = "https://huggingface.co/leo19941227/apc_series/resolve/main/npc_360hr.ckpt"


class Npc(Upstream):
    """NPC (512): masked convolutions that see 0.1 s on either side; its official checkpoint is needed."""

    source: ClassVar[str] = "Liu et al. 2021 (NPC)"
    official: ClassVar[Official] = Official("npc_360hr.ckpt", _ADDRESS)
    title: ClassVar[str] = "NPC"

    name: Literal["npc"] = "npc"

    @staticmethod
    def network() -> "type[Network]":
        """Layers 0, 2, ... are the blocks' outputs, 1, 3, ... the masked ones, and the last one their sum."""
        from fedser.features.s3prl.networks.npc import NpcNetwork

        return NpcNetwork
