"""Flower's server side: fedser's own round loop in a ServerApp, over messages to nodes that hold the clients.

Flower's strategies would sample from the nodes that happen to be there, sum replies as they arrive, and go on without
the clients that failed (flwr 1.41).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Event

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from fedser.engine.client import one_thread
from fedser.engine.flower.exchange import Exchange, NodeError
from fedser.engine.flower.messages import Failure, Job, pack, read_replies, write_work
from fedser.engine.flower.outcome import Outcome
from fedser.engine.history import State
from fedser.engine.inline import module_evaluation
from fedser.engine.loop import Wanted, train
from fedser.engine.parts import Part, Reply, whole_parts
from fedser.engine.training import Training
from fedser.errors import ClientError


@dataclass(frozen=True)
class Server:
    """One training, to be run on ``nodes`` nodes; ``timeout`` in seconds."""

    training: Training
    nodes: int
    timeout: float

    def app(self, outcome: Outcome, ended: Callable[[], None]) -> ServerApp:
        """A ServerApp that trains, calls ``ended``, and leaves the state or what was raised in ``outcome``."""
        app = ServerApp()

        @app.main()
        def main(grid: Grid, context: Context) -> None:
            with outcome:
                try:
                    outcome.state = self._serve(grid, outcome.stop)
                finally:
                    ended()

        return app

    def _serve(self, grid: Grid, stop: Event) -> State:
        opened, simulation = self.training.data.open(), self.training.simulation
        federation = _Federation(self, grid, opened.clients, stop)
        with one_thread():
            return train(self.training, opened, federation.collect, module_evaluation(simulation, opened))


class _Federation:
    """The clients of a training on the nodes of a grid."""

    def __init__(self, server: Server, grid: Grid, clients: list[str], stop: Event) -> None:
        self._training = server.training.simulation.training
        self._home = {client: number % server.nodes for number, client in enumerate(clients)}
        self._job = Job(simulation=server.training.simulation, data=server.training.data.absolute()).model_dump_json()
        try:
            self._exchange = Exchange(grid, server.nodes, server.timeout, stop)
        except NodeError as error:
            raise ClientError(f"training {self._training}, before round 1: {error.reason}") from error

    def collect(self, wanted: Wanted) -> Iterable[Part]:
        """The replies of the wanted clients in their order, whichever nodes hold them."""
        packed, number = pack(wanted.broadcast), wanted.number
        members = self._by_node(wanted.clients)
        work = {node: write_work(self._job, number, group, packed) for node, group in members.items()}
        try:
            answers = self._exchange(work, "train")
        except NodeError as error:
            late = sorted(client for node in error.nodes for client in members[node])
            place = f"training {self._training}, round {number}, {', '.join(late)}"
            raise ClientError(f"{place}: {error.reason}") from error
        replies = _all_replies([read_replies(answer) for answer in answers.values()])
        return whole_parts(len(replies), iter(replies))

    def _by_node(self, clients: list[str]) -> dict[int, list[str]]:
        members: dict[int, list[str]] = {}
        for client in clients:
            members.setdefault(self._home[client], []).append(client)
        return members


def _all_replies(answers: Sequence[list[Reply] | Failure]) -> list[Reply]:
    """Sorted by client. Of several failures the first client's is raised, as in a loop over the clients."""
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    if failures:
        raise min(failures, key=lambda failure: failure.client).error()
    replies = [reply for answer in answers if not isinstance(answer, Failure) for reply in answer]
    return sorted(replies, key=lambda reply: reply.update.client)
