"""Scores of a model by its flat passes: on a GPU over the rows that stay there anyway, and with one wait for it."""

import torch
from torch import Tensor

from fedser.engine.cohort.bench import Bench
from fedser.engine.cohort.dropout import single
from fedser.engine.data import OpenData
from fedser.engine.evaluation import Evaluation, Hits, Scores
from fedser.engine.simulation import Simulation
from fedser.models.kernel import Drop
from fedser.updates.update import Arrays


class Scorer:
    """Scores all pieces at once, or some of them, whose hits add up; ``place`` is that of ``data`` on the bench.

    ``simulation`` is whose models they are, where trainings side by side share the bench.
    """

    def __init__(self, bench: Bench, data: OpenData, place: int = 0, simulation: Simulation | None = None) -> None:
        self._simulation = simulation or bench.simulation
        self._bench, self.evaluation = bench, Evaluation(data, bench.simulation.task, bench.simulation.selection)
        self._model = torch.zeros(bench.layout.size, device=bench.device)
        self._kernel = bench.passes(self._model, self._model)
        # On a CPU, pieces that are gathered once lie together; elsewhere the row numbers wait where the rows are.
        self._rows = [] if bench.device.type == "cpu" else self._on_bench(bench.first_row[place])

    def __call__(self, model: Arrays) -> Scores:
        """The scores of a model."""
        return self.evaluation.scores(self.hits(self._bench.layout.flat(model), range(self.evaluation.pieces)))

    @torch.no_grad()
    def hits(self, model: Tensor, pieces: range) -> list[Hits]:
        """What a flat model gets right in each of some pieces."""
        if not pieces:
            return []
        self._model.copy_(model)
        answers = self._simulation.task.answers
        found = [answers(self._kernel.logits(self._features(piece), self._drop(piece))) for piece in pieces]
        labels = torch.cat(found).cpu().split_with_sizes([len(each) for each in found])
        return [self.evaluation.hits(piece, each.numpy()) for piece, each in zip(pieces, labels, strict=True)]

    def _drop(self, piece: int) -> Drop | None:
        """The dropout that stays on at evaluation; None where none does."""
        masks = self._simulation.masks_at_evaluation(piece)
        return single(masks) if masks else None

    def _on_bench(self, first: int) -> list[Tensor]:
        """The row numbers of each piece on the bench, where the training's rows begin at ``first``."""
        pieces = range(self.evaluation.pieces)
        return [torch.from_numpy(self.evaluation.rows(piece) + first).to(self._bench.device) for piece in pieces]

    def _features(self, piece: int) -> Tensor:
        if self._rows:
            return self._bench.rows(self._rows[piece])[0]
        return torch.from_numpy(self.evaluation.features(piece))
