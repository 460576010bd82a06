"""What a learner works with: the data and the model's flat passes, on the device where they stay."""

import torch
from torch import Tensor

from fedser.algorithms.optimizer import Flat
from fedser.engine.data import OpenData
from fedser.engine.simulation import Simulation
from fedser.models.kernel import Kernel
from fedser.models.layout import Layout
from fedser.models.parameters import parameters


class Bench:
    """One simulation's data and layout on ``device``; on the CPU the data stay memory-mapped."""

    def __init__(self, simulation: Simulation, data: OpenData, device: torch.device) -> None:
        self.simulation, self.device, self.residual = simulation, device, simulation.task.residual
        self.features = data.x.shape[1]
        self.layout = Layout.of(parameters(simulation.network(self.features)))
        self._x, self._y = (tensor.to(device) for tensor in data.tensors())

    def rows(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Features and labels of the chosen rows (int64, on the CPU)."""
        index = chosen.to(self.device)
        return self._x.index_select(0, index), self._y.index_select(0, index)

    @property
    def has_kernel(self) -> bool:
        """Whether the model has explicit passes."""
        nothing = torch.zeros(self.layout.size, device="meta")
        return self.simulation.defended_model.kernel(self.layout, nothing, nothing) is not None

    def kernel(self, width: int | None = None) -> tuple[Kernel, Flat | None]:
        """Passes for one client, or for a stack of ``width``, and the steps between them (None: there are none)."""
        shape = (self.layout.size,) if width is None else (width, self.layout.size)
        weights, gradient = torch.zeros(shape, device=self.device), torch.zeros(shape, device=self.device)
        kernel, steps = self.passes(weights, gradient), self.simulation.algorithm.local_steps
        return kernel, steps[0].flat(weights, steps[1]) if steps else None

    def passes(self, weights: Tensor, gradient: Tensor) -> Kernel:
        """The model's explicit passes over these vectors; raises TypeError where it has none."""
        kernel = self.simulation.defended_model.kernel(self.layout, weights, gradient)
        if kernel is None:
            raise TypeError(f"model {self.simulation.model.name} has no kernel")
        return kernel
