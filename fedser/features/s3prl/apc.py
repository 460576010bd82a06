"""Autoregressive predictive coding, plain (APC) and with a quantised last layer (VQ-APC).

Chung et al. 2019, "An unsupervised autoregressive model for speech representation learning"; Chung et al. 2020,
"Vector-quantized autoregressive predictive coding".
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from fedser.features.s3prl.upstream import Official, Upstream

if TYPE_CHECKING:
    from fedser.features.s3prl.networks.network import Network

_BATCH = 16  # less than half the time of one by one, also on a CPU
_ADDRESS = "https://huggingface.co/leo19941227/apc_series/resolve/main"


class Apc(Upstream):
    """APC (512): a recurrent network that predicts the spectrum 50 ms ahead; its official checkpoint is needed."""

    source: ClassVar[str] = "Chung et al. 2019 (APC)"
    official: ClassVar[Official] = Official("apc_360hr.ckpt", f"{_ADDRESS}/apc_360hr.ckpt")
    title: ClassVar[str] = "APC"
    batch: ClassVar[int] = _BATCH

    name: Literal["apc"] = "apc"

    @staticmethod
    def network() -> "type[Network]":
        """Layers 0 to 2: the outputs of the three recurrent layers."""
        from fedser.features.s3prl.networks.apc import ApcNetwork

        return ApcNetwork


class VqApc(Upstream):
    """VQ-APC (512): APC whose last hidden state is learnt through a codebook; its official checkpoint is needed."""

    source: ClassVar[str] = "Chung et al. 2020 (VQ-APC)"
    official: ClassVar[Official] = Official("vq_apc_360hr.ckpt", f"{_ADDRESS}/vq_apc_360hr.ckpt")
    title: ClassVar[str] = "VQ-APC"
    batch: ClassVar[int] = _BATCH

    name: Literal["vq_apc"] = "vq_apc"

    @staticmethod
    def network() -> "type[Network]":
        """Layers 0 to 2: the outputs of the three recurrent layers, the last one before it is quantised."""
        from fedser.features.s3prl.networks.apc import VqApcNetwork

        return VqApcNetwork
