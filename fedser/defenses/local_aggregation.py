"""Local aggregation: clients' updates are averaged before the server sees anything (Feng et al. 2021, section 8).

The paper names it as what would take a client's own update from the server; edge servers of hierarchical federated
learning do it to save traffic (Liu et al. 2020, arXiv 1905.06641). What the server gets of a group is one update, the
members' mean weighted by n_k, and the sum of their n_k. Its average over groups is its average over clients, so that
the model learns the same: here the average is still summed client by client, and no bit of a training changes.

Groups are dealt anew in each round, among all its clients (in a round of 128 or more, among each run of 64 or more of
the sorted pseudonyms, which tell nothing). Clients left over are spread over the groups, so that none has fewer than
``clients`` members and none is the remainder: of 19 clients, ``clients: 5`` makes groups of 7, 6 and 6. A round with
fewer clients than one group is refused.

The observer is taken to know whose updates a group holds, and over the rounds sees a client among ever others. What an
attack says of a group's update it says of each member, and an adaptive adversary learns from groups of its own shadow
clients, each member with its own value: what it learns is how probable a value is for a member of such a group. A
majority's value would leave a group of 1:1 without any, and groups of one value alone are rare where k is large.

Guarantee: no client's own update is seen, only means of at least ``clients``. That is no bound on what a mean gives
away, which falls about as one over the number of clients in it (Elkordy et al. 2022, arXiv 2208.02304). Known breaks:
whoever aggregates sees everything; a group whose members share a value gives it away for all of them, and where values
are mixed, means over many rounds in which a client took part come back to its own (Lam et al. 2021, arXiv 2106.06089;
Kerkouche et al. 2023, arXiv 2303.03908).
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from fedser.defenses.defense import Defense, Groups
from fedser.errors import InputError
from fedser.seeds import Stream
from fedser.updates.update import PART


class LocalAggregation(Defense):
    """The server sees means of groups of k clients, dealt anew in each round, and no client's own update."""

    source: ClassVar[str] = "Feng et al. 2021, section 8: a local aggregator before the server's"
    name: Literal["local_aggregation"] = "local_aggregation"
    clients: int = Field(
        ge=1, description="k: clients whose updates reach the server as one, at least; 1 is no defense"
    )

    @property
    def changes_cohort(self) -> bool:
        """A group of one is a client's own update."""
        return self.clients > 1

    def on_cohort(self, clients: int, stream: Stream) -> tuple[Groups, ...]:
        """Groups of ``clients`` or a few more, in each run of the sorted clients from its own stream."""
        if clients < self.clients:
            raise InputError(
                f"local_aggregation.clients: {self.clients}, but a round has {clients}"
                " (choose at most that, or raise algorithm.client_fraction or partition.parts)"
            )
        runs = np.array_split(np.arange(clients), max(1, clients // max(PART, self.clients)))
        return tuple(self._dealt(run, stream("run", number).numpy()) for number, run in enumerate(runs))

    def _dealt(self, run: np.ndarray, generator: np.random.Generator) -> Groups:
        drawn = np.array_split(generator.permutation(run), len(run) // self.clients)
        return tuple(sorted(tuple(sorted(group.tolist())) for group in drawn))
