"""What the private trainings of an experiment send and receive, beside how well they do their task meanwhile."""

import numpy as np

from fedser.engine.traffic import traffic
from simulations.checks import parameter_shapes
from simulations.experiment import Experiment, Role
from simulations.run_folder import RunFolder
from simulations.scoring import write_csv
from simulations.scoring.communication import communication
from simulations.stages.finished import finished_state
from simulations.stages.prepared import Prepared

COMMUNICATION = "communication.csv"


def count_communication(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared]) -> None:
    """Write the table of the private trainings."""
    data = prepared["private"]
    counted, uars = [], []
    for number, training in enumerate(experiment.trainings_of("private")):
        opened, simulation = data.data(number % len(data.folds)).open(), experiment.simulation(training)
        counted.append(traffic(simulation, parameter_shapes(simulation, int(opened.x.shape[1])), opened.clients))
        uars.append(np.array([row.test_uar for row in finished_state(folder, training).history]))
    write_csv(folder.path / COMMUNICATION, communication(counted, uars))
