"""Does a client's update point where a candidate's own gradient points? What cosine and projection have in common.

A client's update is a sum of gradients of what it trains on, at (FedSGD) or near (FedAvg) the model that it was sent.
In many dimensions gradients of different records are nearly orthogonal, so that a record's gradient at the broadcast
model has an inner product with the update above that of strangers, if the record is in it (Li, Li and Ribeiro 2023,
"Effective passive membership inference attacks in federated learning against overparameterized models", ICLR; Zhu et
al. 2024, arXiv 2402.06289, put many rounds together; Melis et al. 2019, arXiv 1805.04049, read membership off updates).

Which client would hold the record is not known: the inner products are averaged over each client's updates, and the
client that fits best counts. A step of FedAvg, w_before - w_after, is taken for a gradient: its length plays no part.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from attacks.attack import Progress
from attacks.knowledge import Knowledge
from attacks.membership.attack import Answers, MembershipAttack
from attacks.membership.candidates import Candidates
from attacks.membership.gradient_norm import BLOCK
from attacks.membership.seen import Outside, Seen
from fedser.metrics.recall import Floats, Ints
from fedser.seeds import Stream
from fedser.updates.store import Row
from fedser.updates.update import Arrays

if TYPE_CHECKING:
    from attacks.membership.gradients import Gradients


class Along(MembershipAttack):
    """Reads each client's updates; holds a number per candidate and client, and one update at a time."""

    knowledge: ClassVar[Knowledge] = "broadcast"
    reads_updates: ClassVar[bool] = True
    reads_single_updates: ClassVar[bool] = True
    every: int = Field(1, ge=1, description="look at each n-th captured round")

    @abstractmethod
    def _lengths(self, gradients: "Gradients", whose: Ints, update: Arrays) -> tuple[Floats, Floats]:
        """What inner products are divided by: those of records, and those of speakers' mean gradients."""

    def _answers(
        self, candidates: Candidates, seen: Seen, outside: Sequence[Outside], stream: Stream, progress: Progress
    ) -> Answers:
        from attacks.membership.white_box import WhiteBox

        box, rounds = WhiteBox(seen.public), seen.rounds(self.every)
        means = _Means.of(candidates, [row for _, rows in rounds for row in rows])
        for done, (number, rows) in enumerate(rounds, 1):
            model = seen.store.broadcast(number)
            for block in candidates.blocks(BLOCK):
                here, whose = box.gradients(model, candidates.x[block], candidates.y[block]), candidates.speaker[block]
                for row, update in _updates(seen, rows, model):
                    means.add(row.client, block, whose, here.products(update), self._lengths(here, whose, update))
            progress(f"updates of {seen.public.training}", done, len(rounds))
        return means.best()


@dataclass(frozen=True)
class _Means:
    """Sums over each client's updates: of records [clients, records] and of speakers [clients, speakers]."""

    place: dict[str, int]
    updates: Floats
    records: Floats
    speakers: Floats

    @classmethod
    def of(cls, candidates: Candidates, rows: Sequence[Row]) -> "_Means":
        names, counts = np.unique([row.client for row in rows], return_counts=True)
        records, speakers = (np.zeros((len(names), size)) for size in (len(candidates), candidates.speakers))
        return cls({str(name): at for at, name in enumerate(names)}, counts.astype(np.float64), records, speakers)

    def add(self, client: str, block: Ints, whose: Ints, products: Floats, lengths: tuple[Floats, Floats]) -> None:
        """One update of ``client``; the records of a speaker stand together in ``whose``, the speaker of each."""
        people, first, sizes = np.unique(whose, return_index=True, return_counts=True)
        self.records[self.place[client], block] += _divided(products, lengths[0])
        mean = np.add.reduceat(products, first) / sizes
        self.speakers[self.place[client], people] += _divided(mean, lengths[1])

    def best(self) -> Answers:
        """The mean over the updates of the client that fits best."""
        records, speakers = ((sums / self.updates[:, None]).max(axis=0) for sums in (self.records, self.speakers))
        return Answers(records, {"gradient": speakers})


def _updates(seen: Seen, rows: Sequence[Row], model: Arrays) -> Iterator[tuple[Row, Arrays]]:
    """Each update of a round, of length one over all its parameters; zero where it is."""
    for row in rows:
        sent = seen.store.arrays(row.round, row.client)
        if seen.public.sends == "parameters":
            sent = {name: model[name] - array for name, array in sent.items()}
        length = np.sqrt(sum(float(np.vdot(array, array)) for array in sent.values())) or 1.0
        yield row, {name: array / np.float32(length) for name, array in sent.items()}


def _divided(products: Floats, lengths: Floats) -> Floats:
    """A record without any gradient points nowhere: zero."""
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
