"""Which shadow updates train and which validate: whole speakers, so that a validation score speaks of new speakers."""

import numpy as np

from attacks.shadow import Shadow
from fedser.errors import InputError
from fedser.metrics.recall import Ints
from fedser.seeds import Stream
from fedser.updates.store import Row


def held_out_speakers(shadow: Shadow, fraction: float, stream: Stream) -> Ints:
    """The updates (indices) of a drawn ``fraction`` of each class's speakers, at least one of each.

    A speaker is on one side only, also when it took part in several shadow trainings.
    """
    held = {s for names in _by_class(shadow, stream) for s in names[: _share(fraction, len(names))]}
    return np.flatnonzero([speaker in held for speaker in shadow.speakers])


def held_out_updates(shadow: Shadow, fraction: float, stream: Stream) -> Ints:
    """A drawn ``fraction`` of the updates, whoever sent them, as in the paper: the same speakers on both sides."""
    order = stream.numpy().permutation(len(shadow.labels))
    return np.sort(order[: _share(fraction, len(order))])


def speaker_folds(shadow: Shadow, folds: int, stream: Stream) -> Ints:
    """The fold of each update [updates]: the speakers of each class are dealt in turn, so that folds are alike."""
    dealt = [speaker for names in _by_class(shadow, stream) for speaker in names]
    fold = {speaker: place % folds for place, speaker in enumerate(dealt)}
    return np.array([fold[speaker] for speaker in shadow.speakers], dtype=np.int64)


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


def _by_class(shadow: Shadow, stream: Stream) -> list[list[str]]:
    """Each class's speakers in a drawn order; raises InputError when a class has one speaker only."""
    values = shadow.values
    drawn = stream.numpy().permutation(list(values)).tolist()
    by_class = [[name for name in drawn if values[name] == label] for label in range(len(shadow.classes))]
    lonely = [shadow.classes[label] for label, names in enumerate(by_class) if len(names) < 2]
    if lonely:
        raise InputError(
            f"one shadow speaker only with the value {', '.join(lonely)}: none is left to validate on"
            " (add shadow corpora)"
        )
    return by_class


def _share(fraction: float, count: int) -> int:
    return min(max(1, round(fraction * count)), count - 1)
