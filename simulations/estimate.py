"""The work and disk that an experiment will take, counted from its config and its corpora's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import prod

from rich.table import Table

from fedser.corpora import Corpus, join
from fedser.updates.reductions import ReductionConfig
from simulations.attributes.told import attribute_table
from simulations.canaries import TRAINING as CANARIES
from simulations.checks import aligned_reductions, captured_reductions, check_experiment, planned_shapes
from simulations.corpora import Corpora, clients_of, clients_of_trainings, read_corpora
from simulations.experiment import Experiment, Role
from simulations.machine import Machine

Shapes = Mapping[str, tuple[int, ...]]


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


def estimate_tables(experiment: Experiment) -> tuple[Table, Table]:
    """Speakers by value of the attribute, and counts of the work per role, as tables.

    Raises FedserError, with all mistakes, when the experiment could not start.
    """
    check_experiment(experiment)
    context = Machine.of(experiment).context()
    corpora = read_corpora(experiment, lambda reader: reader.tables(context))
    works = count_work(experiment, corpora)
    table = Table("work", *works)
    for row in fields(Work):
        table.add_row(
            row.name.replace("_", " "), *(shown_work(row.name, getattr(work, row.name)) for work in works.values())
        )
    return attribute_table(experiment, corpora), table


def count_work(experiment: Experiment, corpora: Corpora) -> dict[str, Work]:
    """The work of each role, and of the shadow updates at the private models where there are such."""
    works: dict[str, Work] = {"private": _work(experiment, "private", join(corpora["private"]))}
    for static in experiment.statics if "shadow" in corpora else ():
        shadow = join(corpora["shadow"])
        works |= {"static" if static else "shadow": _work(experiment, "shadow", shadow, static)}
        if experiment.aligned_trainings(static):
            works |= {"static aligned" if static else "aligned": _aligned(experiment, shadow, static)}
    if experiment.canaries is not None:
        works |= {CANARIES: _canaries(experiment, join(corpora["private"]))}
    return works


def shown_work(name: str, count: int) -> str:
    """One count in words, by the name of its field."""
    return f"{count / 2**20:,.1f} MiB" if name == "disk" else f"{count:,}"


def _work(experiment: Experiment, role: Role, corpus: Corpus, static: bool = False) -> Work:
    clients = clients_of_trainings(experiment, role, corpus)
    simulation = experiment.simulation("check", static)
    cohorts = [simulation.schedule(number).cohort for number in clients]
    seen = [_seen(experiment, cohort, static) for cohort in cohorts]
    shapes = planned_shapes(experiment)
    rounds = len(experiment.capture.kept_rounds(experiment.rounds))
    update, model = _bytes(experiment, shapes, captured_reductions(experiment, shapes))
    return Work(
        utterances=len(corpus.utterances),
        speakers=len(corpus.speakers),
        trainings=len(clients),
        clients_over_all_trainings=sum(clients),
        client_updates=experiment.rounds * sum(cohorts),
        captured_updates=rounds * sum(seen),
        disk=rounds * (sum(seen) * update + len(clients) * model) + sum(clients) * _kept(experiment, shapes, static),
    )


def _kept(experiment: Experiment, shapes: Shapes, static: bool) -> int:
    """What a client keeps between its rounds: for each defense that has it keep anything, no more than a model."""
    keeping = [defense for defense in experiment.simulation("check", static).defenses if defense.keeps_state]
    return len(keeping) * 4 * sum(map(prod, shapes.values()))


def _canaries(experiment: Experiment, corpus: Corpus) -> Work:
    """The training that canaries take part in: of the first fold, and captured by nobody."""
    clients, shapes = clients_of_trainings(experiment, "private", corpus)[0], planned_shapes(experiment)
    model = 4 * sum(map(prod, shapes.values()))
    return Work(
        utterances=len(corpus.utterances),
        speakers=len(corpus.speakers),
        trainings=1,
        clients_over_all_trainings=clients,
        client_updates=experiment.rounds * experiment.simulation(CANARIES).schedule(clients).cohort,
        captured_updates=0,
        disk=2 * model + clients * _kept(experiment, shapes, static=False),
    )


def _aligned(experiment: Experiment, corpus: Corpus, static: bool) -> Work:
    """The shadow clients that are asked at the models of the private trainings."""
    clients = len(clients_of(experiment, "shadow", corpus))
    shapes, trainings = planned_shapes(experiment), len(experiment.aligned_trainings(static))
    rounds = trainings * len(experiment.aligned.rounds(experiment.capture, experiment.rounds))
    asked = experiment.aligned.count(experiment.algorithm, clients)
    captured = rounds * _seen(experiment, asked, static)
    update, model = _bytes(experiment, shapes, aligned_reductions(experiment, shapes))
    return Work(
        utterances=len(corpus.utterances),
        speakers=len(corpus.speakers),
        trainings=0,
        clients_over_all_trainings=trainings * clients,
        client_updates=rounds * asked,
        captured_updates=captured,
        disk=captured * update + rounds * model,
    )


def _seen(experiment: Experiment, clients: int, static: bool) -> int:
    """How many updates the server sees of a round of so many clients: each of theirs, or those of groups."""
    return sum(map(len, experiment.simulation("check", static).together(clients, 1))) or clients


def _bytes(experiment: Experiment, shapes: Shapes, reductions: Sequence[ReductionConfig]) -> tuple[int, int]:
    """What is captured of an update (``reductions`` in its place), and of a round's model beside its updates."""
    if reductions:
        return 4 * sum(prod(shape) for one in reductions for shape in one.shapes(shapes).values()), 0
    capture = experiment.capture
    width = 4 if capture.precision == "float32" else 2
    kept = sum(prod(shape) for name, shape in shapes.items() if capture.keeps(name))
    return width * kept, 4 * sum(map(prod, shapes.values()))
