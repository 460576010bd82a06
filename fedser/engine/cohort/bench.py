"""What a learner works with: the data and the model's flat passes, on the device where they stay."""

from collections.abc import Sequence

import torch
from torch import Tensor

from fedser.algorithms.optimizer import Flat
from fedser.engine.data import OpenData
from fedser.engine.simulation import Simulation
from fedser.models.kernel import Kernel, Precision
from fedser.models.layout import Layout
from fedser.models.parameters import parameters

MATRIX = 4
"""Floats: on a CPU the order of a matrix product's sums depends on where the matrices lie, modulo 16 bytes."""

VECTOR = 16
"""Floats of the widest vector instruction: Adam's fused kernel rounds what is left over of a stack in another way."""


def aligned(number: int, floats: int) -> int:
    """The next multiple of ``floats``: where another client's may begin, to give the same to the bit."""
    return -(-number // floats) * floats


def layout_of(simulation: Simulation, features: int) -> Layout:
    """The parameters of the model that is trained on so many features."""
    return Layout.of(parameters(simulation.network(features)))


def has_kernel(simulation: Simulation, layout: Layout) -> bool:
    """Whether the model that is trained has explicit passes, and clients take all steps that they have planned."""
    if simulation.algorithm.watched:
        return False
    nothing = torch.zeros(layout.size, device="meta")
    return simulation.defended_model.kernel(layout, nothing, nothing, "float32") is not None


class Bench:
    """Trainings of one configuration on ``device``: their data, side by side, and the layout of their model.

    A model without explicit passes is trained by its module on the CPU, and its data stay where they are.
    The data of one training on the CPU stay memory-mapped; those of several are gathered, each matrix object once.
    ``first_row`` says where a training's rows begin, ``cohort`` how many clients train in a round of all of them.
    """

    def __init__(
        self, simulation: Simulation, data: Sequence[OpenData], device: torch.device, precision: Precision = "float32"
    ) -> None:
        self.simulation, self.residual = simulation, simulation.task.residual
        self.features = data[0].x.shape[1]
        self.cohort = sum(simulation.algorithm.cohort_size(len(each.clients)) for each in data)
        self.layout = layout_of(simulation, self.features)
        self.device = device if self.has_kernel else torch.device("cpu")
        self._precision = precision
        if self.has_kernel:
            self._x, self._y, self.first_row = _side_by_side(data, self.device)

    def rows(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Features and labels of the chosen rows (int64, on the CPU or the device)."""
        index = chosen.to(self.device)
        return self._x.index_select(0, index), self._y.index_select(0, index)

    @property
    def has_kernel(self) -> bool:
        """Whether the model has explicit passes."""
        return has_kernel(self.simulation, self.layout)

    def kernel(self, width: int | None = None) -> tuple[Kernel, Flat | None]:
        """Passes for one client, or for a stack of ``width``, and the steps between them (None: there are none).

        The rows of a stack are [P] and up to VECTOR - 1 more, which stay zero.
        """
        shape = (self.layout.size,) if width is None else (width, aligned(self.layout.size, VECTOR))
        weights, gradient = torch.zeros(shape, device=self.device), torch.zeros(shape, device=self.device)
        kernel, steps = self.passes(weights, gradient), self.simulation.algorithm.local_steps
        return kernel, steps[0].flat(weights, steps[1]) if steps else None

    def passes(self, weights: Tensor, gradient: Tensor) -> Kernel:
        """The model's explicit passes over these vectors; raises TypeError where it has none."""
        kernel = self.simulation.defended_model.kernel(self.layout, weights, gradient, self._precision)
        if kernel is None:
            raise TypeError(f"model {self.simulation.model.name} has no kernel")
        return kernel


def _side_by_side(data: Sequence[OpenData], device: torch.device) -> tuple[Tensor, Tensor, list[int]]:
    """Features and labels of all trainings on the device, and the first row of each training."""
    places: dict[int, int] = {}
    first_row, matrices, rows = [], [], 0
    for each in data:
        matrix = id(each.x)
        if matrix not in places:
            places[matrix] = rows
            matrices.append(each.tensors())
            rows += len(each.y)
        first_row.append(places[matrix])
    (x, y), *more = matrices
    if more:
        x, y = (torch.cat(parts) for parts in zip(*matrices, strict=True))
    return x.to(device), y.to(device), first_row
