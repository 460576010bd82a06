"""How useful the trained models are: their answers about the speakers that each was not trained on."""

import numpy as np

from fedser.engine.predicted import held_out_predictions
from fedser.metrics.people import People
from fedser.metrics.recall import Counts
from simulations.experiment import Experiment, Role
from simulations.run_folder import RunFolder
from simulations.scoring import write_csv
from simulations.scoring.utility import utility
from simulations.stages.finished import finished_state
from simulations.stages.prepared import Prepared

UTILITY = "utility.csv"


def score_utility(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared]) -> None:
    """Write the table of the private trainings' selected models; where nobody is held out, there is none."""
    data = prepared["private"]
    names, speakers = np.unique(data.utterances["speaker"].to_numpy(str), return_inverse=True)
    counts = np.stack(
        [
            _answers(experiment, folder, data, number, training, speakers)
            for number, training in enumerate(experiment.trainings_of("private"))
        ]
    )
    if counts.any():
        table = utility(counts, _people(data, names), experiment.scores, experiment.stream("utility"))
        write_csv(folder.path / UTILITY, table)
    else:
        (folder.path / UTILITY).unlink(missing_ok=True)


def _answers(
    experiment: Experiment, folder: RunFolder, data: Prepared, number: int, training: str, speakers: np.ndarray
) -> Counts:
    """Counts [speakers, classes, classes] of one training's test rows."""
    opened = data.data(number % len(data.folds)).open()
    said = held_out_predictions(experiment.simulation(training), opened, finished_state(folder, training).best)
    test, classes = opened.partition.test, len(experiment.task.classes)
    counts = np.zeros((speakers.max() + 1, classes, classes), dtype=np.int64)
    np.add.at(counts, (speakers[test], opened.y[test], said), 1)
    return counts


def _people(data: Prepared, names: np.ndarray) -> People:
    """The persons behind the speakers, in the order of ``names``; who has which value plays no part."""
    persons = np.unique([data.persons[name] for name in names], return_inverse=True)[1]
    return People(np.zeros(len(names), dtype=np.int64), persons)
