"""What clients of a stack do not share: their own arrays before they learn, and frozen ones that no step moves."""

from bisect import bisect_left
from collections.abc import Sequence

import torch
from torch import Tensor

from fedser.engine.learner import Work
from fedser.models.layout import Layout


def put_own(layout: Layout, parameters: Tensor, works: Sequence[Work]) -> None:
    """Each client's own arrays in its row of ``parameters`` [clients, P]."""
    views = layout.views(parameters)
    for row, work in enumerate(works):
        for name, array in work.own.items():
            views[name][row].copy_(torch.tensor(array))


class Held:
    """The frozen parameters of a stack, as they are now.

    They are put back after each step and not left out of it: a step over the whole vector costs less than one over what
    lies between, and weight decay moves what has no gradient.
    """

    def __init__(self, layout: Layout, parameters: Tensor, works: Sequence[Work]) -> None:
        self._held = []
        for name in sorted(frozenset[str]().union(*(work.frozen for work in works))):
            rows = [row for row, work in enumerate(works) if name in work.frozen]
            places, view = torch.tensor(rows, device=parameters.device), layout.views(parameters)[name]
            self._held.append((view, rows, places, view.index_select(0, places)))

    def put_back(self, active: int) -> None:
        """After a step of the first ``active`` clients."""
        for view, rows, places, values in self._held:
            count = bisect_left(rows, active)
            view.index_copy_(0, places[:count], values[:count])
