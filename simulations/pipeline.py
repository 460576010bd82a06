"""All stages of an experiment, one after the other; what is finished is kept."""

from pathlib import Path

from fedser.corpora import refuse_overlap
from simulations.checks import check_experiment
from simulations.corpora import read_corpora
from simulations.experiment import Experiment
from simulations.machine import Machine
from simulations.progress import bars
from simulations.report import build_report
from simulations.run_folder import RunFolder
from simulations.stages.aligned import align
from simulations.stages.attack import attack
from simulations.stages.canaries import release
from simulations.stages.communication import count_communication
from simulations.stages.features import prepare
from simulations.stages.identity import identify
from simulations.stages.inversion import invert
from simulations.stages.membership import infer_membership
from simulations.stages.privacy import score_privacy
from simulations.stages.representations import read_representations
from simulations.stages.score import score, score_inputs, score_membership
from simulations.stages.seconds import measure_seconds
from simulations.stages.sharing import NOTHING_SHARED, Shared
from simulations.stages.simulate import simulate
from simulations.stages.utility import score_utility


def run_experiment(
    experiment: Experiment,
    path: Path,
    workers: int | None = None,
    go_on: bool = False,
    shared: Shared = NOTHING_SHARED,
) -> Path:
    """Run ``experiment`` in the folder ``path`` and return the report's page; raises FedserError."""
    machine, folder = Machine.of(experiment, workers), RunFolder(path)
    check_experiment(experiment)
    experiment.engine.check()
    folder.refuse_other(experiment, go_on)
    with bars() as shown:
        corpora = read_corpora(
            experiment, lambda reader: reader.read(machine.context(shown.bar(f"read {reader.corpus}")))
        )
        refuse_overlap(corpora["private"][0], corpora.get("shadow", []))
        folder.claim(experiment)
        prepared = prepare(experiment, machine, folder, corpora, shown)
        simulate(experiment, folder, prepared, shown, machine.workers, shared)
        align(experiment, folder, prepared, shown, machine.workers, shared)
        release(experiment, folder, prepared, shown, machine.workers, shared)
        found = attack(experiment, folder, prepared, shown)
        identify(experiment, folder, prepared, shown)
        invert(experiment, folder, prepared, shown)
        read_representations(experiment, folder, prepared, shown)
        inferred = infer_membership(experiment, folder, prepared, shown)
    measure_seconds(experiment, folder, prepared)
    count_communication(experiment, folder, prepared)
    score_utility(experiment, folder, prepared)
    score_privacy(experiment, folder, prepared)
    score(experiment, folder, prepared, found)
    score_inputs(experiment, folder, prepared, found)
    score_membership(experiment, folder, prepared, inferred)
    return build_report(path)
