"""A network's gradients and scores on a device: by PyTorch's autograd, on a CPU with its first stages by hand."""

from contextlib import AbstractContextManager

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from attacks.cnn.front import Front, leading
from attacks.cnn.network import LayerNetwork, Masks
from attacks.cnn.settings import Precision


class Passes:
    """Passes of ``network`` over batches of up to ``capacity`` updates that lie, as it does, on ``device``.

    A batch is weight [batch, outputs, inputs] and bias [batch, outputs], both normalised.
    """

    def __init__(self, network: LayerNetwork, device: torch.device, precision: Precision, capacity: int) -> None:
        self.network, self.device, self._half = network, device, precision == "bf16"
        by_hand = leading(network) if device.type == "cpu" else []
        dtype = torch.bfloat16 if self._half else torch.float32
        self._front, self._stages = Front(network, capacity, dtype) if by_hand else None, len(by_hand)

    def backward(self, weight: Tensor, bias: Tensor, labels: Tensor, masks: Masks) -> Tensor:
        """Set the gradient of every parameter (None before); returns the mean cross-entropy, a scalar."""
        maps = self._maps(weight, masks).detach().requires_grad_(self._front is not None)
        with self._autocast():
            logits = self.network.after(self._stages, maps, bias, masks)
        loss = cross_entropy(logits.float(), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        if self._front is not None and maps.grad is not None:
            self._front.backward(maps.grad)
        return loss.detach()

    def logits(self, weight: Tensor, bias: Tensor) -> Tensor:
        """Logits [batch, classes], float32, without dropout."""
        with torch.inference_mode(), self._autocast():
            return self.network.after(self._stages, self._maps(weight, None), bias).float()

    def _maps(self, weight: Tensor, masks: Masks) -> Tensor:
        """The maps behind the stages that go by hand, or the update itself, [batch, 1, outputs, inputs]."""
        if self._front is None:
            return weight[:, None]
        scales = [self.network.map_scales(stage, len(weight), masks) for stage in range(self._stages)]
        with torch.no_grad():
            return self._front.forward(weight, scales)

    def _autocast(self) -> AbstractContextManager[None]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._half)
