"""What the private trainings' defenses promise, counted from who took part, and how often; and what canaries say."""

from collections import Counter
from collections.abc import Iterator, Mapping

from fedser.defenses.turns import Share
from fedser.engine.data import OpenData
from fedser.engine.simulation import Simulation
from simulations.experiment import Experiment, Role
from simulations.run_folder import RunFolder
from simulations.scoring import write_csv
from simulations.scoring.privacy import Promised, privacy
from simulations.stages.canaries import told_by_canaries
from simulations.stages.prepared import Prepared

PRIVACY = "privacy.csv"


def score_privacy(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared]) -> None:
    """Write the table; where no defense promises an epsilon, and no canary tells any, there is none."""
    promises = list(_promises(experiment, prepared["private"]))
    promises += told_by_canaries(experiment, folder, prepared, promises)
    if promises:
        write_csv(folder.path / PRIVACY, privacy(promises))
    else:
        (folder.path / PRIVACY).unlink(missing_ok=True)


def _promises(experiment: Experiment, prepared: Prepared) -> Iterator[Promised]:
    for number, training in enumerate(experiment.trainings_of("private")):
        promising = [defense for defense in experiment.defenses if defense.private]
        if not promising:
            return
        data, simulation = prepared.data(number % len(prepared.folds)).open(), experiment.simulation(training)
        schedule, shares = simulation.schedule(len(data.clients)), turns_of(simulation, data)
        for defense in promising:
            for guarantee in defense.guarantees(schedule, shares):
                yield Promised(training, defense.label, guarantee)


def turns_of(simulation: Simulation, data: OpenData) -> Mapping[Share, int]:
    """Of what clients hold, in how many rounds one of them trained at most: those who never did are left out."""
    rounds = range(1, simulation.rounds + 1)
    turns = Counter(client for number in rounds for client in simulation.sampled(data.clients, number))
    most: dict[Share, int] = {}
    for client, times in turns.items():
        share = simulation.share(len(data.train_rows(client)))
        most[share] = max(times, most.get(share, 0))
    return most
