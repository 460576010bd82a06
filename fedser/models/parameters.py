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
    """A copy of every parameter's gradient: zeros of one that the loss does not depend on."""
    named = network.named_parameters()
    return {name: _copy(torch.zeros_like(each) if each.grad is None else each.grad) for name, each in named}


def load(network: nn.Module, arrays: Mapping[str, Array]) -> None:
    """Copy ``arrays`` into the network and forget its gradients."""
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            tensor.copy_(torch.from_numpy(np.require(arrays[name], requirements=("C", "W"))))
            tensor.grad = None


def attach(network: nn.Module, arrays: Arrays) -> None:
    """Give the network further parameters, which are none of its layers' and which its ``forward`` does not use."""
    for name, array in arrays.items():
        *path, last = name.split(".")
        holder = network
        for part in path:
            if part not in dict(holder.named_children()):
                holder.add_module(part, nn.Module())
            holder = holder.get_submodule(part)
        holder.register_parameter(last, nn.Parameter(torch.from_numpy(np.array(array, np.float32))))


def _copy(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().numpy().copy()
    return array
