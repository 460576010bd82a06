"""Scores from rows that lie on the bench are those from rows that are gathered piece by piece, in one copy."""

import numpy as np
import pytest
import torch

from fedser.engine import Cohort
from fedser.engine.cohort.scoring import Scorer


@pytest.fixture
def scorers(world):
    """Two trainings of one bench: for each, who gathers its pieces, and who looks them up on the bench; and a model."""
    engine = Cohort(device="cpu")
    made = [world(sizes=sizes, where=name) for name, sizes in {"a": [700, 30], "b": [5, 450, 90]}.items()]
    opened = [each.data.open() for each in made]
    bench, pairs = engine.bench(made[0].simulation, *opened), []
    for place, data in enumerate(opened):
        gathering, looking = Scorer(bench, data, place), Scorer(bench, data, place)
        looking._rows = looking._on_bench(bench.first_row[place])
        pairs.append((gathering, looking))
    weights = np.random.default_rng(0).normal(size=bench.layout.size).astype(np.float32)
    return pairs, bench.layout.arrays(weights), torch.from_numpy(weights)


def test_looked_up_or_gathered_the_scores_are_the_same(scorers):
    pairs, model, _ = scorers
    found = [(gathering(model), looking(model)) for gathering, looking in pairs]
    assert all(one == other for one, other in found) and found[0][0] != found[1][0]
    assert all(0 < score.validation_accuracy < 1 for pair in found for score in pair)


def test_labels_are_copied_once_whatever_the_pieces(scorers, monkeypatch):
    pairs, _, flat = scorers
    copies, copy = [], torch.Tensor.cpu
    monkeypatch.setattr(torch.Tensor, "cpu", lambda tensor: copies.append(len(tensor)) or copy(tensor))
    for scorer in pairs[0]:
        pieces = range(scorer.evaluation.pieces)
        whole, split = scorer.hits(flat, pieces), scorer.hits(flat, pieces[:1]) + scorer.hits(flat, pieces[1:])
        assert len(pieces) == 4 and scorer.hits(flat, range(0)) == []
        for one, other in zip(whole, split, strict=True):
            assert one.piece == other.piece and np.array_equal(one.counts, other.counts)
    assert len(copies) == 6
