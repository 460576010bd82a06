"""Who was sampled: persons, each heard as one speaker or, where speakers are sessions, as several.

What is drawn in a bootstrap, or permuted, is a person with everything of his or hers: two sessions of one voice are no
two voices.
"""

from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

import numpy as np

from fedser.errors import InputError
from fedser.metrics.recall import Counts, Floats, Ints

Sums = TypeVar("Sums", Counts, Floats)


@dataclass(frozen=True)
class People:
    """The attribute's value and the person of each speaker, both [speakers]: indices from 0.

    Raises InputError when the two differ in length.
    """

    values: Ints
    persons: Ints

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.shape != self.persons.shape:
            raise InputError(
                f"people: values of shape {self.values.shape} and persons of shape {self.persons.shape};"
                " give two of shape (speakers,)"
            )

    @classmethod
    def of(cls, values: Ints) -> Self:
        """Every speaker a person."""
        return cls(np.asarray(values), np.arange(len(values)))

    def only(self, speakers: np.ndarray[Any, np.dtype[np.bool_]]) -> Self:
        """The speakers where ``speakers`` is True, and their persons numbered anew in the same order."""
        persons = np.unique(self.persons[speakers], return_inverse=True)[1]
        return replace(self, values=self.values[speakers], persons=persons)

    @property
    def number(self) -> int:
        """How many persons there are."""
        return int(self.persons.max(initial=-1)) + 1

    @property
    def strata(self) -> Ints:
        """For each person [persons] which set of values he or she has: sets are numbered, that of the first value 0."""
        has = np.zeros((self.number, int(self.values.max(initial=0)) + 1), dtype=np.int64)
        has[self.persons, self.values] = 1
        strata: Ints = np.unique(has[:, ::-1], axis=0, return_inverse=True)[1].reshape(-1)
        return strata

    def pooled(self, counts: Sums) -> Sums:
        """Counts (or sums) [folds, persons, ...] from counts [folds, speakers, ...]."""
        by_speaker: Any = counts.swapaxes(0, 1)
        by_person: Any = np.zeros((self.number, *by_speaker.shape[1:]), dtype=counts.dtype)
        np.add.at(by_person, self.persons, by_speaker)
        pooled: Sums = by_person.swapaxes(0, 1)
        return pooled


def who_counts(counts: Counts, people: People, what: str) -> tuple[Counts, People] | None:
    """Counts [folds, speakers, values, values] and people without the speakers who have no count.

    None where no speaker is left of a value that speakers have: no recall of it is defined. Raises InputError, which
    says for ``what`` the counts were meant, when shapes differ or a speaker has counts of a value not his or her own.
    """
    _check(counts, people, what)
    present = counts.sum(axis=(0, 2, 3)) > 0
    if len(np.unique(people.values[present])) < len(np.unique(people.values)):
        return None
    return counts[:, present], people.only(present)


def _check(counts: Counts, people: People, what: str) -> None:
    if counts.ndim != 4 or counts.shape[2] != counts.shape[3] or people.values.shape != (counts.shape[1],):
        raise InputError(
            f"{what}: counts of shape {counts.shape} and values of shape {people.values.shape};"
            " give [folds, speakers, values, values] and [speakers]"
        )
    by_value = counts.sum(axis=(0, 3))
    strays = np.flatnonzero(by_value.sum(axis=1) != by_value[np.arange(len(people.values)), people.values])
    if strays.size:
        first = strays[0]
        raise InputError(f"{what}: speaker {first} has value {people.values[first]} but counts of other values")
