"""What the models of a finished run say of the speakers whom each was not trained on, split by split."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from fedser.engine.data import OpenData
from fedser.engine.predicted import held_out_probabilities
from fedser.engine.simulation import Simulation
from fedser.errors import InputError
from fedser.metrics.recall import Floats, Ints
from fedser.updates.update import Arrays
from simulations.experiment import Experiment
from simulations.run_folder import RunFolder
from simulations.stages.finished import finished_state
from simulations.stages.prepared import Prepared


@dataclass(frozen=True)
class Split:
    """One training: its test rows' truth, and the probability of the second class."""

    run: str
    training: str
    corpus: str
    simulation: Simulation
    model: Arrays
    data: OpenData
    utterances: pd.DataFrame

    @cached_property
    def truth(self) -> Ints:
        """Of each test row, 0 or 1."""
        labels: Ints = self.data.y[self.data.partition.test]
        return labels

    @cached_property
    def scores(self) -> Floats:
        """Of each test row, the probability of 1."""
        found: Floats = held_out_probabilities(self.simulation, self.data, self.model)[:, 1].astype(float)
        return found


def splits_of(folder: Path, name: str) -> list[Split]:
    """Every finished training of the run in ``folder``, which is called ``name``.

    Raises InputError where it is not finished, or has not two classes.
    """
    run = RunFolder(folder)
    experiment = run.experiment()
    if len(experiment.task.classes) != 2:
        raise InputError(f"{folder}: task {experiment.task.name} has {len(experiment.task.classes)} classes, not two")
    return list(_splits(experiment, run, name))


def _splits(experiment: Experiment, run: RunFolder, name: str) -> Iterator[Split]:
    for role in experiment.roles:
        data = Prepared(run.role(role))
        if not (data.folder / "utterances.csv").is_file():
            raise InputError(f"{run.path}: this run has no features yet; `fedser run` goes on with it")
        corpora = " + ".join(dict.fromkeys(data.utterances["corpus"]))
        for number, training in enumerate(experiment.trainings_of(role)):
            opened = data.data(number % len(data.folds)).open()
            if len(opened.partition.test):
                model = finished_state(run, training).best
                yield Split(name, training, corpora, experiment.simulation(training), model, opened, data.utterances)
