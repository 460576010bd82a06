"""Scores of a model by its flat passes, over held-out rows that stay on the device."""

import torch
from torch import Tensor

from fedser.engine.cohort.bench import Bench
from fedser.engine.data import OpenData
from fedser.engine.evaluation import Evaluation, Hits, Scores
from fedser.updates.update import Arrays

RESIDENT = 2**31
"""Bytes of held-out features that are kept on a GPU, at most; above, each piece is sent there when it is wanted."""


class Scorer:
    """Scores all pieces at once, or some of them, whose hits add up."""

    def __init__(self, bench: Bench, data: OpenData) -> None:
        self._bench, self.evaluation = bench, Evaluation(data, bench.simulation.task, bench.simulation.selection)
        self._model = torch.zeros(bench.layout.size, device=bench.device)
        self._kernel = bench.passes(self._model, self._model)
        self._held: dict[int, Tensor] = {}

    def __call__(self, model: Arrays) -> Scores:
        """The scores of a model."""
        return self.evaluation.scores(self.hits(self._bench.layout.flat(model), range(self.evaluation.pieces)))

    @torch.no_grad()
    def hits(self, model: Tensor, pieces: range) -> list[Hits]:
        """What a flat model gets right in each of some pieces."""
        self._model.copy_(model)
        return [self._hits(piece) for piece in pieces]

    def _hits(self, piece: int) -> Hits:
        labels = self._kernel.logits(self._features(piece)).argmax(dim=-1)
        return self.evaluation.hits(piece, labels.cpu().numpy())

    def _features(self, piece: int) -> Tensor:
        if piece in self._held:
            return self._held[piece]
        x = torch.from_numpy(self.evaluation.features(piece))
        if x.device != self._bench.device:
            x = x.to(self._bench.device)
            if (len(self._held) + 1) * x.nbytes <= RESIDENT:
                self._held[piece] = x
        return x
