"""What readers say of private utterances: taught on the shadow corpora, and on the private speakers of other folds."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from attacks.labelled import Rows
from fedser.metrics.people import People
from fedser.metrics.recall import Floats, Ints
from simulations.experiment import Experiment, Role
from simulations.progress import Update
from simulations.representations import Representations
from simulations.scoring.representations import Asked, Key, Private
from simulations.stages.attacker import attackers_stream
from simulations.stages.prepared import Prepared
from simulations.stages.truth import values_of
from simulations.true_inputs import Array

View = tuple[str, str, Array, Array]
"""The model and the layer, and what they make of the private and of the shadow utterances [utterances, width]."""


@dataclass(frozen=True)
class Lessons:
    """What readers learn of whom, and about whom they are asked: the same for every model.

    Within the corpus a reader is asked about the speakers of one fold, and learns from those of all others.
    """

    experiment: Experiment
    config: Representations
    prepared: dict[Role, Prepared]

    @cached_property
    def known(self) -> dict[Role, Rows]:
        """The value and the person of each utterance."""
        values = values_of(self.experiment.attribute, self.prepared["shadow"])
        return {role: _rows(data, self.experiment.attribute.column, values) for role, data in self.prepared.items()}

    @cached_property
    def fold(self) -> Ints:
        """The fold that each private utterance's speaker is in."""
        folds = {name: number for number, fold in enumerate(self.prepared["private"].folds) for name in fold}
        return np.array([folds[name] for name in self.prepared["private"].utterances["speaker"]])

    @cached_property
    def labelled(self) -> list[Ints]:
        """For each fold, the utterances of the others whose speakers' value a reader within the corpus knows."""
        return [self._labelled(number) for number, _ in enumerate(self.prepared["private"].folds)]

    def _labelled(self, fold: int) -> Ints:
        others, drawn = np.flatnonzero(self.fold != fold), set[tuple[int, str]]()
        known, stream = self.known["private"], self.experiment.stream("representations", "labelled", fold)
        pairs = sorted({(known.labels[row], known.persons[row]) for row in others})
        for value in range(len(known.classes)):
            mine = [pair for pair in pairs if pair[0] == value]
            number = max(2, round(self.config.labelled * len(mine)))
            drawn |= {mine[place] for place in stream(value).numpy().permutation(len(mine))[:number]}
        return np.array([row for row in others if (known.labels[row], known.persons[row]) in drawn])


def _rows(data: Prepared, column: str, values: tuple[str, ...]) -> Rows:
    known = dict(zip(data.speakers["speaker"], data.speakers[column], strict=True))
    said = data.utterances["speaker"].tolist()
    return Rows(tuple(values.index(known[name]) for name in said), tuple(data.persons[name] for name in said), values)


def read(lessons: Lessons, view: View, told: Update) -> Iterator[tuple[Key, Floats]]:
    """What each reader says of the private utterances, having learned on the shadow corpora, and on other speakers."""
    model, layer, private, shadow = view
    folds, readers = len(lessons.labelled), lessons.config.readers
    for place, reader in enumerate(readers):
        # The same draws for every view, so that their differences are not the draws'.
        stream = attackers_stream(lessons.experiment, f"representations {reader.name}")
        across = reader.read(shadow, lessons.known["shadow"], private, stream("shadow"))
        told(place * (folds + 1) + 1, len(readers) * (folds + 1))
        yield (model, layer, reader.name, "shadow"), across
        within = np.empty_like(across)
        for fold, labelled in enumerate(lessons.labelled):
            asked = lessons.fold == fold
            known = _only(lessons.known["private"], labelled)
            within[asked] = reader.read(private[labelled], known, private[asked], stream("private", fold))
            told(place * (folds + 1) + fold + 2, len(readers) * (folds + 1))
        yield (model, layer, reader.name, "private"), within


def majority(lessons: Lessons) -> Iterator[tuple[Key, Floats]]:
    """The shares of the values among the persons that are learned from, whatever is asked about."""
    across = np.tile(_shares(lessons.known["shadow"]), (len(lessons.fold), 1))
    within = np.stack([_shares(_only(lessons.known["private"], labelled)) for labelled in lessons.labelled])[
        lessons.fold
    ]
    yield ("none", "none", "majority", "shadow"), across
    yield ("none", "none", "majority", "private"), within


def _shares(known: Rows) -> Floats:
    pairs = set(zip(known.labels, known.persons, strict=True))
    times = np.bincount([label for label, _ in pairs], minlength=len(known.classes))
    shares: Floats = times / times.sum()
    return shares


def _only(known: Rows, rows: Ints) -> Rows:
    labels, persons = (tuple(own[row] for row in rows) for own in (known.labels, known.persons))
    return Rows(labels, persons, known.classes)


def private_truth(lessons: Lessons) -> Private:
    """The truth about the private utterances, and whom each training's model has heard."""
    data, known = lessons.prepared["private"], lessons.known["private"]
    _, first, speaker = np.unique(data.utterances["speaker"].to_numpy(str), return_index=True, return_inverse=True)
    persons = np.unique(np.array(known.persons)[first], return_inverse=True)[1]
    heard = [data.data(number).open().partition for number, _ in enumerate(lessons.experiment.trainings_of("private"))]
    rows: list[dict[Asked, Ints]] = [{"unheard": one.test, "heard": one.train.rows} for one in heard]
    return Private(speaker, People(known.truth[first], persons), rows)
