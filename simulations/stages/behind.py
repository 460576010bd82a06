"""The true utterances behind private updates, and those of others: what references and scores are made with."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from fedser.metrics.recall import Ints
from fedser.models.frames import Frames
from fedser.updates.store import Row
from simulations.experiment import Experiment
from simulations.stages.prepared import Prepared
from simulations.true_inputs import Inputs


def rows_behind(experiment: Experiment, data: Prepared, updates: Iterable[Row]) -> Iterator[Ints]:
    """Of each private update, the rows of the feature matrix that it was computed from, each once, ascending."""
    trainings = experiment.trainings_of("private")
    opened = {name: data.data(fold).open() for fold, name in enumerate(trainings)}
    simulations = {name: experiment.simulation(name) for name in trainings}
    for row in updates:
        held = opened[row.training].train_rows(row.client)
        batches = simulations[row.training].plan(row.client, row.round, len(held)).batches
        yield held[np.unique(np.concatenate(batches))]


def inputs_of(experiment: Experiment, data: Prepared, rows: np.ndarray) -> Inputs:
    """A role's utterances at ``rows`` of its feature matrix."""
    x, y = features_of(data)
    return Inputs(x[rows], y[rows], len(experiment.task.classes))


@lru_cache(maxsize=2)
def features_of(data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """A role's features [utterances, dims] and classes [utterances], memory-mapped; of frames their means."""
    opened = data.everyone.open()
    return opened.x.means() if isinstance(opened.x, Frames) else opened.x, opened.y
