"""All stages of an experiment, one after the other; what is finished is kept."""

from pathlib import Path

from simulations.checks import check_attacks
from simulations.experiment import Experiment
from simulations.machine import Machine
from simulations.progress import bars
from simulations.report import build_report
from simulations.run_folder import RunFolder
from simulations.stages.attack import attack
from simulations.stages.features import prepare
from simulations.stages.score import score
from simulations.stages.simulate import simulate


def run_experiment(experiment: Experiment, path: Path, workers: int | None = None, go_on: bool = False) -> Path:
    """Run ``experiment`` in the folder ``path`` and return the report's page; raises FedserError."""
    machine, folder = Machine.of(experiment, workers), RunFolder(path)
    check_attacks(experiment)
    folder.claim(experiment, go_on)
    with bars() as shown:
        prepared = prepare(experiment, machine, folder, shown)
        simulate(experiment, folder, prepared, shown)
        found = attack(experiment, folder, prepared, shown)
    score(experiment, folder, prepared, found)
    return build_report(path)
