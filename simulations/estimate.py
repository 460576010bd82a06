"""The work and disk that an experiment will take, counted from its config and its corpora's tables."""

from dataclasses import dataclass, fields
from math import prod

from rich.table import Table

from fedser.corpora import ReadContext
from simulations.checks import check_attacks, parameter_shapes
from simulations.experiment import Experiment, Role
from simulations.machine import Machine


@dataclass(frozen=True)
class Work:
    """Counts of one role's trainings."""

    utterances: int
    speakers: int
    trainings: int
    clients_in_a_training: int
    client_updates: int
    captured_updates: int
    disk: int


def estimate_table(experiment: Experiment) -> Table:
    """Counts per role as a table; raises FedserError when the experiment could not start."""
    check_attacks(experiment)
    works = {role: _work(experiment, role) for role in experiment.roles}
    table = Table("work", *works)
    for row in fields(Work):
        table.add_row(
            row.name.replace("_", " "), *(_shown(row.name, getattr(work, row.name)) for work in works.values())
        )
    return table


def _shown(name: str, count: int) -> str:
    return f"{count / 2**30:.2f} GiB" if name == "disk" else f"{count:,}"


def _work(experiment: Experiment, role: Role) -> Work:
    """About: folds of equal size, and every speaker with the parts that the partition asks for."""
    utterances, speakers = _sizes(experiment, role)
    trainings = len(experiment.trainings_of(role))
    parts = getattr(experiment.partition, "parts", 1)
    folds = experiment.partition.folds.number
    clients = 1 if experiment.partition.name == "single" else round(speakers * (folds - 1) / folds) * parts
    cohort, capture = experiment.algorithm.cohort_size(clients), experiment.capture
    rounds = sum(capture.keeps_round(number) for number in range(1, experiment.rounds + 1))
    shapes = parameter_shapes(experiment)
    kept = sum(prod(shape) for name, shape in shapes.items() if capture.keeps(name))
    width = 4 if capture.precision == "float32" else 2
    per_round = cohort * kept * width + 4 * sum(prod(shape) for shape in shapes.values())
    return Work(
        utterances=utterances,
        speakers=speakers,
        trainings=trainings,
        clients_in_a_training=clients,
        client_updates=trainings * experiment.rounds * cohort,
        captured_updates=trainings * rounds * cohort,
        disk=trainings * rounds * per_round,
    )


def _sizes(experiment: Experiment, role: Role) -> tuple[int, int]:
    machine = Machine.of(experiment)
    readers = (experiment.corpora.private,) if role == "private" else experiment.corpora.shadow
    context = ReadContext(machine.data_root, machine.cache)
    sizes = [reader.size(context, experiment.task.classes) for reader in readers]
    return sum(utterances for utterances, _ in sizes), sum(speakers for _, speakers in sizes)
