"""Between a network and the named float32 arrays that travel and are captured."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from fedser.updates.update import Array, Arrays


def parameters(network: nn.Module) -> Arrays:
    """A copy of every parameter, input side first."""
    return {name: _copy(tensor) for name, tensor in network.named_parameters()}


def gradients(network: nn.Module) -> Arrays:
    """A copy of every parameter's gradient."""
    return {name: _copy(tensor.grad) for name, tensor in network.named_parameters() if tensor.grad is not None}


def load(network: nn.Module, arrays: Mapping[str, Array]) -> None:
    """Copy ``arrays`` into the network and forget its gradients."""
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            tensor.copy_(torch.from_numpy(np.require(arrays[name], requirements=("C", "W"))))
            tensor.grad = None


def _copy(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().numpy().copy()
    return array
