"""The server's round loop, the same in every engine: sample, broadcast, collect, step, score, keep.

Engines differ only in ``collect``: how the sampled clients of a round are trained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fedser.engine.checkpoint import load_state, save_state
from fedser.engine.client import Reply
from fedser.engine.data import OpenData
from fedser.engine.evaluation import Evaluation
from fedser.engine.history import HistoryRow, State
from fedser.engine.simulation import Simulation
from fedser.models.parameters import load, parameters
from fedser.updates.update import Arrays, Round

Observer = Callable[[Round], None]
"""Stands at the server's side of the wire: sees each round's broadcast and updates, after all client-side defenses."""

Collect = Callable[[int, Arrays, list[str]], Sequence[Reply]]
"""(round, broadcast, clients) -> one reply per client, in the order of the clients; raises when one is missing."""


@dataclass(frozen=True)
class Keep:
    """Where a training's state is kept, and after how many rounds it is written again."""

    path: Path
    every: int = 10


def train(
    simulation: Simulation, data: OpenData, collect: Collect, observers: Sequence[Observer], keep: Keep | None = None
) -> State:
    """Run all rounds, or those that are left after the last kept state, and return the final state."""
    network = simulation.task.network(simulation.defended_model, data.x.shape[1], simulation.stream("init"))
    evaluate = Evaluation(data, simulation.task, simulation.selection)
    state = (load_state(keep.path) if keep else None) or _start(parameters(network))
    while state.round < simulation.rounds:
        number = state.round + 1
        replies = collect(number, state.model, simulation.sampled(data.clients, number))
        updates = tuple(reply.update for reply in replies)
        for observe in observers:
            observe(Round(number, state.model, updates))
        load(network, simulation.algorithm.server_step(state.model, updates))
        scores = evaluate(network)
        row = HistoryRow(
            round=number,
            train_loss=_mean_loss(replies),
            validation_accuracy=scores.validation_accuracy,
            validation_uar=scores.validation_uar,
            test_accuracy=scores.test_accuracy,
            test_uar=scores.test_uar,
        )
        state = _advance(state, parameters(network), row, scores.selection, simulation.selection.from_round)
        if keep and (number % keep.every == 0 or number == simulation.rounds):
            save_state(keep.path, state)
    return state


def _start(model: Arrays) -> State:
    return State(0, model, model, 0, float("-inf"), ())


def _advance(state: State, model: Arrays, row: HistoryRow, score: float, from_round: int) -> State:
    history = (*state.history, row)
    # Without validation rows every score is NaN, and the last round is what is left to select.
    if row.round >= from_round and not score <= state.best_score:
        return State(row.round, model, model, row.round, score, history)
    return State(row.round, model, state.best, state.best_round, state.best_score, history)


def _mean_loss(replies: Sequence[Reply]) -> float:
    total = sum(reply.update.examples for reply in replies)
    return sum(reply.update.examples / total * reply.loss for reply in replies)
