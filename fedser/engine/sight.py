"""What an observer sees of a round: every client's update or, where these meet before the server, one of each group.

It stands beside the server's average, which is of the clients' own updates in their order whatever is seen of them: so
a training does not change by a bit where less is seen. A group's mean is summed in float64, in the order of the sorted
clients, and so is the same in every engine that computes the same updates.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate

from fedser.algorithms.average import Average
from fedser.defenses.defense import Groups
from fedser.engine.parts import Part
from fedser.updates.update import Arrays, Round, Update


class Sight:
    """Takes the parts of one round in order, and gives what is seen as soon as all of a run's clients are there."""

    def __init__(self, number: int, broadcast: Arrays, runs: Sequence[Groups]) -> None:
        """``runs`` are the groups that each run of the sorted clients makes; without any, each client is seen alone."""
        self._number, self._broadcast, self._of = number, broadcast, len(runs)
        firsts = accumulate(map(len, runs), initial=0)
        self._left = deque(_Run(groups, first) for groups, first in zip(runs, firsts, strict=False))

    def __call__(self, part: Part) -> Iterator[Round]:
        """What is seen now that ``part`` is there."""
        if not self._of or part.met:
            yield Round(self._number, self._broadcast, part.updates or (), part.index, part.of)
            return
        for update in part.updates or ():
            run = self._left[0]
            run.add(update)
            if run.complete:
                index = self._of - len(self._left)
                self._left.popleft()
                yield Round(self._number, self._broadcast, run.seen(self._number), index, self._of)


class _Run:
    """The groups of one run of the sorted clients, of which the first of the round's is number ``first``."""

    def __init__(self, groups: Groups, first: int) -> None:
        self._groups = [_Group(f"group-{number:05d}", len(own)) for number, own in enumerate(groups, first)]
        places = sorted((place, group) for group, own in enumerate(groups) for place in own)
        self._order = deque(group for _, group in places)

    def add(self, update: Update) -> None:
        """The next client's update."""
        self._groups[self._order.popleft()].add(update)

    @property
    def complete(self) -> bool:
        """Whether all its clients are there."""
        return not self._order

    def seen(self, number: int) -> tuple[Update, ...]:
        """The update of each group, in round ``number``."""
        return tuple(group.seen(number) for group in self._groups)


class _Group:
    """Clients whose updates are averaged as they come."""

    def __init__(self, name: str, clients: int) -> None:
        self._name, self._average = name, Average(clients)
        self._members, self._examples = list[str](), 0

    def add(self, update: Update) -> None:
        """The next member's update."""
        self._average.add(update.examples, update.arrays)
        self._members.append(update.client)
        self._examples += update.examples

    def seen(self, number: int) -> Update:
        """What the server is given of round ``number``."""
        return Update(number, self._name, self._examples, self._average.mean(), tuple(self._members))
