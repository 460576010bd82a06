"""Flower's server side: fedser's own round loop in a ServerApp, over messages to nodes that train the clients.

Flower's strategies would sample from the nodes that happen to be there, sum replies as they arrive, and go on without
the clients that failed (flwr 1.41).
"""

from dataclasses import dataclass

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp

from fedser.devices import one_thread
from fedser.engine.cohort.compute import Compute
from fedser.engine.flower.federation import Federation
from fedser.engine.flower.grid import LocalGrid
from fedser.engine.history import State
from fedser.engine.loop import train
from fedser.engine.training import Training


@dataclass(frozen=True)
class Server:
    """One training, to be run on ``nodes`` nodes that answer ``by_sums`` or not; ``timeout`` in seconds."""

    training: Training
    compute: Compute
    nodes: int
    timeout: float
    by_sums: bool

    def serve(self, grid: LocalGrid) -> State:
        """Train on the nodes of this machine."""
        states: list[State] = []
        self.app(states)(grid, grid.server_context)
        return states[0]

    def app(self, states: list[State]) -> ServerApp:
        """A ServerApp that trains, and adds its final state to ``states``."""
        app = ServerApp()

        @app.main()
        def main(grid: Grid, context: Context) -> None:
            with self.compute.within_memory():
                states.append(self._train(grid))

        return app

    def _train(self, grid: Grid) -> State:
        data = self.training.data.open()
        bench = self.compute.bench(self.training.simulation, data)
        if not bench.has_kernel:
            self.compute.learner(bench, data)  # warns here: what a node says, no one may hear
        federation = Federation(grid, self.training, self.compute, self.nodes, self.timeout, self.by_sums)
        with one_thread():
            return train(self.training, data, federation.collect, self.compute.evaluation(bench, data))
