"""What an attacker learns from: updates of its own shadow trainings, whose speakers and their attribute it knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from attacks.pseudo_gradient import Steps
from attacks.update_set import UpdateSet
from fedser.errors import InputError, Problems
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream


@dataclass(frozen=True)
class Shadow:
    """Labelled shadow updates.

    ``labels`` [updates] are indices into ``classes``, the attribute's values; ``speakers`` [updates] name the shadow
    speaker behind each update, the same name in every training. Raises InputError when lengths differ, a label is out
    of range, a class has no update, or a speaker bears two labels.
    """

    updates: UpdateSet
    labels: tuple[int, ...]
    speakers: tuple[str, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        self._refuse_lengths()
        problems = Problems()
        wrong = sorted({label for label in self.labels if not 0 <= label < len(self.classes)})
        if wrong:
            problems.add("shadow labels", f"{wrong} lie outside 0 to {len(self.classes) - 1}")
        for index, name in enumerate(self.classes):
            if index not in self.labels:
                problems.add("shadow labels", f"no update of a speaker with the value {name!r}")
        pairs = set(zip(self.speakers, self.labels, strict=True))
        torn = sorted({speaker for speaker, _ in pairs if sum(name == speaker for name, _ in pairs) > 1})
        if torn:
            problems.add("shadow labels", f"speakers with more than one value: {', '.join(torn[:5])}")
        problems.raise_if_any()

    def _refuse_lengths(self) -> None:
        if not len(self.updates) == len(self.labels) == len(self.speakers):
            raise InputError(
                f"shadow: {len(self.updates)} updates, {len(self.labels)} labels and {len(self.speakers)} speakers;"
                " give one label and one speaker for each update"
            )
        if len(self.classes) < 2:
            raise InputError(f"shadow: classes {list(self.classes)}; an attribute needs at least two values")

    @property
    def truth(self) -> Ints:
        """The labels as int64 [updates]."""
        return np.array(self.labels, dtype=np.int64)

    @property
    def values(self) -> dict[str, int]:
        """Each speaker's label, by speaker in sorted order."""
        return dict(sorted(zip(self.speakers, self.labels, strict=True)))

    def subset(self, indices: Iterable[int]) -> Self:
        """The updates at ``indices``, in that order."""
        chosen = [int(index) for index in indices]
        return replace(
            self,
            updates=self.updates.subset(chosen),
            labels=tuple(self.labels[index] for index in chosen),
            speakers=tuple(self.speakers[index] for index in chosen),
        )

    def scaled_by(self, steps: Steps) -> Self:
        """The same with T of eq. 5 counted as ``steps`` says."""
        return replace(self, updates=self.updates.scaled_by(steps))

    def permuted(self, stream: Stream) -> Self:
        """The same updates with the labels permuted between speakers, so that they say nothing of the attribute.

        The permutation is drawn among those that give the speakers of each true value the same mix of new labels, up
        to one: a plain permutation of few speakers is often correlated with the truth, and then no control.
        """
        values = self.values
        generator = stream.numpy()
        speakers = sorted(generator.permutation(list(values)).tolist(), key=values.__getitem__)
        drawn = dict(zip(speakers, _spread_labels(list(values.values()), generator), strict=True))
        return replace(self, labels=tuple(drawn[speaker] for speaker in self.speakers))


def speaker_weights(labels: Ints, speakers: Sequence[str]) -> Floats:
    """Weights [updates] of mean one, by which each class counts equally, and within it each speaker.

    A speaker's updates repeat the same voice, and their number depends on how often the server sampled its clients
    and on how many clients it was split into: neither says anything of the attribute.
    """
    _, speaker, times = np.unique(np.asarray(speakers), return_inverse=True, return_counts=True)
    share: Any = 1.0 / times[speaker]
    share /= np.bincount(labels, weights=share)[labels]
    weights: Floats = share * len(labels) / share.sum()
    return weights


def _spread_labels(labels: list[int], generator: np.random.Generator) -> list[int]:
    """``labels`` in an order in which any run of them has nearly the mix of all (systematic sampling)."""
    placed = [
        (float(place), label)
        for label in sorted(set(labels))
        for place in (np.arange(labels.count(label)) + generator.random()) / labels.count(label)
    ]
    return [label for _, label in sorted(placed)]
