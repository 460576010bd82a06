"""The corpora of an experiment, read and checked before any work: all mistakes of all of them at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from fedser.corpora import (
    Corpus,
    CorpusReader,
    attribute_problems,
    join,
    persons_by_value,
    require_attribute,
    with_attribute,
)
from fedser.defenses.attribute_head import AttributeHead
from fedser.errors import InputError, Problems
from fedser.partition.folds import held_out
from fedser.partition.partition import Partition
from fedser.tasks import TaskConfig
from simulations.experiment import Experiment, Role
from simulations.feature_checks import check_wanted
from simulations.representations import untaught
from simulations.scoring.roles import role_of
from simulations.shadow_speakers import only_speakers

Corpora = dict[Role, list[Corpus]]


def read_corpora(experiment: Experiment, read: Callable[[CorpusReader], Corpus]) -> Corpora:
    """Every corpus as ``read`` gives it, restricted to the task's classes; raises InputError with all mistakes."""
    readers: dict[Role, tuple[CorpusReader, ...]] = {"private": (experiment.corpora.private,)}
    if experiment.corpora.shadow:
        readers["shadow"] = experiment.corpora.shadow
    problems, corpora = Problems(), Corpora()
    for role, group in readers.items():
        corpora[role] = []
        for reader in group:
            with problems.collect(InputError):
                corpora[role].append(_usable(experiment, role, read(reader)))
    problems.raise_if_any(InputError)
    private, shadow = experiment.attribute.settled(corpora["private"], corpora.get("shadow", []))
    corpora["private"] = private
    if shadow:
        corpora["shadow"] = shadow
    _check(experiment, corpora)
    return corpora


def attribute_values(experiment: Experiment, corpora: Corpora) -> tuple[str, ...]:
    """The attribute's values in all corpora, in their order."""
    column = experiment.attribute.column
    return experiment.attribute.ordered(
        {value for group in corpora.values() for value in persons_by_value(group, column)}
    )


def clients_of(experiment: Experiment, role: Role, corpus: Corpus) -> Partition:
    """The clients of one role's joined corpora, over all folds; raises InputError where the partition cannot be."""
    return experiment.partition.divide(corpus.utterances, experiment.stream("partition", role)("clients"))


def folds_of(experiment: Experiment, role: Role, corpus: Corpus) -> list[tuple[str, ...]]:
    """The speakers of each fold of one role's joined corpora; raises InputError where there are too few."""
    stream = experiment.stream("partition", role)("folds")
    return experiment.partition.folds.of(corpus.speakers, experiment.attribute.column, stream)


def clients_of_trainings(experiment: Experiment, role: Role, corpus: Corpus) -> list[int]:
    """How many clients train in each training of a role: those with a speaker who is not held out."""
    clients, speakers = clients_of(experiment, role, corpus), corpus.utterances["speaker"]
    folds = [len(clients.hold_out(held_out(speakers, fold))) for fold in folds_of(experiment, role, corpus)]
    return [folds[number % len(folds)] for number, _ in enumerate(experiment.trainings_of(role))]


def _usable(experiment: Experiment, role: Role, corpus: Corpus) -> Corpus:
    """The utterances of the task's classes, of speakers of whom the attribute is known where the others are dropped,
    and of as many shadow speakers as there are to be.
    """
    labelled, attribute = _labelled(experiment.task, corpus), experiment.attribute
    if attribute.of not in labelled.attributes:
        raise InputError("\n".join(attribute_problems(labelled, attribute.of)))
    read = attribute.read(labelled)
    usable = with_attribute(read, attribute.column) if experiment.unknown_attribute == "drop" else read
    number = experiment.trainings.shadow_speakers
    if role == "private" or number is None:
        return usable
    return only_speakers(usable, number, attribute.column, experiment.stream("corpus", corpus.name))


def _labelled(task: TaskConfig, corpus: Corpus) -> Corpus:
    """The utterances of the task's classes, which are called emotions from here on, whatever label they are."""
    if task.column not in corpus.labels:
        return corpus.with_labels(task.classes, task.column)  # refuses, and names the labels there are
    found = corpus.renamed(task.renames, task.column).with_labels(task.classes, task.column)
    return replace(found, utterances=found.utterances.assign(emotion=found.utterances[task.column]))


def _check(experiment: Experiment, corpora: Corpora) -> None:
    """What the features describe is there, the attribute can be attacked, and the partition can be made."""
    problems = Problems()
    with problems.collect(InputError):
        check_wanted(experiment.features, (corpus for group in corpora.values() for corpus in group))
    with problems.collect(InputError):
        require_attribute(corpora["private"][0], corpora.get("shadow", []), experiment.attribute.column)
        _refuse_single(experiment, corpora.get("shadow", []))
        _refuse_other_values(experiment, attribute_values(experiment, corpora))
    problems.raise_if_any(InputError)
    for role, group in corpora.items():
        joined = join(group)
        with problems.collect(InputError):
            clients = clients_of(experiment, role, joined)
            if role == "shadow" and any(map(experiment.aligned_trainings, experiment.statics)):
                asked = experiment.aligned.count(experiment.algorithm, len(clients))
                if experiment.aligned_trainings():
                    _refuse_few(experiment, asked, "aligned.clients")
        with problems.collect(InputError):
            folds = folds_of(experiment, role, joined)
            if role == "private" and experiment.representations is not None:
                problems.extend(untaught(folds, joined.speakers, experiment.attribute.column))
            _refuse_few_clients(experiment, role, joined)
    problems.raise_if_any(InputError)


def _refuse_other_values(experiment: Experiment, values: Sequence[str]) -> None:
    """Raise InputError, with all of them, for defenses that are to know other values than the attribute has."""
    problems = Problems()
    for place, defense in enumerate(experiment.defenses):
        if isinstance(defense, AttributeHead) and defense.values != tuple(values):
            problems.add(
                f"defenses.{place}.values",
                f"{', '.join(defense.values)}, but the {experiment.attribute.title} of these corpora is one of"
                f" {', '.join(values)}: give these, in this order",
            )
    problems.raise_if_any(InputError)


def _refuse_few_clients(experiment: Experiment, role: Role, corpus: Corpus) -> None:
    """Raise InputError where a round of some training has too few clients for a defense that shows groups of them."""
    defended = role == "private" or False in experiment.statics
    if experiment.grouping is not None and defended and experiment.trainings_of(role):
        fewest = min(clients_of_trainings(experiment, role, corpus))
        _refuse_few(experiment, experiment.algorithm.cohort_size(fewest), f"{role} trainings")


def _refuse_few(experiment: Experiment, clients: int, where: str) -> None:
    try:
        experiment.simulation("check").together(clients, 1)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _refuse_single(experiment: Experiment, shadow: Sequence[Corpus]) -> None:
    """Raise InputError for a value that one shadow person alone has: no attack could validate what it learns of it."""
    column = experiment.attribute.column
    single = [value for value, number in persons_by_value(shadow, column).items() if number == 1]
    learned = any(role_of(attack.name) == "attack" for attack in experiment.attacks)
    if single and (learned or experiment.representations is not None):
        raise InputError(
            f"shadow corpora {', '.join(corpus.name for corpus in shadow)}: only one speaker has the {column}"
            f" {' or '.join(map(repr, single))}, so that none is left to validate on"
            " (add shadow corpora, or let attribute.rename make one value of several)"
        )
