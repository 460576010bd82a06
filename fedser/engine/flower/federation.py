"""The clients of a training on the nodes of a grid: a round is dealt out, and its parts come back in order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from flwr.app import RecordDict
from flwr.serverapp import Grid

from fedser.defenses.secure_aggregation import SecureAggregation
from fedser.engine.client import named
from fedser.engine.cohort.compute import Compute
from fedser.engine.flower.answers import read_failure, read_replies, read_sums
from fedser.engine.flower.arrays import pack
from fedser.engine.flower.dealing import runs
from fedser.engine.flower.exchange import Exchange, NodeError
from fedser.engine.flower.messages import Job, Run, write_work
from fedser.engine.flower.secagg_round import SecureRounds
from fedser.engine.loop import Wanted
from fedser.engine.parts import Part, Reply, whole_parts
from fedser.engine.training import Training
from fedser.errors import ClientError


class Federation:
    """Any node can train any client, since the data are there by path."""

    def __init__(
        self, grid: Grid, training: Training, compute: Compute, nodes: int, timeout: float, by_sums: bool
    ) -> None:
        """Wait for the nodes; with ``by_sums`` they answer by sums, and capture what the training's store keeps.

        Raises ClientError where the nodes are not all there after ``timeout`` seconds.
        """
        self._name, self._nodes, self._by_sums = training.simulation.training, nodes, by_sums
        self._observed = bool(training.observers)
        self._job = _job(training, compute, by_sums).model_dump_json()
        try:
            self._exchange = Exchange(grid, nodes, timeout)
        except NodeError as error:
            raise ClientError(f"training {self._name}, before round 1: {error.reason}") from error
        self._secure: Callable[[Wanted], Iterable[Part]] | None = None
        if isinstance(defense := training.simulation.grouping, SecureAggregation) and defense.between_nodes:
            self._secure = SecureRounds(grid, self._exchange, training, self._job, defense, timeout)

    def collect(self, wanted: Wanted) -> Iterable[Part]:
        """The parts of a round, whichever nodes train which clients; raises the first client's error."""
        if self._secure:
            return self._secure(wanted)
        if self._by_sums:
            return self._summed(wanted)
        return whole_parts(len(wanted.clients), self._replies(wanted))

    def _replies(self, wanted: Wanted) -> Iterator[Reply]:
        for _, answer in self._answers(wanted):
            yield from read_replies(answer, keep=self._observed)

    def _summed(self, wanted: Wanted) -> Iterator[Part]:
        for run, answer in self._answers(wanted):
            sums = read_sums(answer)
            yield Part(run.part, run.parts, sums.examples, sums.losses, None, sums.blocks)

    def _answers(self, wanted: Wanted) -> Iterator[tuple[Run, RecordDict]]:
        made, packed = self._dealt(wanted.clients), pack(wanted.broadcast)
        letters = [
            (run.part % self._nodes, write_work(self._job, wanted.number, run, self._by_sums, packed)) for run in made
        ]
        try:
            for run, answer in zip(made, self._exchange(letters, "train"), strict=True):
                if failure := read_failure(answer):
                    raise failure.error()
                yield run, answer
        except NodeError as error:
            late = [client for place in error.places for client in made[place].clients]
            place = f"training {self._name}, round {wanted.number}, {named(late)}"
            raise ClientError(f"{place}: {error.reason}") from error

    def _dealt(self, clients: list[str]) -> list[Run]:
        cut = runs(len(clients), self._nodes)
        return [
            Run(clients[run.start : run.stop], run.start, len(clients), part, len(cut)) for part, run in enumerate(cut)
        ]


def _job(training: Training, compute: Compute, captures: bool) -> Job:
    store = training.store if captures else None
    if store:
        store = replace(store, folder=store.folder.absolute())
    return Job(
        simulation=training.simulation,
        data=training.data.absolute(),
        compute=compute,
        store=store,
        states=training.client_states,
    )
