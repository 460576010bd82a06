"""What a cell costs in the style of the paper's code: a few rounds and passes are timed, and the rest extrapolated."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from attacks.cnn.arithmetic import arithmetic
from attacks.cnn.attack import Cnn
from fedser.engine.selection import Selection
from simulations.bench.clock import CLOCKS, seconds_per_round
from simulations.bench.cnn import measure_cnn
from simulations.bench.cnn_job import CnnSetting, jobs
from simulations.bench.cnn_results import CnnSample
from simulations.bench.plain import PLAIN
from simulations.bench.side import Job
from simulations.experiment import Experiment, Role
from simulations.stages.prepared import Prepared


def plain_trainings(experiment: Experiment, prepared: Mapping[Role, Prepared], rounds: int) -> float:
    """Seconds of all trainings, without capture, from ``rounds`` of one training of each role."""
    total = 0.0
    for role, data in prepared.items():
        names = experiment.trainings_of(role)
        few = {"rounds": rounds + 1, "selection": Selection()}
        job = Job(experiment.simulation(names[0]).model_copy(update=few), data.data(0))
        total += len(names) * experiment.rounds * seconds_per_round(PLAIN, job, CLOCKS["wall"])
    return total


def plain_cnn(experiment: Experiment, prepared: Mapping[Role, Prepared], dims: int) -> float:
    """CPU seconds of the CNN attack on one thread, from single batches on each layer: all epochs, and the scores."""
    cnn, updates = Cnn(threads=1, device="cpu"), {role: _updates(experiment, role, prepared[role]) for role in prepared}
    setting = CnnSetting(dims, batches=1, repetitions=1, cnn=cnn)
    with tempfile.TemporaryDirectory() as folder, arithmetic(cnn):
        found = measure_cnn(jobs(setting, Path(folder)), setting.repetitions, lambda *_: None)
    training, validation = (_seconds(found, unit) for unit in ("training", "validation"))
    epoch = (1 - cnn.validation) * training + cnn.validation * validation
    return cnn.epochs * updates["shadow"] * epoch + updates["private"] * validation


def _seconds(found: Sequence[CnnSample], unit: str) -> float:
    """The plain loop's seconds for one update in one pass, summed over the layers."""
    return sum(sample.seconds for sample in found if (sample.side, sample.unit) == ("plain", unit))


def _updates(experiment: Experiment, role: Role, data: Prepared) -> int:
    """How many updates a role's trainings send."""
    simulations = [experiment.simulation(name) for name in experiment.trainings_of(role)]
    return sum(experiment.rounds * Job(each, data.data(0)).cohort for each in simulations)
