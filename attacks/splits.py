"""Which shadow updates train and which validate: whole persons, so that a validation score speaks of new speakers."""

from collections import Counter

import numpy as np

from attacks.labelled import Labelled
from attacks.shadow import Shadow
from fedser.errors import InputError
from fedser.metrics.recall import Ints
from fedser.seeds import Stream
from fedser.updates.store import Row


def held_out_speakers(shadow: Shadow, fraction: float, stream: Stream) -> Ints:
    """The updates (indices) of a drawn ``fraction`` of each class's persons, at least one of each.

    A person is on one side only, with all sessions, also when it took part in several shadow trainings. Raises
    InputError where a class has one person only.
    """
    drawn, held = _drawn(shadow, stream), set[str]()
    for label in range(len(shadow.classes)):
        own = [person for person, has in drawn.items() if label in has]
        for person in own:
            left = min(sum(one not in held and value in drawn[one] for one in drawn) for value in drawn[person])
            if len(held & {*own}) < _share(fraction, len(own)) and left > 1:
                held.add(person)
    return np.flatnonzero([person in held for person in shadow.persons])


def held_out_updates(shadow: Shadow, fraction: float, stream: Stream) -> Ints:
    """A drawn ``fraction`` of the updates, whoever sent them, as in the paper: the same speakers on both sides."""
    order = stream.numpy().permutation(len(shadow.labels))
    return np.sort(order[: _share(fraction, len(order))])


def speaker_folds(shadow: Labelled, folds: int, stream: Stream) -> Ints:
    """The fold of each update [updates]: the persons of each class are dealt in turn, so that folds are alike.

    Raises InputError where a class has one person only.
    """
    drawn = _drawn(shadow, stream)
    fold = {person: place % folds for place, person in enumerate(sorted(drawn, key=drawn.__getitem__))}
    return np.array([fold[person] for person in shadow.persons], dtype=np.int64)


def spread(rows: tuple[Row, ...], size: int, stream: Stream) -> Ints:
    """``size`` of the rows (ascending indices), spread evenly over trainings and rounds.

    Systematic sampling: every (rows / size)-th update, from a drawn start, of the updates in the order of training
    and round and, within a round, in a drawn order.
    """
    generator = stream.numpy()
    noise = generator.random(len(rows))
    order = sorted(range(len(rows)), key=lambda i: (rows[i].training, rows[i].round, noise[i]))
    picks = (np.arange(size) + generator.random()) * (len(rows) / size)
    return np.sort(np.asarray(order)[np.minimum(picks.astype(np.int64), len(rows) - 1)])


def _drawn(shadow: Labelled, stream: Stream) -> dict[str, tuple[int, ...]]:
    """The persons in a drawn order, each with his or her labels; raises InputError when a class has one only."""
    labels: dict[str, set[int]] = {}
    for person, label in sorted(zip(shadow.persons, shadow.labels, strict=True)):
        labels.setdefault(person, set()).add(label)
    times = Counter(label for own in labels.values() for label in own)
    lonely = [name for label, name in enumerate(shadow.classes) if times[label] < 2]
    if lonely:
        raise InputError(
            f"one shadow speaker only with the value {', '.join(lonely)}: none is left to validate on"
            " (add shadow corpora)"
        )
    return {person: tuple(sorted(labels[person])) for person in stream.numpy().permutation(list(labels)).tolist()}


def _share(fraction: float, count: int) -> int:
    return min(max(1, round(fraction * count)), count - 1)
