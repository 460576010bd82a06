"""The work and disk that an experiment will take, counted from its config and its corpora's tables."""

from dataclasses import dataclass, fields
from math import prod

from rich.table import Table

from fedser.corpora import Corpus, join
from fedser.partition.folds import held_out
from simulations.checks import captured_reductions, check_experiment, planned_shapes
from simulations.corpora import clients_of, folds_of, read_corpora
from simulations.experiment import Experiment, Role
from simulations.machine import Machine


@dataclass(frozen=True)
class Work:
    """Counts of one role's trainings."""

    utterances: int
    speakers: int
    trainings: int
    clients_over_all_trainings: int
    client_updates: int
    captured_updates: int
    disk: int


def estimate_table(experiment: Experiment) -> Table:
    """Counts per role as a table; raises FedserError, with all mistakes, when the experiment could not start."""
    check_experiment(experiment)
    context = Machine.of(experiment).context()
    corpora = read_corpora(experiment, lambda reader: reader.tables(context))
    works = {role: _work(experiment, role, join(group)) for role, group in corpora.items()}
    table = Table("work", *works)
    for row in fields(Work):
        table.add_row(
            row.name.replace("_", " "), *(_shown(row.name, getattr(work, row.name)) for work in works.values())
        )
    return table


def _shown(name: str, count: int) -> str:
    return f"{count / 2**20:,.1f} MiB" if name == "disk" else f"{count:,}"


def _work(experiment: Experiment, role: Role, corpus: Corpus) -> Work:
    clients = _clients(experiment, role, corpus)
    cohorts = [experiment.algorithm.cohort_size(number) for number in clients]
    rounds, (update, model) = len(experiment.capture.kept_rounds(experiment.rounds)), _bytes(experiment)
    return Work(
        utterances=len(corpus.utterances),
        speakers=len(corpus.speakers),
        trainings=len(clients),
        clients_over_all_trainings=sum(clients),
        client_updates=experiment.rounds * sum(cohorts),
        captured_updates=rounds * sum(cohorts),
        disk=rounds * (sum(cohorts) * update + len(clients) * model),
    )


def _bytes(experiment: Experiment) -> tuple[int, int]:
    """What is captured of an update, and of a round's model beside its updates."""
    capture, shapes = experiment.capture, planned_shapes(experiment)
    reductions = captured_reductions(experiment, shapes)
    if reductions:
        return 4 * sum(prod(shape) for one in reductions for shape in one.shapes(shapes).values()), 0
    width = 4 if capture.precision == "float32" else 2
    kept = sum(prod(shape) for name, shape in shapes.items() if capture.keeps(name))
    return width * kept, 4 * sum(map(prod, shapes.values()))


def _clients(experiment: Experiment, role: Role, corpus: Corpus) -> list[int]:
    """How many clients train in each training of a role: those with a speaker who is not held out."""
    clients, speakers = clients_of(experiment, role, corpus), corpus.utterances["speaker"]
    folds = [len(clients.hold_out(held_out(speakers, fold))) for fold in folds_of(experiment, role, corpus)]
    return [folds[number % len(folds)] for number, _ in enumerate(experiment.trainings_of(role))]
