"""A network's gradients and scores on a device: by PyTorch's autograd, on a CPU with its first stages by hand."""

from contextlib import AbstractContextManager

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from attacks.cnn.front import Front, Scales, leading
from attacks.cnn.network import LayerNetwork, Masks
from attacks.cnn.settings import Precision


class Passes:
    """Passes of ``network`` over batches of up to ``capacity`` updates that lie, as it does, on ``device``.

    A batch is weight [batch, outputs, inputs] and bias [batch, outputs], both normalised.
    """

    def __init__(self, network: LayerNetwork, device: torch.device, precision: Precision, capacity: int) -> None:
        self.network, self.device, self._half = network, device, precision == "bf16"
        self._by_hand = len(leading(network)) if device.type == "cpu" else 0
        dtype = torch.bfloat16 if self._half else torch.float32
        self._front = Front(network, capacity, dtype) if self._by_hand else None

    def backward(self, weight: Tensor, bias: Tensor, labels: Tensor, masks: Masks) -> Tensor:
        """Set the gradient of every parameter (None before); returns the mean cross-entropy, a scalar."""
        scales = self._scales(len(weight), masks)
        maps = self._maps(weight, scales).requires_grad_(self._front is not None)
        with self._autocast():
            logits = self.network.after(len(scales), maps, bias, masks)
        loss = cross_entropy(logits.float(), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        if self._front is not None and maps.grad is not None:
            with torch.no_grad():
                self._front.backward(weight, scales, maps.grad)
        return loss.detach()

    def logits(self, weight: Tensor, bias: Tensor) -> Tensor:
        """Logits [batch, classes], float32, without dropout."""
        scales = self._scales(len(weight), None)
        with torch.inference_mode(), self._autocast():
            return self.network.after(len(scales), self._maps(weight, scales), bias).float()

    def _scales(self, updates: int, masks: Masks) -> Scales:
        """The dropout of the stages that go by hand."""
        return [self.network.map_scales(stage, updates, masks) for stage in range(self._by_hand)]

    def _maps(self, weight: Tensor, scales: Scales) -> Tensor:
        """The maps behind the stages that go by hand, or the updates themselves, [batch, 1, outputs, inputs]."""
        if self._front is None:
            return weight[:, None].detach()
        with torch.no_grad():
            return self._front.forward(weight, scales).detach()

    def _autocast(self) -> AbstractContextManager[None]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._half)
