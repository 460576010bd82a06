"""Gradients of local batches that a defense bounds: scaled, and noise added, the same in every engine.

The noise of a step is drawn as one vector, in the model's order of parameters, from the client's own stream.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from fedser.engine.learner import Work
from fedser.tasks import TaskConfig


def example_norm(work: Work) -> float | None:
    """The norm that the gradient of each example keeps to; None where nothing is asked of single examples."""
    return work.bound.norm if work.bound and work.bound.of == "example" else None


def finish(gradient: Tensor, work: Work, size: int) -> None:
    """Bound the gradient [P] of the mean loss over a batch of ``size``, in place, and add its noise.

    Where examples are bounded, they have been so before.
    """
    bound = work.bound
    if bound is None:
        return
    if bound.of == "batch":
        gradient.div_(_excess(gradient, bound.norm))
    if bound.deviation and work.noise is not None:
        noise = torch.randn(gradient.shape, generator=work.noise).to(gradient.device)
        gradient.add_(noise, alpha=bound.deviation / size)


def bounded(task: TaskConfig, network: nn.Module, x: Tensor, y: Tensor, work: Work, masks: torch.Generator) -> None:
    """Bound what a backward pass has left in a module: the oracle, with a backward pass for each example.

    ``masks`` draws the dropout of that pass once more.
    """
    parameters = list(network.parameters())
    for parameter in parameters:
        # What no loss depends on travels all the same, and has its place in the vector.
        parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    whole = parameters_to_vector(gradients)
    norm = example_norm(work)
    if norm is not None:
        each = _by_example(task, network, x, y, masks)
        whole = torch.stack([one / _excess(one, norm) for one in each]).mean(dim=0)
    finish(whole, work, len(y))
    vector_to_parameters(whole, gradients)


def _by_example(task: TaskConfig, network: nn.Module, x: Tensor, y: Tensor, masks: torch.Generator) -> list[Tensor]:
    """The gradient [P] of each example's loss, within one forward pass, so that dropout is what it is for the batch."""
    losses, parameters = task.losses(network, x, y, masks), list(network.parameters())
    each = (
        torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)
        for loss in losses
    )
    return [parameters_to_vector(gradients) for gradients in each]


def _excess(gradient: Tensor, norm: float) -> Tensor:
    """max(1, |g| / C)."""
    length = torch.linalg.vector_norm(gradient, dtype=torch.float64)
    return torch.clamp(length / norm, min=1.0).to(gradient.dtype)
