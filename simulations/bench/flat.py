"""A ReLU network by hand: one flat vector of parameters, one of gradients, and explicit passes over them.

Back-propagation as in Rumelhart, Hinton & Williams 1986; Adam as in Kingma & Ba 2015, by PyTorch's fused kernel.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from fedser.algorithms.fedavg import FedAvg
from fedser.algorithms.optimizer import Adam
from fedser.errors import ConfigError
from fedser.models.mlp import drop
from fedser.updates.update import Arrays


class FlatMLP:
    """Dense layers whose weights and biases are views of ``parameters``, their gradients views of ``gradient``."""

    def __init__(self, network: nn.Module, dropout: Sequence[float]) -> None:
        named = dict(network.named_parameters())
        self._rates, self._shapes = dropout, {name: tensor.shape for name, tensor in named.items()}
        self.parameters = torch.cat([tensor.detach().flatten() for tensor in named.values()])
        self.gradient = torch.zeros_like(self.parameters)
        self._layers, self._gradients = self._pairs(self.parameters), self._pairs(self.gradient)

    def backward(self, x: Tensor, y: Tensor, masks: torch.Generator) -> float:
        """Write the gradient of the mean cross-entropy of one batch, and return the loss."""
        inputs, logits = self._forward(x, masks)
        log_p = torch.log_softmax(logits, dim=1)
        delta = log_p.exp()
        delta[torch.arange(len(y)), y] -= 1
        delta /= len(y)
        for number in range(len(self._layers) - 1, -1, -1):
            weight, bias = self._gradients[number]
            torch.mm(delta.T, inputs[number], out=weight)
            torch.sum(delta, dim=0, out=bias)
            if number:
                # A kept, positive unit passes its share on; dropped and negative ones are zero in the input.
                delta = (delta @ self._layers[number][0]).mul_(inputs[number] > 0).div_(1 - self._rates[number - 1])
        return -log_p[torch.arange(len(y)), y].mean().item()

    def accuracy(self, x: Tensor, y: Tensor) -> float:
        """The share of right classes in one forward pass; NaN without rows."""
        if not len(y):
            return float("nan")
        _, logits = self._forward(x, None)
        return (logits.argmax(dim=1) == y).float().mean().item()

    def arrays(self) -> Arrays:
        """The parameters by name."""
        return {name: view.numpy().copy() for name, view in self._views(self.parameters).items()}

    def _forward(self, x: Tensor, masks: torch.Generator | None) -> tuple[list[Tensor], Tensor]:
        inputs = [x]
        for (weight, bias), rate in zip(self._layers[:-1], self._rates, strict=True):
            inputs.append(drop(torch.addmm(bias, inputs[-1], weight.T).relu_(), rate, masks))
        weight, bias = self._layers[-1]
        return inputs, torch.addmm(bias, inputs[-1], weight.T)

    def _pairs(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """(weight [out, in], bias [out]) of each layer."""
        views = list(self._views(flat).values())
        return list(zip(views[::2], views[1::2], strict=True))

    def _views(self, flat: Tensor) -> dict[str, Tensor]:
        """``flat`` seen as the named parameters."""
        pieces = torch.split(flat, [shape.numel() for shape in self._shapes.values()])
        return {name: piece.view(shape) for (name, shape), piece in zip(self._shapes.items(), pieces, strict=True)}


class FlatAdam:
    """Adam over the whole vector at once."""

    def __init__(self, net: FlatMLP, algorithm: FedAvg) -> None:
        if not isinstance(algorithm.optimizer, Adam):
            raise ConfigError(f"the floor of FedAvg is measured with adam, not {algorithm.optimizer.name}")
        self._net, self._rate, self._settings = net, algorithm.learning_rate, algorithm.optimizer
        self._moments = torch.zeros_like(net.parameters), torch.zeros_like(net.parameters)
        self._steps = torch.zeros(())

    def reset(self) -> None:
        """Forget all steps, as a client's optimiser does from round to round."""
        for state in (*self._moments, self._steps):
            state.zero_()

    def step(self) -> None:
        """One step along the network's gradient."""
        first, second = self._moments
        adam(
            [self._net.parameters], [self._net.gradient], [first], [second], [], [self._steps],
            fused=True, amsgrad=False, maximize=False, lr=self._rate, eps=self._settings.epsilon,
            beta1=self._settings.betas[0], beta2=self._settings.betas[1], weight_decay=self._settings.weight_decay,
        )  # fmt: skip
