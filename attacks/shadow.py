"""What an attacker learns from: updates of its own shadow trainings, whose speakers and their attribute it knows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np

from attacks.dealing import dealt
from attacks.pseudo_gradient import Steps
from attacks.update_set import UpdateSet
from fedser.errors import InputError, Problems
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream

ShadowKind = Literal["trained", "aligned"]
"""Shadow updates of the attacker's own shadow trainings, or those that its shadow clients would send at the models that
the private training itself broadcasts, which a server knows."""


@dataclass(frozen=True)
class Shadow:
    """Labelled shadow updates.

    ``labels`` [updates] are indices into ``classes``, the attribute's values; ``speakers`` [updates] name the shadow
    speaker behind each update, the same name in every training. Where speakers are sessions, ``whose`` [updates] names
    the person. ``aligned`` names the trainings whose updates are aligned with the private training. Raises InputError
    when lengths differ, a label is out of range, a class has no update, a speaker bears two labels, or is two persons.
    """

    updates: UpdateSet
    labels: tuple[int, ...]
    speakers: tuple[str, ...]
    classes: tuple[str, ...]
    whose: tuple[str, ...] | None = None
    aligned: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._refuse_lengths()
        problems = Problems()
        wrong = sorted({label for label in self.labels if not 0 <= label < len(self.classes)})
        if wrong:
            problems.add("shadow labels", f"{wrong} lie outside 0 to {len(self.classes) - 1}")
        for index, name in enumerate(self.classes):
            if index not in self.labels:
                problems.add("shadow labels", f"no update of a speaker with the value {name!r}")
        for what, own in (("value", self.labels), ("person", self.persons)):
            known = Counter(speaker for speaker, _ in set(zip(self.speakers, own, strict=True)))
            torn = sorted(speaker for speaker, times in known.items() if times > 1)
            if torn:
                problems.add("shadow labels", f"speakers with more than one {what}: {', '.join(torn[:5])}")
        problems.raise_if_any()

    def _refuse_lengths(self) -> None:
        if not len(self.updates) == len(self.labels) == len(self.speakers) == len(self.persons):
            raise InputError(
                f"shadow: {len(self.updates)} updates, {len(self.labels)} labels and {len(self.speakers)} speakers"
                f"{'' if self.whose is None else f' of {len(self.whose)} persons'};"
                " give one label and one speaker for each update"
            )
        if len(self.classes) < 2:
            raise InputError(f"shadow: classes {list(self.classes)}; an attribute needs at least two values")

    @property
    def truth(self) -> Ints:
        """The labels as int64 [updates]."""
        return np.array(self.labels, dtype=np.int64)

    @property
    def persons(self) -> tuple[str, ...]:
        """Who is behind each update [updates]: what is split by, and counts alike. Two sessions are no two voices."""
        return self.speakers if self.whose is None else self.whose

    @property
    def weights(self) -> Floats:
        """Of each update [updates], by which classes count alike, and in each of them each person."""
        return speaker_weights(self.truth, self.persons)

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
            whose=None if self.whose is None else tuple(self.whose[index] for index in chosen),
        )

    def of_kind(self, kind: ShadowKind) -> Ints:
        """The updates (indices) of one kind."""
        aligned = np.array([row.training in self.aligned for row in self.updates.rows], dtype=np.bool_)
        return np.flatnonzero(aligned == (kind == "aligned"))

    def scaled_by(self, steps: Steps) -> Self:
        """The same with T of eq. 5 counted as ``steps`` says."""
        return replace(self, updates=self.updates.scaled_by(steps))

    def permuted(self, stream: Stream) -> Self:
        """The same updates with labels dealt anew, so that they say nothing of the attribute (see ``dealt``)."""
        persons = dict(zip(self.speakers, self.persons, strict=True))
        drawn = dealt(self.values, persons, stream.numpy())
        return replace(self, labels=tuple(drawn[speaker] for speaker in self.speakers))


def speaker_weights(labels: Ints, persons: Sequence[str]) -> Floats:
    """Weights [updates] of mean one, by which each class counts equally, and within it each person.

    A person's updates repeat the same voice, and their number depends on how often the server sampled its clients
    and on how many clients it was split into: neither says anything of the attribute.
    """
    person = np.unique(np.asarray(persons), return_inverse=True)[1]
    _, own, times = np.unique(person * (labels.max() + 1) + labels, return_inverse=True, return_counts=True)
    share: Any = 1.0 / times[own]
    share /= np.bincount(labels, weights=share)[labels]
    weights: Floats = share * len(labels) / share.sum()
    return weights
