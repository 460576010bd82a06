"""Labels dealt anew to the shadow speakers, so that what is learned from them is not the attribute."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np


def dealt(values: Mapping[str, int], persons: Mapping[str, str], generator: np.random.Generator) -> dict[str, int]:
    """A new label for each speaker, from their true ones and the person that each is.

    Where persons have one value each, values are dealt between persons, each with all of his or her sessions, among
    the dealings that give the persons of each true value the same mix of new labels, up to one: a plain permutation of
    few is often correlated with the truth, and then no control. A person whose sessions differ keeps the values, in
    another order of the sessions; the orders are taken in turn, so that each session's mix is that of the person.
    """
    sessions = defaultdict(list)
    for speaker in sorted(values):
        sessions[persons[speaker]].append(speaker)
    torn = [person for person, own in sessions.items() if len({values[speaker] for speaker in own}) > 1]
    single = {person: values[own[0]] for person, own in sessions.items() if person not in torn}
    drawn: dict[str, int] = {}
    for person, label in _between(single, generator).items():
        drawn |= dict.fromkeys(sessions[person], label)
    for turn, person in enumerate(generator.permutation(torn).tolist()):
        drawn |= _within({speaker: values[speaker] for speaker in sessions[person]}, turn, generator)
    return drawn


def _between(values: Mapping[str, int], generator: np.random.Generator) -> dict[str, int]:
    names = sorted(generator.permutation(list(values)).tolist(), key=values.__getitem__)
    return dict(zip(names, _spread(list(values.values()), generator), strict=True))


def _within(values: Mapping[str, int], turn: int, generator: np.random.Generator) -> dict[str, int]:
    """The values of one person's sessions, moved on by ``turn`` sessions, those of one value in a drawn order."""
    names = sorted(generator.permutation(list(values)).tolist(), key=values.__getitem__)
    return dict(zip(names, np.roll(sorted(values.values()), turn).tolist(), strict=True))


def _spread(labels: list[int], generator: np.random.Generator) -> list[int]:
    """``labels`` in an order in which any run of them has nearly the mix of all (systematic sampling)."""
    placed = [
        (float(place), label)
        for label in sorted(set(labels))
        for place in (np.arange(labels.count(label)) + generator.random()) / labels.count(label)
    ]
    return [label for _, label in sorted(placed)]
